import { BerError, BerReader, encode, encodeNumber, encodeOctets, Tag } from './ber.ts';
import { encodeUserMessage, type UserMessage } from './message.ts';
import { encodeVariable } from './mib-view.ts';
import { answerTags, decodeRequest, encodeAnswer, type RequestPdu } from './pdu.ts';
import { type SnmpUser, UserKeys } from './user-keys.ts';

/** A message may be so much older or newer than the agent's clock, seconds. @see RFC 3414 section 3.2 */
const WINDOW_SECONDS = 150;

/** What the agent can take in one datagram, bytes. */
const MAX_BYTES = 65_507;

/** Why a message was not answered, by the last number but one of its counter's OID. @see RFC 3414 section 5 */
const counters = {
  unsupportedLevel: 1,
  notInTime: 2,
  unknownUser: 3,
  unknownEngine: 4,
  wrongDigest: 5,
  notDecrypted: 6,
} as const;

type Fault = keyof typeof counters;

const usmStats = [1, 3, 6, 1, 6, 3, 15, 1, 1] as const;

/** Which agent this is, and when. */
export interface SnmpEngine {
  readonly id: Buffer;
  /** Larger at each start. */
  readonly boots: number;
  /** Seconds since the start. */
  time(): number;
}

/** A request of a user who has proved who it is, with the way back. */
export interface UserRequest {
  readonly request: RequestPdu;
  /** Encrypts and signs an answer. */
  seal(pdu: Buffer): Buffer;
}

/** A message that is not answered, and what its sender is told of that, if it wants to know. */
export interface UserRefusal {
  readonly fault: Fault;
  readonly report: Buffer | undefined;
}

interface KnownUser {
  readonly name: string;
  readonly keys: UserKeys;
}

/**
 * The user-based security model: who a message of version 3 is from, and whether it is new. Nothing is decrypted, and no keys are made,
 * for who has not proved to know its secret.
 * @see RFC 3414
 */
export class UserSecurity {
  readonly #engine: SnmpEngine;
  readonly #users: ReadonlyMap<string, KnownUser>;
  readonly #counts = new Map<Fault, number>();

  constructor(users: readonly SnmpUser[], engine: SnmpEngine) {
    this.#engine = engine;
    this.#users = new Map(
      users.map((user) => [user.name, { name: user.name, keys: new UserKeys(user, engine.id) }]),
    );
  }

  /** Opens a message. @throws BerError where what it holds is no request for this agent */
  open(message: UserMessage): UserRequest | UserRefusal {
    const { head, security, contents, bytes } = message;
    const { id, boots } = this.#engine;
    if (!security.engineId.equals(id)) return this.#refuse(message, 'unknownEngine');
    const user = this.#users.get(security.user);
    if (user === undefined) return this.#refuse(message, 'unknownUser');
    if (!head.isAuthentic || head.isPrivate !== user.keys.isPrivate)
      return this.#refuse(message, 'unsupportedLevel');
    if (bytes.length > MAX_BYTES || !user.keys.isSigned(message.unsigned(), security.digest))
      return this.#refuse(message, 'wrongDigest');
    const age = Math.abs(security.time - this.#engine.time());
    if (security.boots !== boots || age > WINDOW_SECONDS) return this.#refuse(message, 'notInTime', user);
    const scoped = head.isPrivate ? this.#show(user, message) : contents.enter();
    if (scoped === undefined) return this.#refuse(message, 'notDecrypted');
    contents.end();
    const context = [encodeOctets(scoped.read(Tag.octets)), encodeOctets(scoped.read(Tag.octets))];
    const request = decodeRequest(scoped);
    const seal = (pdu: Buffer): Buffer => this.#seal(message, encode(Tag.sequence, ...context, pdu), user);
    return { request, seal };
  }

  /** The scoped PDU of a message that is signed; undefined where it cannot be decrypted. */
  #show({ keys }: KnownUser, { security, contents }: UserMessage): BerReader | undefined {
    const plain = keys.show(contents.read(Tag.octets), security, security.salt);
    try {
      return plain === undefined ? undefined : new BerReader(plain).enter();
    } catch (error) {
      if (error instanceof BerError) return undefined;
      throw error;
    }
  }

  #refuse(message: UserMessage, fault: Fault, user?: KnownUser): UserRefusal {
    const count = ((this.#counts.get(fault) ?? 0) + 1) % 2 ** 32;
    this.#counts.set(fault, count);
    if (!message.head.isReportable) return { fault, report: undefined };
    const variable = { oid: [...usmStats, counters[fault], 0], value: encodeNumber(count, Tag.counter32) };
    const pdu = encodeAnswer(0, [encodeVariable(variable)], { tag: answerTags.report });
    const scoped = encode(Tag.sequence, encodeOctets(this.#engine.id), encodeOctets(''), pdu);
    return { fault, report: this.#seal(message, scoped, user, false) };
  }

  /** An answer, signed where it is to a user, and hidden where that user hides what it is told. */
  #seal(
    { head, security }: UserMessage,
    scoped: Buffer,
    user: KnownUser | undefined,
    mayHide = true,
  ): Buffer {
    const { id: engineId, boots } = this.#engine;
    const place = { boots, time: this.#engine.time() };
    const hiding = mayHide && user?.keys.isPrivate ? user.keys : undefined;
    const hidden = hiding?.hide(scoped, place) ?? { bytes: scoped, salt: Buffer.alloc(0) };
    const own = { id: head.id, maxBytes: MAX_BYTES, isReportable: false };
    return encodeUserMessage(
      { ...own, isAuthentic: user !== undefined, isPrivate: hiding !== undefined },
      { engineId, ...place, user: security.user, salt: hidden.salt },
      hidden.bytes,
      user?.keys.digestLength ?? 0,
      (message) => user?.keys.sign(message) ?? Buffer.alloc(0),
    );
  }
}
