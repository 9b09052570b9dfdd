import type { ListPart, SessionStatus, StreamStatus } from '../../../admin/relay-status.ts';
import { overAllThreads } from '../../status/stream-status.ts';

/** The streams of all workers as those of one, by key. @param parts - of each worker, as many as are wanted if it has them */
export function mergeStreams(
  parts: readonly ListPart<StreamStatus>[],
  limit: number,
): ListPart<StreamStatus> {
  const byKey = Map.groupBy(
    parts.flatMap(({ items }) => items),
    ({ stream }) => stream,
  );
  const [end = null] = parts.flatMap(({ next }) => next ?? []).sort(byName); // from there on a worker may know more
  const keys = [...byKey.keys()].filter((key) => end === null || key <= end).sort(byName);
  const items = keys.slice(0, limit).flatMap((key) => overAllThreads(byKey.get(key) ?? []) ?? []);
  return { items, next: keys.length > limit ? (keys[limit - 1] ?? null) : end };
}

/** The sessions of all workers as those of one. @param parts - of each worker, in their order, as many as are wanted if it has them */
export function mergeSessions(
  parts: readonly ListPart<SessionStatus>[],
  limit: number,
): ListPart<SessionStatus> {
  const items: SessionStatus[] = [];
  for (const { items: more, next } of parts) {
    items.push(...more);
    if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]?.id ?? null };
    if (next !== null) return { items, next };
  }
  return { items, next: null };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
