import { KeyPattern } from '../../../config/key-pattern.ts';
import type { ListWish } from '../../admin/list-wish.ts';
import type { ListPart } from '../../admin/relay-status.ts';

/** What the relay does with another server, as far as its place in a list goes. */
interface Link {
  readonly id: string;
  readonly stream: string;
}

/** A part of a list of upstreams or forwards, by stream. */
export function linkPart<L extends Link>(all: Iterable<L>, { limit, after, stream }: ListWish): ListPart<L> {
  const pattern = stream === undefined ? undefined : new KeyPattern(stream);
  const wanted = [...all].filter(
    (one) => (pattern?.matches(one.stream) ?? true) && (after === undefined || cursorOf(one) > after),
  );
  return cut(wanted, limit, null);
}

/** The upstreams or forwards of all workers as those of one. @param parts - of each worker, as many as are wanted if it has them */
export function mergeLinks<L extends Link>(parts: readonly ListPart<L>[], limit: number): ListPart<L> {
  const [end = null] = parts.flatMap(({ next }) => next ?? []).sort(byText); // from there on a worker may know more
  const items = parts.flatMap(({ items: some }) => some);
  return cut(
    items.filter((one) => end === null || cursorOf(one) <= end),
    limit,
    end,
  );
}

/** @param end - what `next` is where all of them are shown */
function cut<L extends Link>(all: readonly L[], limit: number, end: string | null): ListPart<L> {
  const sorted = all.toSorted((one, other) => byText(cursorOf(one), cursorOf(other)));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  return { items, next: sorted.length > limit && last !== undefined ? cursorOf(last) : end };
}

/** Where it stands: by stream, then by id, which has no space in it. */
function cursorOf({ id, stream }: Link): string {
  return `${stream} ${id}`;
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
