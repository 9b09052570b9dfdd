/**
 * Has V8 collect garbage as a relay needs it: with a small young generation, for little of what it allocates lives long, with 1,500
 * players 48 MB less and no slower; and seldom, without threads of V8's own where they would take the one processor from the loop.
 * Imported for its effect, too: while everything is loaded the young generation does not grow at all.
 */
import { availableParallelism } from 'node:os';
import { constants, type PerformanceNodeEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';

/** What one of its two semi-spaces may hold. In smaller ones what joining players leave behind costs half as much again to collect. */
const SEMI_SPACE_BYTES = 4 * 2 ** 20;

/**
 * How much may become garbage before all of the heap is collected. V8's own choice goes by how fast memory is taken: with 300 streams,
 * each with a player, it marked all that lives twice a second.
 */
const GARBAGE_BYTES = 32 * 2 ** 20;

/** Of a small heap no more than this share of what lives, percent: an idle relay stays small. */
const MAX_GARBAGE_PERCENT = 150;

let grows = false;
setFlagsFromString('--semi-space-growth-factor=1');

/**
 * From now on garbage is collected as load asks for. The young generation grows when more survives than it was made for, up to four
 * megabytes, and again after V8 has made it smaller because nothing went on. It is looked at after each collection: the limit that V8
 * has of its own counts at the start only.
 */
export function collectForLoad(): void {
  if (availableParallelism() === 1) markOnTheLoop();
  sizeYoungGeneration();
  limitGarbage();
  new PerformanceObserver((list) => {
    sizeYoungGeneration();
    if (list.getEntries().some(isOfAll)) limitGarbage();
  }).observe({ entryTypes: ['gc'] });
}

/** In steps of a millisecond instead of by threads: on the loop's own processor they hold it up for tens of milliseconds. */
function markOnTheLoop(): void {
  setFlagsFromString('--no-concurrent-marking');
  setFlagsFromString('--no-concurrent-sweeping');
}

function sizeYoungGeneration(): void {
  const isSmall = semiSpaceBytes() < SEMI_SPACE_BYTES * 0.99; // V8 keeps a few bytes of it
  if (isSmall === grows) return;
  grows = isSmall;
  setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);
}

function semiSpaceBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? SEMI_SPACE_BYTES : young.space_available_size + young.space_used_size;
}

/** To be called when all garbage has just gone: what is used lives. */
function limitGarbage(): void {
  const percent = (GARBAGE_BYTES / getHeapStatistics().used_heap_size) * 100;
  setFlagsFromString(`--heap-growing-percent=${Math.ceil(Math.min(percent, MAX_GARBAGE_PERCENT))}`);
}

function isOfAll(entry: object): boolean {
  return (entry as PerformanceNodeEntry).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
