import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstPart } from '../../../../src/service/house/overview/first-part.ts';

test('whatever the order and the size of the pages, they are the sorted list', () => {
  const ids = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 60 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const sorted = all.filter((id) => id !== '').sort((one, other) => (one < other ? -1 : 1));
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const { items, next } = firstPart(
          all.filter((id) => id !== ''),
          (id) => id,
          { limit, after },
        );
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items);
        after = next ?? undefined;
      } while (after !== undefined);
      expect(seen).toEqual(sorted);
    }),
  );
});
