/** How often an input is tried at most while it is made smaller, and for how long, milliseconds. */
const MAX_TRIES = 3000;
const MAX_MS = 20_000;

/** What is left of an input when everything is taken away that its fault does without: greedily, in ever smaller chunks. */
export async function minimize(
  input: Buffer,
  isFaulty: (input: Buffer) => Promise<boolean>,
  maxMs: number = MAX_MS,
): Promise<Buffer> {
  const until = performance.now() + maxMs;
  let smallest = input;
  let tries = 0;
  const mayTry = (): boolean => ++tries <= MAX_TRIES && performance.now() < until;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && mayTry(); ) {
      const less = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await isFaulty(less)) smallest = less;
      else at += size;
    }
  }
  return smallest;
}
