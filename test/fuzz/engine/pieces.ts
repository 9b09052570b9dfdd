import type { Random } from '../../support/swarm/random.ts';

/** An input as it comes: copies, since whoever reads may keep and change them. */
export function inOnePiece(input: Buffer): Buffer[] {
  return [Buffer.from(input)];
}

/** Byte by byte. */
export function inBytes(input: Buffer): Buffer[] {
  return Array.from(input, (byte) => Buffer.of(byte));
}

/** Cut at random places, now here and there and now again and again. */
export function inRandomPieces(input: Buffer, random: Random): Buffer[] {
  const most = random.anyScale(2, Math.max(2, input.length));
  const pieces: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + random.between(1, most));
    pieces.push(Buffer.from(input.subarray(at, end)));
    at = end;
  }
  return pieces;
}
