/**
 * The digest form of the RTMP handshake, which RTMP 1.0 leaves out: Flash Player 9 and later, Adobe's servers, and what plays
 * with them mark C1 and S1 with an HMAC-SHA256 digest, and prove in C2 and S2 that they read it.
 *
 * C1 and S1 are 4 bytes time, 4 bytes version (not zero), then two blocks of 764 bytes in either order. The digest block is 4
 * bytes whose sum, modulo 728, says where in the 760 bytes after them the 32 bytes of the digest stand; the other block is for
 * the key exchange of RTMPE and is noise here. The keys are public, so a digest proves the dialect of a peer, not who it is.
 *
 * Facts from the behaviour of librtmp 2.4 (handshake.h) and ffmpeg 5.1 (rtmpproto.c); schema numbers as SRS has them.
 */
import { createHmac } from 'node:crypto';

/** Bytes of each of C1, S1, C2 and S2. @see RTMP 1.0 section 5.2.3 */
export const handshakePartBytes = 1536;

/** Bytes of C2 or S2 before its signature. */
export const answerNoiseBytes: number = handshakePartBytes - 32;

/** Order of the two blocks in C1 and S1. */
export const DigestSchema = { keyFirst: 0, digestFirst: 1 } as const;
export type DigestSchema = (typeof DigestSchema)[keyof typeof DigestSchema];

/** What one side signs with. */
export interface DigestKey {
  /** For the digest within C1 or S1: the name of the software. */
  readonly greeting: Buffer;
  /** For the signature of C2 or S2: the name and 32 bytes that both sides share. */
  readonly answer: Buffer;
}

/** Signs S1 and S2. */
export const serverKey: DigestKey = digestKey('Genuine Adobe Flash Media Server 001');
/** Signs C1 and C2. */
export const playerKey: DigestKey = digestKey('Genuine Adobe Flash Player 001');

/**
 * The digest that C1 or S1 carries, or undefined when it carries none and is therefore of the simple form.
 * @param part - the 1536 bytes of C1 or S1. Not kept.
 * @param key - that of the side which sent it.
 * @returns with the digest as 32 bytes, a view of the part
 */
export function findDigest(
  part: Buffer,
  key: DigestKey,
): { schema: DigestSchema; digest: Buffer } | undefined {
  if (part.readUInt32BE(4) === 0) return undefined; // the four zeros of RTMP 1.0: no digest to look for
  for (const schema of [DigestSchema.keyFirst, DigestSchema.digestFirst]) {
    const at = digestOffset(part, schema);
    const digest = part.subarray(at, at + 32);
    if (digest.equals(digestAround(part, at, key))) return { schema, digest };
  }
  return undefined;
}

/** Writes the digest into C1 or S1, whose other bytes are complete and whose version is not zero. */
export function writeDigest(part: Buffer, schema: DigestSchema, key: DigestKey): void {
  const at = digestOffset(part, schema);
  digestAround(part, at, key).copy(part, at);
}

/**
 * The 32 bytes that end C2 or S2.
 * @param noise - the 1504 bytes before them, free to choose.
 * @param peerDigest - the digest of the part that is answered: of S1 for C2, of C1 for S2.
 * @param key - that of the side which answers.
 */
export function answerSignature(noise: Buffer, peerDigest: Buffer, key: DigestKey): Buffer {
  const once = createHmac('sha256', key.answer).update(peerDigest).digest();
  return createHmac('sha256', once).update(noise).digest();
}

/** Where the digest begins: at most 739 or 1503, so that it always ends within its block. */
function digestOffset(part: Buffer, schema: DigestSchema): number {
  const block = schema === DigestSchema.keyFirst ? 8 + 764 : 8;
  const sum = part.subarray(block, block + 4).reduce((total, byte) => total + byte, 0);
  return block + 4 + (sum % 728);
}

/** The digest covers everything but itself. */
function digestAround(part: Buffer, at: number, key: DigestKey): Buffer {
  return createHmac('sha256', key.greeting)
    .update(part.subarray(0, at))
    .update(part.subarray(at + 32))
    .digest();
}

function digestKey(name: string): DigestKey {
  const greeting = Buffer.from(name, 'latin1');
  const shared = Buffer.from('f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae', 'hex');
  return { greeting, answer: Buffer.concat([greeting, shared]) };
}
