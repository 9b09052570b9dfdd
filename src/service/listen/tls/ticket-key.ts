import { randomBytes } from 'node:crypto';
import { type Clock, every } from '../../../stream/clock.ts';

/** How long a ticket is good, seconds: players whose connection is lost come back within that. */
export const TICKET_SECONDS = 300;

/** How long a key seals tickets, milliseconds: node:tls opens those of one key only, so that few come back too late for theirs. */
const TICKET_KEY_MS = 3_600_000;

/** A name, a key of HMAC and a key of AES, 16 bytes each. */
const KEY_BYTES = 48;

/**
 * The secret that session tickets are sealed with, one for all listeners of all threads of a service: whoever comes back with a
 * ticket is spared half of the handshake, whichever thread gets the connection. A ticket of a key before is passed over.
 */
export class TicketKey {
  #bytes: Buffer;
  readonly #users = new Set<(bytes: Buffer) => void>();
  #stop: () => void = () => {};

  /** @param bytes - the key that others have already */
  constructor(bytes: Uint8Array = randomBytes(KEY_BYTES)) {
    this.#bytes = Buffer.from(bytes);
  }

  /** Makes a key that is replaced by another one again and again, until it is closed. */
  static rotating(clock: Clock): TicketKey {
    const key = new TicketKey();
    key.#stop = every(clock, TICKET_KEY_MS, () => key.replace(randomBytes(KEY_BYTES)));
    return key;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Another key seals tickets from now on. */
  replace(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes);
    for (const take of this.#users) take(this.#bytes);
  }

  /** Has somebody told each key that replaces this one. @returns ends it */
  follow(take: (bytes: Buffer) => void): () => void {
    this.#users.add(take);
    return () => this.#users.delete(take);
  }

  close(): void {
    this.#stop();
    this.#users.clear();
  }
}
