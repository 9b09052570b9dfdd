import { isDeepStrictEqual } from 'node:util';
import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { Decisions } from '../store/house-store.ts';

/** What a fleet's relays are, from what was written by hand and what was decided. */
export interface MergedRoster {
  /** By id: those of the roster in its order, then those that were provisioned and approved. */
  readonly entries: ReadonlyMap<string, RosterEntry>;
  readonly draining: ReadonlySet<string>;
  /** What of the decisions does not fit, a sentence each without its first capital. */
  readonly misfits: readonly string[];
}

/** The decisions that say something of the roster. */
export type RosterDecisions = Pick<Decisions, 'draining' | 'provisioned' | 'routes'>;

/**
 * Puts together what a roster says and what was decided. What is written by hand wins: the entry of a relay that was provisioned as well, and a
 * parent over a route. A parent that is not there, and a route that would have a relay pull from itself, count as not decided.
 */
export function mergeRoster(
  written: readonly RosterEntry[],
  { draining, provisioned, routes }: RosterDecisions,
): MergedRoster {
  const misfits: string[] = [];
  const entries = new Map(written.map((entry) => [entry.id, entry]));
  for (const { entry, isApproved } of provisioned) {
    if (!isApproved) continue;
    if (entries.has(entry.id))
      misfits.push(`relay ${entry.id} was provisioned, but the entry in the roster holds`);
    else entries.set(entry.id, entry);
  }
  const parents = new Map(written.map(({ id, parent }) => [id, parent])); // without a cycle; the others join one by one
  const hang = (id: string, parent: string, what: string): void => {
    const problem = entries.has(parent) ? cycleProblem(parents, id, parent) : `there is no relay ${parent}`;
    parents.set(id, problem === undefined ? parent : null);
    if (problem !== undefined) misfits.push(`${what} of ${id} is left out: ${problem}`);
  };
  const isWritten = new Set(written.map(({ id }) => id));
  for (const { id, parent } of entries.values()) {
    if (!isWritten.has(id) && parent !== null) hang(id, parent, 'the parent');
  }
  for (const [id, parent] of Object.entries(routes))
    if (parent !== null && entries.get(id)?.parent === null) hang(id, parent, 'the route');
  for (const [id, entry] of entries) {
    const parent = parents.get(id) ?? null;
    if (parent !== entry.parent) entries.set(id, { ...entry, parent });
  }
  return { entries, draining: new Set(draining), misfits };
}

/** Why a relay cannot pull from another one; undefined where it can. */
function cycleProblem(
  parents: ReadonlyMap<string, string | null>,
  id: string,
  parent: string,
): string | undefined {
  const way = [id];
  let at: string | null = parent;
  while (at !== null && at !== id) {
    way.push(at);
    at = parents.get(at) ?? null;
  }
  return at === null ? undefined : `a relay cannot pull from itself: ${[...way, id].join(' -> ')}`;
}

/** The later roster with what it has in common with the former: the same entries are the same objects, and where all are, the map is. */
export function keepingSame(former: MergedRoster, later: MergedRoster): MergedRoster {
  const entries = new Map(
    [...later.entries].map(([id, entry]) => {
      const known = former.entries.get(id);
      return [id, isDeepStrictEqual(known, entry) ? (known as RosterEntry) : entry];
    }),
  );
  const ids = [...former.entries.keys()];
  const isSame =
    ids.length === entries.size &&
    [...entries].every(([id, entry], index) => ids[index] === id && former.entries.get(id) === entry);
  const draining = isDeepStrictEqual(later.draining, former.draining) ? former.draining : later.draining;
  return { ...later, draining, entries: isSame ? former.entries : entries };
}
