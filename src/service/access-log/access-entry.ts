import { statusOf } from '../../session/http/http-status.ts';
import type {
  AcceptedActivity,
  ActivityEnd,
  PlayerLeft,
  Session,
  SessionRole,
} from '../../session/session.ts';

/** What was asked for. */
export interface AccessedStream {
  readonly key: string;
  /** What stood behind the `?`, without credentials. */
  readonly query: string;
}

/** What an access log says of a publication or play, or of a connection that came to neither. */
export interface AccessEntry {
  readonly endedAt: Date;
  readonly connection: string;
  readonly role: SessionRole;
  readonly protocol: string;
  readonly isTls: boolean;
  /** The peer's own address, as far as proxies on the way are believed. */
  readonly address: string;
  /** The proxy that has brought it. */
  readonly via: string | undefined;
  /** Who its credentials say it is. */
  readonly identity: string | undefined;
  readonly stream: AccessedStream | undefined;
  /** What software it says it is; empty where it says nothing. */
  readonly client: string;
  readonly seconds: number;
  /** From a publisher, or to a player. */
  readonly bytes: number;
  /** From the asking to the first media, milliseconds. */
  readonly firstMediaMs: number | undefined;
  readonly droppedFrames: number;
  /** Whether it was lagging at the end. */
  readonly isLagging: boolean;
  readonly reason: string;
  /** What HTTP would have said to it. */
  readonly status: number;
  /** The client-id by which its player is known. */
  readonly clientId?: number | undefined;
  /** What its player says of how it has played, cut and escaped. */
  readonly report?: string | undefined;
}

/** Of a publication or play that is over. @param publicQuery - takes credentials out of a query */
export function activityEntry(
  activity: AcceptedActivity,
  reason: ActivityEnd,
  endedAt: Date,
  publicQuery: (query: string) => string,
): AccessEntry {
  const { verb, key, query, identity, session, clientId } = activity;
  const { ms, bytes } = activity.progress();
  const standing = activity.standing?.();
  const player = activity.isRelay ? 'relay' : 'player';
  return {
    ...peerOf(session),
    endedAt,
    role: verb === 'publish' ? 'publisher' : player,
    identity,
    stream: { key, query: query === '' ? '' : publicQuery(query) },
    seconds: ms / 1000,
    bytes,
    firstMediaMs: activity.firstMediaMs,
    droppedFrames: standing?.droppedFrames ?? 0,
    isLagging: standing?.isLagging ?? false,
    reason,
    status: session.protocol === 'ws-flv' ? 101 : 200,
    clientId,
  };
}

/** Of a connection that has come to nothing. @param ms - how long it was open, milliseconds */
export function idleEntry(session: Session, ms: number, endedAt: Date): AccessEntry {
  const { refused, answered, endReason = 'closed' } = session;
  const key = refused?.stream;
  return {
    ...peerOf(session),
    endedAt,
    role: 'pending',
    identity: undefined,
    stream: key === undefined || key === '' ? undefined : { key, query: '' },
    seconds: ms / 1000,
    bytes: session.sentBytes,
    firstMediaMs: undefined,
    droppedFrames: 0,
    isLagging: false,
    reason: refused?.refusal.refused ?? endReason,
    status: refused === undefined ? idleStatus(endReason, answered) : statusOf(refused.refusal, 'play'),
  };
}

/** As nginx has it: 499 is a client that has gone without an answer. */
function idleStatus(reason: PlayerLeft, answered = 499): number {
  if (reason === 'timeout') return 408;
  return reason === 'protocol' ? 400 : answered;
}

function peerOf({
  id: connection,
  protocol,
  isTls,
  address,
  via,
  client,
}: Pick<Session, 'id' | 'protocol' | 'isTls' | 'address' | 'via' | 'client'>): Pick<
  AccessEntry,
  'connection' | 'protocol' | 'isTls' | 'address' | 'via' | 'client'
> {
  return { connection, protocol, isTls, address, via, client };
}
