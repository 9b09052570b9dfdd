import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  keepingSame,
  mergeRoster,
  type RosterDecisions,
} from '../../../../src/service/house/roster/merge-roster.ts';
import { relayEntry } from '../../../support/store-scene.ts';

const undecided: RosterDecisions = { draining: [], provisioned: [], routes: {} };

/** Parents by id. */
function parentsOf(...args: Parameters<typeof mergeRoster>) {
  const { entries, misfits } = mergeRoster(...args);
  return { parents: Object.fromEntries([...entries].map(([id, { parent }]) => [id, parent])), misfits };
}

test('relays that were provisioned and approved come behind those of the roster, whose entries hold', () => {
  const provisioned = [
    { entry: relayEntry('c'), isApproved: true },
    { entry: relayEntry('b', { title: 'another' }), isApproved: true },
    { entry: relayEntry('d'), isApproved: false },
  ];
  const { entries, misfits } = mergeRoster([relayEntry('a'), relayEntry('b')], { ...undecided, provisioned });
  expect([...entries.keys()]).toEqual(['a', 'b', 'c']);
  expect(entries.get('b')?.title).toBe('b');
  expect(misfits).toEqual(['relay b was provisioned, but the entry in the roster holds']);
});

test('a route gives a parent to who has none by hand, and to nobody else', () => {
  const written = [relayEntry('a'), relayEntry('b', { parent: 'a' }), relayEntry('c')];
  expect(parentsOf(written, { ...undecided, routes: { b: 'c', c: 'b', a: null, gone: 'a' } })).toEqual({
    parents: { a: null, b: 'a', c: 'b' },
    misfits: [],
  });
});

test('a route that would have a relay pull from itself is left out and said, and so is one to nobody', () => {
  const written = [relayEntry('a'), relayEntry('b', { parent: 'a' }), relayEntry('c')];
  expect(parentsOf(written, { ...undecided, routes: { a: 'b', c: 'x' } })).toEqual({
    parents: { a: null, b: 'a', c: null },
    misfits: [
      'the route of a is left out: a relay cannot pull from itself: a -> b -> a',
      'the route of c is left out: there is no relay x',
    ],
  });
});

test('the parent of a provisioned relay that is gone is left out', () => {
  const provisioned = [
    { entry: relayEntry('p', { parent: 'gone' }), isApproved: true },
    { entry: relayEntry('q', { parent: 'p' }), isApproved: true },
  ];
  expect(parentsOf([], { ...undecided, provisioned })).toEqual({
    parents: { p: null, q: 'p' },
    misfits: ['the parent of p is left out: there is no relay gone'],
  });
});

test('whatever is decided, no relay pulls from itself by whatever way, and each parent is there', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const id = fc.constantFrom(...ids, 'gone');
  const routes = fc.dictionary(fc.constantFrom(...ids), fc.option(id, { nil: null }));
  const parents = fc.dictionary(fc.constantFrom('d', 'e'), id);
  fc.assert(
    fc.property(routes, parents, (decided, ofProvisioned) => {
      const written = [relayEntry('a'), relayEntry('b', { parent: 'a' }), relayEntry('c')];
      const provisioned = ['d', 'e'].map((one) => ({
        ...{ entry: { ...relayEntry(one), parent: ofProvisioned[one] ?? null }, isApproved: true },
      }));
      const { entries } = mergeRoster(written, { draining: [], provisioned, routes: decided });
      expect(entries.get('b')?.parent).toBe('a');
      for (const start of entries.keys()) {
        const seen = new Set<string>();
        for (let at: string | null = start; at !== null; at = entries.get(at)?.parent ?? null) {
          expect(entries.has(at)).toBe(true);
          expect(seen.has(at)).toBe(false);
          seen.add(at);
        }
      }
    }),
  );
});

test('what stays the same stays the same object', () => {
  const first = mergeRoster([relayEntry('a'), relayEntry('b')], undecided);
  const same = keepingSame(
    first,
    mergeRoster([relayEntry('a'), relayEntry('b')], { ...undecided, draining: ['a'] }),
  );
  expect(same.entries).toBe(first.entries);
  expect([...same.draining]).toEqual(['a']);
  const other = keepingSame(
    first,
    mergeRoster([relayEntry('a'), relayEntry('b', { title: 'x' })], undecided),
  );
  expect(other.entries).not.toBe(first.entries);
  expect(other.entries.get('a')).toBe(first.entries.get('a'));
  expect(other.draining).toBe(first.draining);
  const turned = keepingSame(first, mergeRoster([relayEntry('b'), relayEntry('a')], undecided));
  expect([...turned.entries.keys()]).toEqual(['b', 'a']);
});
