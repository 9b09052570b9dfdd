import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListPart } from '../../../../src/service/admin/relay-status.ts';
import { linkPart, mergeLinks } from '../../../../src/service/relay/status/link-lists.ts';

interface Named {
  readonly id: string;
  readonly stream: string;
}

const named = fc.record({
  id: fc.string({ unit: fc.constantFrom('1', '9', 'a', 'f'), minLength: 1, maxLength: 2 }),
  stream: fc.string({ unit: fc.constantFrom('a', 'b', '/', ' ', '!'), minLength: 1, maxLength: 3 }),
});
const threads = fc.array(
  fc.uniqueArray(named, { selector: ({ id, stream }) => `${stream} ${id}`, maxLength: 8 }),
  { minLength: 1, maxLength: 3 },
);

/** All pages, one after the other. */
function pagesOf(look: (after: string | undefined) => ListPart<Named>): Named[][] {
  const pages: Named[][] = [];
  let after: string | null | undefined;
  do {
    const { items, next }: ListPart<Named> = look(after ?? undefined);
    pages.push([...items]);
    after = next;
  } while (after !== null && pages.length < 100);
  return pages;
}

test('page by page comes what all workers have together, each once, by stream and by id', () => {
  fc.assert(
    fc.property(threads, fc.integer({ min: 1, max: 5 }), (all, limit) => {
      const distinct = new Map(all.flat().map((one) => [`${one.stream} ${one.id}`, one]));
      const own = all.map((some) => some.filter((one) => distinct.get(`${one.stream} ${one.id}`) === one));
      const pages = pagesOf((after) =>
        mergeLinks(
          own.map((some) => linkPart(some, { limit, after })),
          limit,
        ),
      );
      const keys = pages.flat().map(({ id, stream }) => `${stream} ${id}`);
      expect(keys).toEqual([...distinct.keys()].sort());
      expect(pages.every(({ length }) => length <= limit)).toBe(true);
    }),
  );
});

test('a pattern leaves out what has to do with other streams', () => {
  const all = ['live/a', 'tv/a'].map((stream) => ({ id: 'u1', stream }));
  expect(linkPart(all, { limit: 10, stream: 'tv/*' })).toEqual({ items: [all[1]], next: null });
});
