import type { DeadlineSettings, LimitSettings } from '../config/relay-settings.ts';
import type { ClientCertificate } from '../credentials/client-certificate.ts';
import type { Log } from '../log.ts';
import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { Clock } from '../stream/clock.ts';
import type { PlayStanding } from '../stream/player.ts';
import type { AccessGate, ClientUrls, Refusal, RefusalReason, Verb } from './access.ts';
import type { CallSite } from './calls/call-handlers.ts';
import type { CallDirection, CallOutcome, ClientAnswer } from './calls/call-outcome.ts';
import type { Streams } from './streams.ts';

/** What a session can be for; the label of `streampump_sessions`. `pending`: not accepted to publish or play yet. */
export const sessionRoles = ['pending', 'waiting', 'player', 'relay', 'publisher', 'caller'] as const;

/** One of {@link sessionRoles}. */
export type SessionRole = (typeof sessionRoles)[number];

/** What streams go out as, as metrics name it: players of `rtmpt` are sent the bytes of `rtmp`. */
export const streamProtocols = ['rtmp', 'http-flv', 'ws-flv', 'mmsh', 'asf-http'] as const;

/** What sessions speak, as metrics name it. */
export const sessionProtocols = [
  'rtmp',
  'rtmpt',
  'http-flv',
  'ws-flv',
  'mmsh',
  'asf-http',
  'amf',
  'rpc',
] as const;

/** Why players leave; the label of `streampump_disconnected_players_total`. */
export const playerLeftReasons = [
  'closed',
  'ended',
  'format',
  'kicked',
  'not-found',
  'protocol',
  'revoked',
  'shutdown',
  'stalled',
  'timeout',
  'unreadable',
] as const;

/** One of {@link playerLeftReasons}. */
export type PlayerLeft = (typeof playerLeftReasons)[number];

/** Why somebody who was let in may not go on: access does not allow it any more, or an operator has ended it. */
export type Revocation = 'revoked' | 'kicked';

/** Why a publication or a play is over; the field `reason` of its last line. */
export type ActivityEnd = PlayerLeft | 'replaced';

