/**
 * Yields the ways a socket may deliver the bytes that find most mistakes: whole, cut in two at every place, every byte
 * alone. The parts are views of `bytes`.
 */
export function* everySplit(bytes: Buffer): Generator<Buffer[]> {
  yield [bytes];
  for (let cut = 1; cut < bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)];
  if (bytes.length > 2) yield Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}
