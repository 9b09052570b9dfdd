import type { Parents } from './route-tree.ts';

/** So many relays are hung elsewhere at a time. */
const MAX_MOVES = 50;

/** A relay that is to pull from another one. */
export interface RouteMove {
  readonly relay: string;
  readonly to: string | null;
}

/**
 * The next moves from one tree to another. Each relay makes its move when it hears of it: whoever has moved already and whoever has not,
 * at no time does a stream go in a circle. The moves left out are in the next step.
 */
export function nextMoves(from: Parents, to: Parents): RouteMove[] {
  const ways = new Map<string, readonly (string | null)[]>();
  for (const [relay, parent] of from) ways.set(relay, [parent]);
  const wanted = [...to].filter(([relay, parent]) => from.get(relay) !== parent);
  const depths = new Map<string, number>();
  const ordered = wanted
    .map(([relay, parent]) => ({ relay, to: parent, depth: depthOf(relay, to, depths) }))
    .sort((one, other) => one.depth - other.depth);
  const moves: RouteMove[] = [];
  for (const { relay, to: parent } of ordered) {
    if (moves.length === MAX_MOVES) break;
    if (parent !== null && leadsTo(parent, relay, ways)) continue;
    ways.set(relay, [...(ways.get(relay) ?? []), parent]);
    moves.push({ relay, to: parent });
  }
  return moves;
}

/** How many others are above a relay. */
function depthOf(relay: string, parents: Parents, known: Map<string, number>): number {
  const path: string[] = [];
  let at: string | null | undefined = relay;
  while (at !== null && at !== undefined && !known.has(at) && path.length <= parents.size) {
    path.push(at);
    at = parents.get(at);
  }
  let depth = at === null || at === undefined ? -1 : (known.get(at) ?? 0);
  for (const passed of path.reverse()) known.set(passed, ++depth);
  return depth;
}

/** Whether some way from one relay, by the parents that it has and had, passes another one. */
function leadsTo(
  from: string,
  target: string,
  ways: ReadonlyMap<string, readonly (string | null)[]>,
): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === target) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const parent of ways.get(at) ?? []) if (parent !== null) open.push(parent);
  }
  return false;
}
