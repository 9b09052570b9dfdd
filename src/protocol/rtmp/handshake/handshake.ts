/**
 * The handshake that opens an RTMP connection, both sides of it, in the simple form of RTMP 1.0 and in the digest form.
 *
 *     client             server
 *     C0 C1       ->              version, then 1536 bytes: time, version of the software, noise
 *                 <-     S0 S1 S2 the same of the server; S2 answers C1
 *     C2          ->              answers S1; chunks follow at once
 *
 * An answer of the simple form is an echo. Neither side looks into the answer of its peer: implementations differ in what they
 * put there, and it protects nothing.
 * @see RTMP 1.0 section 5.2
 */
import { randomBytes } from 'node:crypto';
import type { ByteQueue } from '../../../bytes/byte-queue.ts';
import { ProtocolError } from '../../../errors.ts';
import {
  answerNoiseBytes,
  answerSignature,
  DigestSchema,
  findDigest,
  handshakePartBytes,
  playerKey,
  serverKey,
  writeDigest,
} from './handshake-digest.ts';

/** What a handshake wants after it has read what was there. */
export interface HandshakeStep {
  /** Bytes to send now; the caller owns them. */
  readonly send?: Buffer;
  /** The peer's last part was read: what follows in the queue is chunks. Stays true. */
  readonly done: boolean;
}

/** How a client begins. */
export interface ClientHandshakeOptions {
  /**
   * Whether C1 carries a digest, which some servers demand for some codecs and simple ones take as noise. Default true.
   * Without it C2 is an echo whatever S1 carries.
   */
  readonly digest?: boolean;
}

/** What is the same for both sides: the peer's version and first part are read and answered, its second part is skipped. */
class Exchange {
  readonly #answer: (part: Buffer) => Buffer;
  /** What is still to come of the peer's answer; undefined before its greeting. */
  #missingBytes: number | undefined;

  /** @param answer - from C1 or S1, a view that must not be kept, to what is sent upon it. */
  constructor(answer: (part: Buffer) => Buffer) {
    this.#answer = answer;
  }

  /**
   * Reads as much of the handshake as arrived; to be called after each arrival until done.
   * @throws ProtocolError `RTMP_HANDSHAKE_NOT_RTMP` when the first byte is one of TLS or HTTP, `RTMP_HANDSHAKE_INVALID` when it
   * is any other than version 3.
   */
  advance(received: ByteQueue): HandshakeStep {
    if (this.#missingBytes !== undefined) return { done: this.#skipAnswer(received, this.#missingBytes) };
    const peerVersion = received.peekByte(0);
    if (peerVersion !== undefined) checkVersion(peerVersion);
    const bytes = received.read(1 + handshakePartBytes);
    if (bytes === undefined) return { done: false };
    return { send: this.#answer(bytes.subarray(1)), done: this.#skipAnswer(received, handshakePartBytes) };
  }

  /** Skips what arrived of the answer rather than wait for all of it, so that a slow peer leaves nothing in the queue. */
  #skipAnswer(received: ByteQueue, missingBytes: number): boolean {
    const arrived = Math.min(missingBytes, received.length);
    received.skip(arrived);
    this.#missingBytes = missingBytes - arrived;
    return this.#missingBytes === 0;
  }
}

/** The server's side: S0, S1 and S2 leave together once C0 and C1 are there, since librtmp reads S0 and S1 in one go. */
export class ServerHandshake extends Exchange {
  constructor() {
    super(answerC1);
  }
}

/** The client's side: `start` first; then C2 is to be sent as soon as S1 is there, be S2 there or not. */
export class ClientHandshake extends Exchange {
  readonly #digest: boolean;

  constructor({ digest = true }: ClientHandshakeOptions = {}) {
    super(digest ? answerS1 : echo);
    this.#digest = digest;
  }

