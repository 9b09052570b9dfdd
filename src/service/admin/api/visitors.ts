import type { IncomingMessage } from 'node:http';
import { normalizeAddress } from '../../../config/networks.ts';
import type { Credentials } from '../../../session/access.ts';
import type { PageVisitor } from '../../../session/http/http-activity.ts';
import { showing } from '../../../session/http/http-wish.ts';
import { isByUnixSocket } from '../unix-connections.ts';

/** Somebody who has come by a listener for the public. */
export interface PublicVisitor {
  /** Who that is, and what was shown. */
  facts(): { readonly address: string; readonly isTls: boolean; readonly credentials: Credentials };
  /** It is known who asks, and that they may. */
  onAdmitted(): void;
}

const visitors = new WeakMap<IncomingMessage, PublicVisitor>();

/** A request has come by a listener for the public: who asks has to show something, whatever the place. */
export function noteVisitor(request: IncomingMessage, visitor: PageVisitor): void {
  visitors.set(request, {
    facts: () => visitor.request('operate', { readings: [], ...showing(request), path: [] }, 'begin'),
    onAdmitted: () => visitor.linger(),
  });
}

/** Who has sent a request by a listener for the public; undefined where it came by one for operators. */
export function visitorOf(request: IncomingMessage): PublicVisitor | undefined {
  return visitors.get(request);
}

/** From where a request comes, normalized; null for the Unix socket. */
export function addressOf(request: IncomingMessage): string | null {
  const visitor = visitorOf(request);
  if (visitor !== undefined) return visitor.facts().address;
  const { socket } = request;
  return isByUnixSocket(socket) ? null : normalizeAddress(socket.remoteAddress ?? '');
}
