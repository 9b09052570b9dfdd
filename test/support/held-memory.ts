import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process holds now on the heap and in buffers, bytes; garbage is none of it. */
export function heldMemory(): number {
  for (let i = 0; i < 3; i++) collectGarbage(); // buffers are let go beside the thread; who collects again waits for that
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
