import type { RelayReport } from '../fleet/fleet.ts';

/** How a relay does, as far as a change of its configuration may have to do with it. */
export interface RelayHealth {
  readonly players: number;
  readonly publishers: number;
  /** Streams that are live and have players. */
  readonly watched: ReadonlySet<string>;
}

/** A relay may lose so many sessions of a kind by chance, and such a part of them. */
const MAX_LOST = 5;
const MAX_LOST_PART = 0.2;

/** How a relay does by its report. */
export function healthOf({ players, publishers, streams }: RelayReport): RelayHealth {
  const watched = new Set<string>();
  for (const { key, state, players: own } of streams.values())
    if (state === 'live' && own > 0) watched.add(key);
  return { players, publishers, watched };
}

/** What has become worse, as a sentence for people; undefined where nothing has. */
export function worsening(before: RelayHealth, report: RelayReport): string | undefined {
  const { players, publishers, streams, problem } = report;
  if (problem !== null) return `it cannot go by it: ${problem}`;
  const waiting = [...before.watched].filter((key) => {
    const stream = streams.get(key);
    return stream !== undefined && stream.state !== 'live' && stream.players > 0;
  });
  const [first] = waiting;
  if (first !== undefined)
    return `players wait for ${waiting.length} of ${before.watched.size} streams that were live, ${first} among them`;
  if (isLoss(before.players, players)) return `it had ${before.players} players and has ${players}`;
  if (isLoss(before.publishers, publishers))
    return `it had ${before.publishers} publishers and has ${publishers}`;
  return undefined;
}

function isLoss(before: number, now: number): boolean {
  return before - now > Math.max(MAX_LOST, MAX_LOST_PART * before);
}
