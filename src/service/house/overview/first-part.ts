import type { PageWish } from '../../admin/list-wish.ts';
import type { ListPart } from '../../admin/relay-status.ts';

/**
 * The first items by key of what may be a hundred thousand in no order. Each is looked at once, and few are kept.
 * @param keyOf - unique
 */
export function firstPart<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  { limit, after }: PageWish,
): ListPart<T> {
  let kept: { readonly key: string; readonly item: T }[] = [];
  let bound: string | undefined;
  const trim = (): void => {
    kept.sort((one, other) => (one.key < other.key ? -1 : 1));
    kept = kept.slice(0, limit + 1); // one more says that there is a next page
    if (kept.length > limit) bound = kept.at(-1)?.key;
  };
  for (const item of items) {
    const key = keyOf(item);
    if ((after !== undefined && key <= after) || (bound !== undefined && key > bound)) continue;
    kept.push({ key, item });
    if (kept.length >= 2 * limit + 2) trim();
  }
  trim();
  const part = kept.slice(0, limit);
  return {
    items: part.map(({ item }) => item),
    next: kept.length > limit ? (part.at(-1)?.key ?? null) : null,
  };
}
