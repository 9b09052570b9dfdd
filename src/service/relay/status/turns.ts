import type { Clock } from '../../../stream/clock.ts';

/** So many are looked at in one turn of the event loop. */
const PER_TURN = 500;

/** Goes through as many as there may be without holding anything else up: media goes on after some hundreds of them. */
export async function* inTurns<T>(all: Iterable<T>, clock: Clock): AsyncGenerator<readonly T[]> {
  let some: T[] = [];
  for (const one of all) {
    some.push(one);
    if (some.length < PER_TURN) continue;
    yield some;
    some = [];
    await new Promise<void>((resolve) => clock.soon(resolve));
  }
  yield some;
}
