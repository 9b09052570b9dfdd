import type { StreamRegistry } from '../../../stream/stream-registry.ts';

/** Keys of the streams that are live in a thread. */
export function liveKeys(registry: StreamRegistry): readonly string[] {
  return [...registry.streams()].filter(({ state }) => state === 'live').map(({ key }) => key);
}