  /** C0 and C1, to be sent first; the caller owns them. */
  start(): Buffer {
    return Buffer.concat([version, this.#digest ? digestC1 : simplePart]);
  }
}

/** C0 and S0. */
const version: Buffer = Buffer.of(3);

/**
 * The noise of every part this process sends. RTMP 1.0 section 5.2.3 asks for bytes that tell the answer to one's own part from
 * the part of the peer, and expressly neither for secure randomness nor for values that change: made once, joining costs none.
 */
const noise: Buffer = randomBytes(handshakePartBytes - 8);
const answerNoise: Buffer = noise.subarray(0, answerNoiseBytes);

const simplePart: Buffer = greetingPart(0);
/** Version 4.5.0.1 of Adobe's server: ffmpeg looks for a digest from version 3 on. Indexed by schema. */
const digestS1: Readonly<Record<DigestSchema, Buffer>> = {
  [DigestSchema.keyFirst]: digestPart(0x04050001, DigestSchema.keyFirst, serverKey),
  [DigestSchema.digestFirst]: digestPart(0x04050001, DigestSchema.digestFirst, serverKey),
};
/** Version 9.0.124.2 of Flash Player with the digest first: what ffmpeg sends where nothing is encrypted. */
const digestC1: Buffer = digestPart(0x09007c02, DigestSchema.digestFirst, playerKey);

/** C1 or S1 with time 0: the peer's clock readings are of no use to anybody. */
function greetingPart(softwareVersion: number): Buffer {
  const part = Buffer.concat([Buffer.alloc(8), noise]);
  part.writeUInt32BE(softwareVersion, 4);
  return part;
}

function digestPart(softwareVersion: number, schema: DigestSchema, key: typeof serverKey): Buffer {
  const part = greetingPart(softwareVersion);
  writeDigest(part, schema, key);
  return part;
}

/** S0 S1 S2, in the form and schema of C1. */
function answerC1(c1: Buffer): Buffer {
  const found = findDigest(c1, playerKey);
  if (found === undefined) return Buffer.concat([version, simplePart, c1]);
  const signature = answerSignature(answerNoise, found.digest, serverKey);
  return Buffer.concat([version, digestS1[found.schema], answerNoise, signature]);
}

/** C2, signed when S1 carries a digest; otherwise the server is a simple one. */
function answerS1(s1: Buffer): Buffer {
  const found = findDigest(s1, serverKey);
  if (found === undefined) return echo(s1);
  return Buffer.concat([answerNoise, answerSignature(answerNoise, found.digest, playerKey)]);
}

/** A copy: the part is a view of received bytes. */
function echo(part: Buffer): Buffer {
  return Buffer.from(part);
}

/** Judges the peer by its first byte alone, so that the verdict does not hang on how much arrived with it. */
function checkVersion(peerVersion: number): void {
  if (peerVersion === 3) return;
  switch (peerVersion) {
    case 0x0d: // a PROXY protocol header of version 2
      throw new ProtocolError(
        'RTMP_HANDSHAKE_NOT_RTMP',
        'first byte 0xd, this looks like the PROXY protocol: the setting proxyProtocol does not list this address',
      );
    case 0x15: // a TLS alert, which is how a TLS server answers C0
    case 0x16: // a TLS handshake record
      throw new ProtocolError(
        'RTMP_HANDSHAKE_NOT_RTMP',
        `first byte 0x${peerVersion.toString(16)}, this looks like TLS: use rtmps:// or the TLS port`,
      );
    case 0x44: // DELETE
    case 0x47: // GET
    case 0x48: // HEAD; also HTTP/1.1, which is how an HTTP server answers C0
    case 0x4f: // OPTIONS
    case 0x50: // POST, PUT, PATCH
      throw new ProtocolError(
        'RTMP_HANDSHAKE_NOT_RTMP',
        `first byte '${String.fromCharCode(peerVersion)}', this looks like HTTP: use rtmp:// or the HTTP port`,
      );
    case 0x06:
    case 0x08:
      throw new ProtocolError(
        'RTMP_HANDSHAKE_INVALID',
        `RTMP version ${peerVersion}: encrypted RTMPE is not supported`,
      );
    default:
      throw new ProtocolError('RTMP_HANDSHAKE_INVALID', `RTMP version ${peerVersion}, expected 3`);
  }
}
