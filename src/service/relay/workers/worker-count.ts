import { availableParallelism } from 'node:os';
import type { RelaySettings } from '../../../config/relay-settings.ts';

/** How many workers `auto` stands for. */
export function workerCount(workers: RelaySettings['workers']): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
