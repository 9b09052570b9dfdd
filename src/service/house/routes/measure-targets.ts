import type { Randomness } from '../choosing/shuffled-bag.ts';
import type { RoundTrips } from './round-trips.ts';

/** So many relays are measured by one at a time. */
export const MAX_TARGETS = 32;

/** So many of the nearest that are known, and of those that are nearest to them. */
const NEAREST = 8;

/**
 * The relays that one had better measure the way to: its parent, those that are near, those that are near to them, and some at random.
 * So in a large fleet, too, each finds its neighbours within a few rounds, without having measured all.
 * @param others - all that could be measured, without the relay itself
 */
export function measureTargets(
  relay: string,
  parent: string | null,
  others: readonly string[],
  roundTrips: RoundTrips,
  random: Randomness,
): string[] {
  if (others.length <= MAX_TARGETS) return [...others];
  const possible = new Set(others);
  const chosen = new Set<string>();
  const add = (target: string | null): void => {
    if (target !== null && possible.has(target) && chosen.size < MAX_TARGETS) chosen.add(target);
  };
  add(parent);
  const near = roundTrips.nearest(relay).slice(0, NEAREST);
  for (const [target] of near) add(target);
  const beyond = near.flatMap(([target]) => roundTrips.nearest(target).slice(0, NEAREST));
  for (const [target] of beyond.sort(([, one], [, other]) => one - other).slice(0, 2 * NEAREST)) add(target);
  while (chosen.size < MAX_TARGETS) add(others[Math.floor(random() * others.length)] ?? null);
  return [...chosen];
}
