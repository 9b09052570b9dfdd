import type { AcceptedActivity } from '../../../session/session.ts';
import type { ToldEvent } from './told-event.ts';

/** An event as hooks get it: see docs/hooks.md. */
export interface HookEventBody {
  /** What has happened. */
  readonly event: ToldEvent['event'];
  /** The stream key; empty where there is none yet. */
  readonly stream: string;
  /** In a `recheck`: what goes on. */
  readonly verb?: AcceptedActivity['verb'];
  /** Of events of a session: its id, as in the log. */
  readonly session?: string;
  /** Of events of a session: as metrics name it, such as `rtmp`. */
  readonly protocol?: string;
  /** Of events of a session: the client's address, without port. */
  readonly address?: string;
  /** Of events of a session: what software the client says it is; may be empty. */
  readonly client?: string;
  /** Of events of a session: whether it is encrypted. */
  readonly tls?: boolean;
  /** Of events of a session: the query without credentials. */
  readonly query?: string;
  /** Of events of a session: who the client has proven to be, or null. */
  readonly identity?: string | null;
  /** Of events of another server: its URL, without secrets. */
  readonly url?: string;
  /** Why something has ended; null where it has begun. */
  readonly reason?: string | null;
  /** How long it has gone on, milliseconds; null where that is not known. */
  readonly durationMs: number | null;
  /** Of events of a session: what it has sent, or was sent, by now. */
  readonly bytes?: number;
  /** Name of the relay. */
  readonly relay: string;
  /** When it happened, ISO 8601. */
  readonly time: string;
  /** How many events before it were lost, where some were. */
  readonly lost?: number;
}

/** An event as JSON, but for how many were lost before it: see docs/hooks.md. @param relay - its name */
export function eventBody(event: ToldEvent, relay: string): HookEventBody {
  const { event: name, atMs, stream, durationMs = null } = event;
  const origin = { relay, time: new Date(atMs).toISOString() };
  if (!('subject' in event)) {
    const link = 'url' in event ? { url: event.url, reason: event.why ?? null } : {};
    return { event: name, stream, ...link, durationMs, ...origin };
  }
  const { session, protocol, address, client, isTls, query, identity = null } = event.subject;
  const { bytes } = event;
  return {
    event: name,
    ...(name === 'recheck' ? { verb: event.activity } : {}),
    ...{ stream, session, protocol, address, client, tls: isTls, query, identity },
    ...('reason' in event ? { reason: event.reason } : {}),
    ...{ durationMs, bytes, ...origin },
  };
}

/** Says in a body how many events were lost before it. */
export function withLosses(body: string, lost: number): string {
  return lost === 0 ? body : `${body.slice(0, -1)},"lost":${lost}}`;
}
