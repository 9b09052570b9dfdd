/** What is wrong between the entries of a roster, and between the parts of one. Each is judged beside other faults, so nothing is taken for granted. */
import type { z } from 'zod';
import { networkBits } from '../networks.ts';

/** What there may be of an entry in which something is wrong. */
interface JudgedEntry {
  readonly id?: unknown;
  readonly parent?: unknown;
  readonly auth?: unknown;
  readonly key?: unknown;
  readonly networks?: unknown;
}

/** What there may be of a network in which something is wrong. */
interface JudgedNetwork {
  readonly cidr?: unknown;
  readonly priority?: unknown;
}

type Context = z.core.$RefinementCtx;

/** Judges one entry, its key aside. */
export function judgeEntry(entry: JudgedEntry | null | undefined, context: Context): void {
  const { networks, id, parent } = entry ?? {};
  if (typeof id === 'string' && id === parent) fault(context, ['parent'], cycleText([id, id]));
  if (Array.isArray(networks)) judgeNetworks(networks, context);
}

/** Judges whether an entry has the key that it needs. */
export function judgeKey({ auth, key }: JudgedEntry, context: Context): void {
  if (key === null && (auth === 'key' || auth === 'both'))
    fault(context, ['key'], 'expected a key of 16 characters or more, or "auth": "certificate"');
}

/** Judges what entries are to each other. */
export function judgeRoster(entries: readonly (JudgedEntry | null | undefined)[], context: Context): void {
  const places = new Map<string, number>();
  for (const [place, entry] of entries.entries()) {
    if (typeof entry?.id !== 'string') continue;
    const first = places.get(entry.id);
    if (first === undefined) places.set(entry.id, place);
    else
      fault(
        context,
        [place, 'id'],
        `${entry.id} is the id of entry ${first} already, and an id is for one relay`,
      );
  }
  const parents = new Map<string, string>();
  for (const [place, entry] of entries.entries()) {
    if (typeof entry?.id !== 'string' || typeof entry.parent !== 'string' || entry.parent === entry.id)
      continue;
    if (places.get(entry.id) === place) parents.set(entry.id, entry.parent);
    if (!places.has(entry.parent))
      fault(context, [place, 'parent'], `${entry.parent} is not the id of a relay in this roster`);
  }
  for (const cycle of cyclesOf(parents))
    fault(context, [places.get(cycle[0] as string) as number, 'parent'], cycleText(cycle));
}

/** Each cycle once, as the ids along it, the first one again at the end. @param parents - by id; each relay has at most one */
export function cyclesOf(parents: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const walkOf = new Map<string, number>();
  const cycles: (readonly string[])[] = [];
  let walk = 0;
  for (const start of parents.keys()) {
    walk++;
    const path: string[] = [];
    let id: string | undefined = start;
    while (id !== undefined && !walkOf.has(id)) {
      walkOf.set(id, walk);
      path.push(id);
      id = parents.get(id);
    }
    if (id !== undefined && walkOf.get(id) === walk) cycles.push([...path.slice(path.indexOf(id)), id]);
  }
  return cycles;
}

/** So many relays of a cycle are named. */
const MAX_NAMED = 20;

function cycleText(cycle: readonly string[]): string {
  const named = cycle.length > MAX_NAMED ? [...cycle.slice(0, MAX_NAMED - 1), '...', cycle.at(-1)] : cycle;
  return `a relay cannot pull from itself: ${named.join(' -> ')}`;
}

/** A network of an entry, and where it stands. */
interface PlacedNetwork {
  readonly place: number;
  readonly bits: string;
  readonly cidr: string;
  readonly priority: number;
}

/** A network is of no use within another one of the same relay whose priority is not lower: the highest one counts. In the order of their bits, so a network comes right before what it holds. */
function judgeNetworks(networks: readonly (JudgedNetwork | null | undefined)[], context: Context): void {
  const placed = networks.flatMap((one, place): readonly PlacedNetwork[] => {
    const { cidr, priority } = one ?? {};
    const bits = typeof cidr === 'string' ? networkBits(cidr) : undefined;
    if (bits === undefined || typeof cidr !== 'string' || typeof priority !== 'number') return [];
    return [{ place, bits, cidr, priority }];
  });
  const inOrder = placed.sort((one, other) => compare(one.bits, other.bits) || one.place - other.place);
  const holders: PlacedNetwork[] = []; // each holds the next, and has a lower priority
  for (const one of inOrder) {
    while (holders.length > 0 && !one.bits.startsWith((holders.at(-1) as PlacedNetwork).bits)) holders.pop();
    const holder = holders.at(-1);
    if (holder === undefined || holder.priority < one.priority) holders.push(one);
    if (holder?.bits === one.bits)
      fault(
        context,
        ['networks', one.place, 'cidr'],
        `${one.cidr} is given twice, first in networks.${holder.place}`,
      );
    else if (holder !== undefined && holder.priority >= one.priority)
      fault(
        context,
        ['networks', one.place, 'cidr'],
        `${one.cidr} never counts: ${holder.cidr} in networks.${holder.place} holds it, with priority ${holder.priority}`,
      );
  }
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function fault(context: Context, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}
