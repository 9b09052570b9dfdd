import type { ClientCertificate } from '../credentials/client-certificate.ts';
import type { MmshFollowing } from '../protocol/mmsh/mmsh-following.ts';
import type { Authmod } from '../protocol/rtmp/dialogue/authmod.ts';
import type { StreamKeyReading } from '../stream/stream-key.ts';

/**
 * What a request asks to do: `record` is to have what is published recorded, `playback` to play a recording. `pull` and `forward` are the
 * relay's own, on the operator's behalf; `operate` is for the admin listener.
 */
export type Verb = 'connect' | 'publish' | 'play' | 'record' | 'playback' | 'pull' | 'forward' | 'operate';

/** What a client showed to prove who it is, as its protocol brought it; nothing of it ever reaches a log. */
export interface Credentials {
  /** User and password, of HTTP Basic. */
  readonly user?: string;
  readonly password?: string;
  /** A bearer token. */
  readonly token?: string;
  /** Verified, by the authorities of the listener. */
  readonly certificate?: ClientCertificate;
  /** HTTP Digest. The same object as long as the same request is asked about. */
  readonly digest?: DigestShown;
  /** The challenge of RTMP. The same object as long as the connection lasts. */
  readonly authmod?: Authmod;
}

/** What a request has behind `Authorization: Digest`, and what that is about. */
export interface DigestShown {
  readonly value: string;
  readonly method: string;
  /** As the request line has it. */
  readonly target: string;
}

/** What a client of RTMP connects to, before it says which stream it is about. */
export interface Application {
  /** Without a query. */
  readonly name: string;
  /** What the client seems to be there for, by what it says of itself. */
  readonly seeks: 'publish' | 'play';
  /** Whether it says that it is a relay: such a client can show nothing more when it is asked now. */
  readonly isRelay?: boolean;
  /** What it has put behind the command object, an array of JSON; undefined where it is not told. */
  readonly args?: string;
  /** Key of the stream that it says it comes for; undefined where it says nothing. */
  readonly stream?: string | undefined;
}

/**
 * Why it is asked: to `begin`; only to know, a `look`; or whether what was begun may go on, `again`. Whatever a rule would take stays
 * untaken but for `begin`.
 */
export type Intent = 'begin' | 'look' | 'again';

/** What an RTMP client says of its way here, each cut to 1,024 characters; empty where it says nothing. */
export interface ClientUrls {
  /** Of the server, with the application. */
  readonly tcUrl: string;
  /** Of the player. */
  readonly swfUrl: string;
  /** Of the web page around it. */
  readonly pageUrl: string;
}

/** Everything that is known of whoever asks, whatever the protocol. */
export interface AccessRequest {
  readonly verb: Verb;
  /** What the client's words may mean as a stream key and its query, preferred first; for `connect` at most a query, with an empty key. */
  readonly readings: readonly StreamKeyReading[];
  readonly credentials: Credentials;
  /** Only of `connect`. */
  readonly application?: Application;
  /** The peer's address, normalized; for `pull` and `forward` the host that is to be connected to. */
  readonly address: string;
  /** As metrics name it, such as `rtmp`. */
  readonly protocol: string;
  /** What software the client says it is; empty when it says nothing. */
  readonly client: string;
  /** The origin of a web page, such as `https://example.com`; undefined when it is none. */
  readonly origin: string | undefined;
  readonly isTls: boolean;
  readonly session: string;
  /** Ids of relays that the peer says wait behind it, or bring what it publishes; empty where it says nothing. */
  readonly path: readonly string[];
  readonly intent: Intent;
  /** Which redirections it follows, of an MMS player; undefined of all others. */
  readonly follows?: MmshFollowing | undefined;
  /** Whether an MMS player only wants to know what the stream is: it asks again to play. */
  readonly isDescription?: boolean | undefined;
  /** The client-id by which an MMS player is known that is about to play; undefined of all others. */
  readonly clientId?: number | undefined;
  /** Undefined where there are none, or nobody wants to know. */
  readonly clientUrls?: ClientUrls | undefined;
}

/** Why peers may not do what they ask for; the label of `streampump_rejected_total`. */
export const refusalReasons = [
  'access',
  'address-limit',
  'banned',
  'blocked',
  'capacity-limit',
  'conflict',
  'credentials',
  'draining',
  'expired',
  'format',
  'hook',
  'hook-unavailable',
  'key',
  'loop',
  'no-source',
  'not-found',
  'password-limit',
  'pending-limit',
  'play-limit',
  'publication-limit',
  'publisher-limit',
  'pull-limit',
  'redirected',
  'session-limit',
  'share-limit',
  'unavailable',
  'waiting-limit',
] as const;

/** One of {@link refusalReasons}. */
export type RefusalReason = (typeof refusalReasons)[number];

/** A no, with a sentence for the person at the other end, which names no other peer's address. */
export interface Refusal {
  readonly refused: RefusalReason;
  readonly description: string;
  /** What the log calls the stream, where what was asked for may be a secret. */
  readonly stream?: string;
  /** Where the peer may find what it asked for. */
  readonly redirect?: string;
  /** Values of WWW-Authenticate: it may show something else. */
  readonly challenges?: readonly string[];
}

/** Neither yes nor no: show who you are, then ask again. */
export interface Challenge {
  readonly description: string;
  /** Values of WWW-Authenticate; none where it is not asked by HTTP. */
  readonly challenges: readonly string[];
  /** What RTMP asks for; undefined: for a user. */
  readonly authmod?: AuthmodChallenge;
}

/** What goes into the answer of a client that does RTMP's authmod. */
export interface AuthmodChallenge {
  readonly salt: string;
  readonly opaque: string;
}

/** What has to be asked again while something goes on. */
export interface AskedAgain {
  /** With all that was shown. */
  readonly request: AccessRequest;
  /** After how long, milliseconds; infinite where only new settings are a reason to ask. */
  readonly everyMs: number;
}

/** A yes, and how far it goes. */
export interface Grant {
  /** The stream that the request is about now, perhaps under another name than it was asked for; empty for `connect`. */
  readonly key: string;
  /** The query of the reading that was chosen. */
  readonly query: string;
  /** Until when it holds, milliseconds of the clock; infinite where nothing ends it. */
  readonly until: number;
  /** Who the credentials say it is. */
  readonly identity: string | undefined;
  /** By name, how much of something the session may use. */
  readonly limits: Readonly<Record<string, number>>;
  /** The relays that are believed to wait behind the peer, or to bring the stream; empty where it is no relay. */
  readonly path: readonly string[];
  /** How to ask whether it still holds; undefined where nothing that was shown counts after the beginning. */
  readonly again: AskedAgain | undefined;
  /** The stream is there that a player has waited for: gives back what was taken for the wait. */
  endWait(): void;
  /** Gives back whatever the rules took for it; once is enough, more does no harm. */
  release(): void;
}

/** What all rules together say. */
export type Verdict = Grant | Refusal | Challenge;

/** Whether the answer is a no. */
export function isRefusal(answer: object): answer is Refusal {
  return 'refused' in answer;
}

/** Whether credentials are asked for. */
export function isChallenge(answer: object): answer is Challenge {
  return 'challenges' in answer && !isRefusal(answer);
}

/** Decides who may do what; every session asks here, whatever its protocol. */
export interface AccessGate {
  /**
   * Resolves with the verdict, never before this returns.
   * @param signal - the peer has left: whatever was taken is given back, and the promise rejects with the signal's reason
   */
  ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict>;
  /** What the log may call a stream that was asked for by this key, which may be a secret; without it, the key. */
  publicKeyOf?(key: string): string;
}