/** One connection of a peer, whatever its protocol. */
export interface Session {
  /** On every log line about it. */
  readonly id: string;
  readonly protocol: string;
  /** The peer's address, normalized. */
  readonly address: string;
  readonly role: SessionRole;
  /** Whether what the peer asks for is still done; not while it is being let go. */
  readonly isOpen: boolean;
  readonly isTls: boolean;
  /** The proxy that has brought the peer, normalized; undefined where it came by itself. */
  readonly via: string | undefined;
  /** The name of this server that the peer has asked for in TLS, as it or its proxy says. */
  readonly serverName: string | undefined;
  /** What software the peer says it is, cut and escaped; empty when it says nothing. */
  readonly client: string;
  /** When the peer came, milliseconds of the clock. */
  readonly since: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Bytes that were received and not acted on yet: messages that are not whole, and what waits for its turn. */
  readonly partialBytes: number;
  /** Bytes that it was to send and that its socket has not taken yet. */
  readonly backlogBytes: number;
  /** Why it was refused what it asked for last, if it was, and the stream that it asked for, if that may be told. */
  readonly refused?: { readonly refusal: Refusal; readonly stream: string | undefined } | undefined;
  /** The status that its last request was answered with; undefined while it has no answer. */
  readonly answered?: number | undefined;
  /** Why its players leave when the connection closes. */
  readonly endReason?: PlayerLeft;
  /** What it does now. */
  activities(): Iterable<SessionActivity>;
  /** Asks a relay that can do so to come back elsewhere, at `url` if there is one; false when the peer cannot. */
  askToReconnect(url: string | null): boolean;
  /** Calls a method of the client; undefined where it cannot be called, or not yet. @param timeoutMs - at most `calls.timeoutMs` */
  call?(name: string, args: readonly AmfValue[], timeoutMs?: number): Promise<ClientAnswer> | undefined;
  /** Lets the peer go with a word of farewell, soon. */
  dismiss(reason: string): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** What a session does, as whoever may end it sees it. */
export interface SessionActivity {
  readonly verb: Verb;
  /** The stream, or the recording, that it is about; empty for `connect`. */
  readonly key: string;
  readonly identity: string | undefined;
  /** The label `uid` of its URL, at most 256 characters: nobody has proven it. */
  readonly uid?: string | undefined;
  /** Until when it may, milliseconds of the clock; infinite where nothing ends it. */
  readonly until: number;
  /** Whether it goes by what was shown: new settings judge that again. */
  readonly isProven?: boolean;
  /** When it is to be asked again whether it may go on, milliseconds of the clock; infinite where only new settings are a reason to. */
  readonly recheckAt?: number;
  /**
   * Asks again whether it may go on, which ends it where the answer is no; undefined where nothing that was shown counts after the
   * beginning. Resolves when that is done, and never rejects.
   */
  askAgain?(): Promise<void> | undefined;
  /** How a player keeps up; undefined while it waits for its stream. */
  standing?(): PlayStanding | undefined;
  /** Ends it, with a word for the peer. @param as - default `revoked` */
  revoke(reason: string, as?: Revocation): void;
}

/** Who does something, as followers see it. */
export interface SessionPeer
  extends Pick<Session, 'id' | 'protocol' | 'address' | 'via' | 'isTls' | 'client'> {
  /** Address and port, for people. */
  readonly peer: string;
  /** Undefined where there are none, or nobody wants to know. */
  readonly clientUrls: ClientUrls | undefined;
}

/** A publication, or the play of a stream or a recording, that was accepted. */
export interface AcceptedActivity extends SessionActivity {
  readonly verb: 'publish' | 'play' | 'playback';
  readonly session: SessionPeer;
  /** What stood behind the `?`, as it was sent: credentials may be in it. */
  readonly query: string;
  /** Whether a relay plays it. */
  readonly isRelay: boolean;
  /** The client-id by which its player is known; undefined where its protocol has none. */
  readonly clientId?: number | undefined;
  /** From a player's asking to its first media, milliseconds; undefined until then. */
  readonly firstMediaMs?: number | undefined;
  progress(): ActivityProgress;
}

/** How long something has gone on, milliseconds, and what the connection carried meanwhile: from a publisher, or to a player. */
export interface ActivityProgress {
  readonly ms: number;
  readonly bytes: number;
}

/** A request about a stream that was refused. */
export interface RejectedRequest {
  /** The stream, as the log calls it. */
  readonly stream: string;
  readonly address: string;
  /** Why, for people. */
  readonly description: string;
}

/** What a player says of how it has played. */
export interface PlaybackReport {
  readonly session: Session;
  /** The client-id by which it is known, on whatever connection. */
  readonly clientId: number;
  /** Cut and escaped. */
  readonly text: string;
}

/** What sessions tell whoever counts them. */
export interface SessionEvents {
  /** A publish or play was accepted; once, unless it was idle again. */
  onAccepted(session: Session): void;
  /** Nothing goes on any more of what was accepted: the peer has to begin something, or go. */
  onIdle(session: Session): void;
  /** @param request - what it was about; undefined where that was no stream */
  onRejected(reason: RefusalReason, request?: RejectedRequest): void;
  /** A publication or play was accepted. */
  onBegun(activity: AcceptedActivity): void;
  /** It was asked about again, and may go on. */
  onGoesOn(activity: AcceptedActivity): void;
  /** One that was accepted is over: told as often. */
  onOver(activity: AcceptedActivity, reason: ActivityEnd): void;
  /** The first media was written to a player, this long after its connection was accepted, milliseconds. */
  onFirstMedia(ms: number): void;
  onReported(report: PlaybackReport): void;
  /** A call has come to its end. */
  onCalled(direction: CallDirection, outcome: CallOutcome): void;
  onClosed(session: Session): void;
}

/** What one connection may use up. */
export type ConnectionLimits = Pick<
  LimitSettings,
  'messagesPerSecond' | 'playsPerConnection' | 'publicationsPerConnection'
>;

/** What sessions keep of the peer's words because somebody wants to know later; it may change. */
export interface Remembered {
  readonly clientUrls: boolean;
  /** What RTMP clients have said with connect. */
  readonly connect: boolean;
}

/** Who is at the other end, as far as the proxies on the way are believed. */
export interface PeerFacts {
  /** Normalized. */
  readonly address: string;
  /** Address, and port where it is known, for people. */
  readonly peer: string;
  /** The proxy that has brought the peer, normalized; undefined where it came by itself. */
  readonly via?: string | undefined;
  /** Whether that proxy asks for it on a connection of its own, so that what is shown in TLS there is not the peer's. */
  readonly isForwarded?: true;
  /** Whether it speaks TLS with that proxy; undefined where that does not say. */
  readonly isTls?: boolean | undefined;
  /** What it has shown of itself in TLS, on a connection that carries this one. */
  readonly certificate?: ClientCertificate | undefined;
  /** The name of this server that it has asked for, as that proxy says. */
  readonly serverName?: string | undefined;
}

/**
 * Counts a connection that brings many peers to the address of the one that speaks now, or with null to none.
 * @returns why that one may not; it may take a moment to know
 */
export type CountFor = (address: string | null) => Refusal | undefined | Promise<Refusal | undefined>;

/** What every session needs. */
export interface SessionContext extends PeerFacts {
  readonly id: string;
  /** On the connection of a proxy, which is not limited by its own address. */
  readonly countFor?: CountFor;
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: AccessGate;
  readonly streams: Streams;
  readonly events: SessionEvents;
  readonly deadlines: DeadlineSettings;
  readonly limits: ConnectionLimits;
  readonly remembers: Remembered;
  readonly calls: CallSite;
  /** To be told when a session that publishes and plays nothing may hold other bytes than before. */
  readonly pending: { note(session: Session): void };
  /** What goes on by a grant that ends: whoever holds this ends it then. */
  readonly granted: Set<SessionActivity>;
  /** Set when the peer is let in only to be told why not; it may take a moment to know. */
  readonly refusal: Refusal | undefined | Promise<Refusal | undefined>;
}
