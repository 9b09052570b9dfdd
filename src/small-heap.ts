/**
 * Keeps V8's young generation at four megabytes; imported for its effect, before anything else. A relay allocates little that
 * lives long: a larger one only holds memory, with 1,500 players 48 MB more and no faster. In a smaller one, such as the one
 * megabyte that V8 begins with, collecting what players leave behind who join takes half as long again.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const YOUNG_BYTES = 4 * 2 ** 20;

/** Objects that are kept for a moment at a time, and how often at most: it grows as soon as enough of them survive. */
const KEPT_OBJECTS = 4096;
const MAX_ROUNDS = 256;

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? YOUNG_BYTES : young.space_available_size + young.space_used_size;
}

setFlagsFromString('--semi-space-growth-factor=2');
const kept: object[] = [];
for (let i = 0; i < MAX_ROUNDS && youngBytes() < YOUNG_BYTES * 0.99; i++)
  kept.push(Array.from({ length: KEPT_OBJECTS }, () => ({})));
setFlagsFromString('--semi-space-growth-factor=1');
