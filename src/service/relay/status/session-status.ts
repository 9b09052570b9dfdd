import { printable } from '../../../log.ts';
import type { Session } from '../../../session/session.ts';
import type { SessionStatus } from '../../admin/relay-status.ts';
import type { Carried } from './bit-rates.ts';
import { MAX_CLIENT } from './stream-status.ts';
import type { WallTime } from './wall-time.ts';

/** Who a session has proven to be, if it has. */
export function identityOf(session: Pick<Session, 'activities'>): string | undefined {
  for (const { identity } of session.activities()) if (identity !== undefined) return identity;
  return undefined;
}

/** What the URL of a session calls whoever it is, if it does. */
function uidOf(session: Pick<Session, 'activities'>): string | undefined {
  for (const { uid } of session.activities()) if (uid !== undefined) return uid;
  return undefined;
}

/** How a session is doing. */
export function sessionStatus(session: Session, rate: Carried | null, time: WallTime): SessionStatus {
  const { id, role, protocol, isTls, serverName, address, via, receivedBytes, sentBytes } = session;
  const streams: string[] = [];
  let lagging = false;
  let droppedFrames = 0;
  let { backlogBytes } = session;
  let backlogMs = 0;
  for (const activity of session.activities()) {
    if (activity.key !== '') streams.push(activity.key);
    const standing = activity.standing?.();
    if (standing === undefined) continue;
    lagging ||= standing.isLagging;
    droppedFrames += standing.droppedFrames;
    backlogBytes += standing.queuedBytes;
    backlogMs = Math.max(backlogMs, Math.round(standing.backlogMs));
  }
  return {
    id,
    role,
    protocol,
    tls: isTls,
    serverName: printableOrNull(serverName),
    stream: streams[0] ?? null,
    streams,
    identity: identityOf(session) ?? null,
    uid: printableOrNull(uidOf(session)),
    address,
    via: via ?? null,
    client: printable(session.client, MAX_CLIENT),
    since: time.read(session.since),
    receivedBytes,
    sentBytes,
    receivedBitsPerSecond: rate?.received ?? null,
    sentBitsPerSecond: rate?.sent ?? null,
    lagging,
    droppedFrames,
    backlogBytes,
    backlogMs,
  };
}

function printableOrNull(text: string | undefined): string | null {
  return text === undefined ? null : printable(text, MAX_CLIENT);
}
