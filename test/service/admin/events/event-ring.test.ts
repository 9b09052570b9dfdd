import { expect, test } from 'vitest';
import { EventRing } from '../../../../src/service/admin/events/event-ring.ts';
import type { RelayEvent } from '../../../../src/service/admin/events/relay-event.ts';
import { readBlocks } from '../../../support/event-text.ts';

const roomy = { events: 1000, bytes: 2 ** 20 };

function streamEvent(stream: string): RelayEvent {
  const at = '2026-03-01T18:00:04.120Z';
  return { type: 'stream', data: { at, what: 'live', stream, source: null } };
}

function ringOf(streams: readonly string[], most = roomy): EventRing {
  const ring = new EventRing('run', most);
  for (const stream of streams) ring.add(streamEvent(stream));
  return ring;
}

function streamsAfter(ring: EventRing, id: string): unknown[] | undefined {
  return ring.after(id)?.map(({ text }) => readBlocks(text)[0]?.data?.['stream']);
}

test('an event goes out with its id, its type and its facts', () => {
  const { text } = new EventRing('run', roomy).add(streamEvent('live/a'));
  expect(text).toBe(
    'id: run-1\nevent: stream\ndata: {"at":"2026-03-01T18:00:04.120Z","what":"live","stream":"live/a","source":null}\n\n',
  );
});

test('a name with line ends cannot become a line of its own', () => {
  const { text } = new EventRing('run', roomy).add(streamEvent('live/a\nid: forged-1\r\rdata: x'));
  expect(text.split(/\r\n|\r|\n/)).toHaveLength(5);
});

test('whoever comes back hears what it has missed, and nothing twice', () => {
  const ring = ringOf(['a', 'b', 'c']);
  expect(streamsAfter(ring, 'run-1')).toEqual(['b', 'c']);
  expect(streamsAfter(ring, ring.lastId)).toEqual([]);
});

test.each([
  ['another run', 'other-1'],
  ['what is yet to come', 'run-4'],
  ['no id at all', 'nonsense'],
  ['a number that is none', 'run-1e3'],
])('nothing goes on from %s', (_what, id) => {
  expect(ringOf(['a', 'b', 'c']).after(id)).toBeUndefined();
});

test('too many events, and too many bytes of them, make the oldest go', () => {
  const short = ringOf(['a', 'b', 'c', 'd'], { events: 2, bytes: 2 ** 20 });
  expect([streamsAfter(short, 'run-1'), streamsAfter(short, 'run-2')]).toEqual([undefined, ['c', 'd']]);
  const long = 'x'.repeat(1000);
  const heavy = ringOf(['a', long, 'c'], { events: 10, bytes: 1000 });
  expect([streamsAfter(heavy, 'run-1'), streamsAfter(heavy, 'run-2')]).toEqual([undefined, ['c']]);
});

test('what was forgotten is missing for whoever comes back later', () => {
  const ring = ringOf(['a', 'b']);
  const before = ring.lastId;
  ring.forget();
  expect(ring.after(before)).toBeUndefined();
  const since = ring.lastId;
  ring.add(streamEvent('c'));
  expect(streamsAfter(ring, since)).toEqual(['c']);
});
