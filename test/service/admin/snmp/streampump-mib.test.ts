import { describe, expect, test } from 'vitest';
import type { MetricFamily } from '../../../../src/metrics/metric-family.ts';
import { BerReader, type Oid, Tag } from '../../../../src/service/admin/snmp/ber.ts';
import { Figures } from '../../../../src/service/admin/snmp/figures.ts';
import { makeView, StreamNumbers } from '../../../../src/service/admin/snmp/streampump-mib.ts';
import { readText } from '../../../support/markdown.ts';

const facts = { name: 'ottawa', version: '1', readiness: 'full', uptimeMs: 12_345, dropped: 9 } as const;
const streampump: Oid = [1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 1935];
const mib = readText('deploy/snmp/STREAMPUMP-MIB.txt');

function family(name: string, values: Readonly<Record<string, number>>): MetricFamily {
  return { name, help: '', type: 'gauge', together: 'sum', values: new Map(Object.entries(values)) };
}

/** All variables by their numbers behind the place of the MIB, each with the tag and the bytes of its value. */
function walk(figures: Figures, numbers = new StreamNumbers()): ReadonlyMap<string, string> {
  const view = makeView(figures, facts, numbers);
  const found = new Map<string, string>();
  for (let next = view.next([1]); next !== undefined; next = view.next(next.oid)) {
    const [tag = 0] = next.value;
    const content = new BerReader(next.value).read(tag);
    const text = tag === Tag.octets ? content.toString() : String(BigInt(`0x0${content.toString('hex')}`));
    found.set(next.oid.slice(streampump.length).join('.') || next.oid.join('.'), text);
  }
  return found;
}

const figures = new Figures([
  family('streampump_sessions', {
    '{role="player",protocol="rtmp"}': 2,
    '{role="player",protocol="http-flv"}': 3,
    '{role="publisher",protocol="rtmp"}': 1,
  }),
  family('streampump_sent_bytes_total', { '{protocol="rtmp"}': 2 ** 40, '{protocol="http-flv"}': 1 }),
  family('streampump_upstream_up', { '{stream="a",upstream="x"}': 1, '{stream="b",upstream="x"}': 0 }),
  family('streampump_backlog_bytes', { '': 4096 }),
  family('streampump_stream_players', {
    '{stream="live/a",protocol="rtmp"}': 2,
    '{stream="live/a",protocol="http-flv"}': 3,
    '{stream="odd \\"\\\\ key",protocol="rtmp"}': 1,
  }),
  family('streampump_stream_sent_bytes_total', { '{stream="live/a"}': 77 }),
  family('streampump_stream_keyframe_age_seconds', { '{stream="live/a"}': 1.5 }),
]);

describe('the variables', () => {
  test('are those of the metrics, added up', () => {
    const found = walk(figures);
    const scalar = (number: number): string | undefined => found.get(`1.1.${number}.0`);
    expect([1, 3, 4, 9, 12, 13, 16, 20].map(scalar)).toEqual([
      '3',
      '1',
      '5',
      String(2 ** 40 + 1),
      '2',
      '1',
      '4',
      '9',
    ]);
    const row = (number: number): (string | undefined)[] =>
      [2, 3, 4, 5, 6, 7, 8, 9].map((column) => found.get(`1.2.1.${column}.${number}`));
    expect(row(1)).toEqual(['live/a', '5', '0', '77', '0', '0', '1500', '0']);
    expect(row(2)).toEqual(['odd "\\ key', '1', '0', '0', '0', '0', '255', '0']); // -1: none yet
  });

  test('a stream keeps its number, and no other gets it', () => {
    const numbers = new StreamNumbers();
    expect([...numbers.take(['b', 'c'])]).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
    expect([...numbers.take(['a', 'c'])]).toEqual([
      ['a', 3],
      ['c', 2],
    ]);
    expect([...numbers.take(['b'])]).toEqual([['b', 4]]);
  });

  test('the MIB has each of them, with its type, and no other', () => {
    const types = { [Tag.integer]: 'INTEGER', [Tag.counter32]: 'Counter32', [Tag.gauge32]: 'Gauge32' };
    const names: Readonly<Record<number, string>> = {
      ...types,
      [Tag.counter64]: 'Counter64',
      [Tag.octets]: 'OCTET',
    };
    const shape = /OBJECT-TYPE\n +SYNTAX (\w+).*MAX-ACCESS read-only.*::= \{ (\w+) (\d+) \}/s;
    const documented = mib.split('\n\n').flatMap((text) => {
      const [, type, parent, number] = shape.exec(text) ?? [];
      const place = parent === 'spRelay' ? `1.1.${number}` : `1.2.1.${number}`;
      return type === undefined ? [] : [`${place} ${type.replace('Integer32', 'INTEGER')}`];
    });
    const view = makeView(figures, facts, new StreamNumbers());
    const own: string[] = [];
    for (let next = view.next(streampump); next !== undefined; next = view.next(next.oid)) {
      const oid = next.oid.slice(streampump.length, -1).join('.');
      own.push(`${oid} ${names[next.value[0] ?? 0]}`);
    }
    expect(documented).toEqual([...new Set(own)]);
  });
});
