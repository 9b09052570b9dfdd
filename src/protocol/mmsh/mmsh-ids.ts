import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A client-id is known in the span of time in which it was given, and in the next one, milliseconds. */
const SPAN_MS = 600_000;

/** Of the four bytes: two players should not have one id, and to have guessed one is of no use. */
const CLIENT_ID_RANDOM_BYTES = 3;
const CLIENT_ID_MAC_BYTES = 1;

const PUSH_ID_RANDOM_BYTES = 4;
const PUSH_ID_MAC_BYTES = 8;
const PUSH_ID_BYTES = PUSH_ID_RANDOM_BYTES + PUSH_ID_MAC_BYTES;

/** As many digits as a push-id has at the most. */
const PUSH_ID = /^[1-9]\d{0,28}$/;

/**
 * The ids that tie requests of one player or encoder together. They prove by themselves that somebody with this secret has given them,
 * and nobody keeps them: so all threads of a relay know what one of them gave. They say nothing of what their holder may do.
 */
export class MmshIds {
  readonly #secret: Uint8Array;

  /** @param secret - at least 32 random bytes, the same in all threads */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** A client-id for one player: uint32, not 0. @param now - milliseconds */
  newClientId(now: number): number {
    for (;;) {
      const random = randomBytes(CLIENT_ID_RANDOM_BYTES);
      const id = Buffer.concat([random, this.#clientMac(random, spanOf(now))]).readUInt32BE();
      if (id !== 0) return id;
    }
  }

  /** Whether this is a client-id of the last ten minutes, or nearly twenty. @param now - milliseconds */
  knowsClientId(id: number, now: number): boolean {
    if (!Number.isInteger(id) || id <= 0 || id > 0xff_ff_ff_ff) return false;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(id);
    const random = bytes.subarray(0, CLIENT_ID_RANDOM_BYTES);
    const spans = [spanOf(now), spanOf(now) - 1];
    return spans.some((span) =>
      timingSafeEqual(bytes.subarray(CLIENT_ID_RANDOM_BYTES), this.#clientMac(random, span)),
    );
  }

  /** A push-id for who pushes the stream of a key: up to 29 digits, not 0. */
  newPushId(key: string): string {
    const random = randomBytes(PUSH_ID_RANDOM_BYTES);
    random[0] = (random[0] ?? 0) | 0x80; // never 0, and always of as many bytes
    return BigInt(`0x${Buffer.concat([random, this.#pushMac(random, key)]).toString('hex')}`).toString();
  }

  /** Whether this push-id was given to somebody who pushes this stream. */
  knowsPushId(id: string, key: string): boolean {
    if (!PUSH_ID.test(id)) return false;
    const hex = BigInt(id).toString(16);
    if (hex.length !== 2 * PUSH_ID_BYTES) return false;
    const bytes = Buffer.from(hex, 'hex');
    const random = bytes.subarray(0, PUSH_ID_RANDOM_BYTES);
    return timingSafeEqual(bytes.subarray(PUSH_ID_RANDOM_BYTES), this.#pushMac(random, key));
  }

  #clientMac(random: Buffer, span: number): Buffer {
    return this.#mac(`client-id\n${span}\n`, random, CLIENT_ID_MAC_BYTES);
  }

  #pushMac(random: Buffer, key: string): Buffer {
    return this.#mac(`push-id\n${key}\n`, random, PUSH_ID_MAC_BYTES);
  }

  #mac(purpose: string, random: Buffer, size: number): Buffer {
    return createHmac('sha256', this.#secret).update(purpose).update(random).digest().subarray(0, size);
  }
}

function spanOf(now: number): number {
  return Math.floor(now / SPAN_MS);
}
