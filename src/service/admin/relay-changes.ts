import type { LogLevel } from '../../config/log-settings.ts';
import type { JsonValue } from '../../protocol/amf/amf-json.ts';
import type { ClientAnswer } from '../../session/calls/call-outcome.ts';
import type { BanKind } from '../access/bans/ban-ledger.ts';
import type { KickFilter } from '../access/kick.ts';

/** A ban, as operators see it. */
export interface BanStatus {
  readonly id: string;
  readonly kind: BanKind;
  /** An address of IPv4, a /64 of IPv6 such as `2001:db8::/64`, or an identity. */
  readonly value: string;
  /** ISO 8601. */
  readonly until: string;
}

/** A pull that is wished for. */
export interface PullWish {
  readonly stream: string;
  /** In order of preference, as in the settings. */
  readonly urls: readonly string[];
}

/** A forward that is wished for. */
export interface ForwardWish {
  readonly stream: string;
  readonly url: string;
}

/** A method of a client that is to be called. */
export interface ClientCallWish {
  readonly name: string;
  /** Values of AMF as JSON. */
  readonly args: readonly JsonValue[];
  /** How long to wait for the answer, milliseconds; at most, and default: `calls.timeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** What a client has answered: values of AMF as JSON. */
export type ClientSaid = Extract<ClientAnswer<JsonValue>, { readonly value: JsonValue }>;

/** Something that the players of a stream are to be told. */
export interface StreamData {
  /** Of the data message. */
  readonly name: string;
  /** Values of AMF as JSON. */
  readonly values: readonly JsonValue[];
}

/** Why a change cannot be made. */
export const changeObjections = [
  'bad-request',
  'forbidden',
  'not-found',
  'conflict',
  'too-many',
  'timeout',
  'unavailable',
] as const;

/** A change is not made; the message is a sentence for people, without anything that is secret. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
  readonly why: (typeof changeObjections)[number];

  constructor(why: (typeof changeObjections)[number], message: string) {
    super(message);
    this.why = why;
  }
}

/** What operators change while a relay runs; nothing of it outlasts the relay. What cannot be done throws {@link ChangeRefused}. */
export interface RelayChanges {
  /**
   * Ends sessions, whatever they do.
   * @param banMs - so long whoever has them is kept out, by address and by proven identity; undefined: not at all
   * @param reason - what they hear; default: that an operator has ended it
   * @returns how many have ended
   */
  kick(filter: KickFilter, banMs?: number, reason?: string): Promise<number>;
  /** Who is kept out. */
  bans(): readonly BanStatus[];
  /** @returns whether there was such a ban */
  liftBan(id: string): boolean;
  /** Pulls a stream until {@link removePull}. @returns the id of the upstream */
  addPull(wish: PullWish): Promise<string>;
  /** Forwards a stream until {@link removeForward}. @returns the id of the forward */
  addForward(wish: ForwardWish): Promise<string>;
  removePull(id: string): Promise<void>;
  removeForward(id: string): Promise<void>;
  /** Calls a method of a session's client. @returns its result, or its own word for a fault */
  callClient(session: string, call: ClientCallWish): Promise<ClientSaid>;
  /** Sends data to those who play a stream now, at its place among the media. */
  sendData(stream: string, data: StreamData): Promise<void>;
  /** The least severe lines that are logged. */
  readonly logLevel: LogLevel;
  /** Logs by another level until the configuration is read again. */
  setLogLevel(level: LogLevel): void;
}
