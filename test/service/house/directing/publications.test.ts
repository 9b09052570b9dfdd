import { expect, test } from 'vitest';
import { Publications } from '../../../../src/service/house/directing/publications.ts';
import type { RelayReport } from '../../../../src/service/house/fleet/fleet.ts';
import { streamReport } from '../../../support/fleet/link-client.ts';

function reportOf(relay: string, ...keys: readonly string[]): RelayReport {
  const streams = new Map(keys.map((key) => [key, streamReport(key, { source: 'publisher' })]));
  return { relay, streams } as unknown as RelayReport;
}

const all = (): boolean => true;

test('a stream is where it was published first, and then where else it is', () => {
  const publications = new Publications();
  expect(publications.take(reportOf('a', 'live/x'), all)).toBe(true);
  expect(publications.take(reportOf('b', 'live/x'), all)).toBe(false);
  expect(publications.take(reportOf('a'), all)).toBe(true);
  expect([...publications.at]).toEqual([['live/x', 'b']]);
  expect(publications.drop('b')).toBe(true);
  expect(publications.at.size).toBe(0);
});

test('a relay that takes no publishers of a stream takes it from nobody by saying that it has it', () => {
  const publications = new Publications();
  expect(publications.take(reportOf('liar', 'live/x', 'own/y'), (key) => key.startsWith('own/'))).toBe(true);
  publications.take(reportOf('ingest', 'live/x'), all);
  expect([...publications.at]).toEqual([
    ['own/y', 'liar'],
    ['live/x', 'ingest'],
  ]);
});
