import fc from 'fast-check';
import { expect, test } from 'vitest';

interface Reader {
  readonly lastEventId: string;
  read(text: string): Iterable<{ readonly type: string; readonly data: string }>;
}

const file = new URL('../../../../src/pages/console/live/event-stream.js', import.meta.url).href;
const { EventStreamReader } = (await import(file)) as { readonly EventStreamReader: new () => Reader };

test.each([
  {
    what: 'an event with its type',
    text: 'event: status\ndata: {"a":1}\n\n',
    events: [['status', '{"a":1}']],
  },
  { what: 'lines of data', text: 'data: one\ndata: two\n\n', events: [['message', 'one\ntwo']] },
  { what: 'nothing of comments', text: ': hello\n\n: again\n\n', events: [] },
  {
    what: 'line ends of any kind',
    text: 'data: a\r\n\r\ndata: b\r\rdata: c\n\n',
    events: [
      ['message', 'a'],
      ['message', 'b'],
      ['message', 'c'],
    ],
  },
  { what: 'no event that is not complete', text: 'event: x\ndata: a\n', events: [] },
  {
    what: 'fields that it does not know',
    text: 'retry: 2000\nbogus\ndata:tight\n\n',
    events: [['message', 'tight']],
  },
  { what: 'a type without data', text: 'event: x\n\ndata: y\n\n', events: [['message', 'y']] },
])('reads $what, cut anywhere', ({ text, events }) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(text.length)), (cuts) => {
      const reader = new EventStreamReader();
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const parts = places.slice(1).map((end, index) => text.slice(places[index], end));
      const read = parts.flatMap((part) => [...reader.read(part)]);
      expect(read.map(({ type, data }) => [type, data])).toEqual(events);
    }),
  );
});

test('keeps the latest id, which stands on its own too', () => {
  const reader = new EventStreamReader();
  expect(reader.lastEventId).toBe('');
  expect([...reader.read('id: a-7\ndata: x\n\nid: a-8\n\ndata: y\n\n')]).toHaveLength(2);
  expect(reader.lastEventId).toBe('a-8');
});

test.each(['data: ', 'data: x\ndata: '])(
  'gives up on an event without end, which begins with %j',
  (start) => {
    const reader = new EventStreamReader();
    const part = `${'x'.repeat(2 ** 20)}`;
    const flood = (): void => {
      for (let i = 0; i < 10; i++) [...reader.read(i === 0 ? start + part : part)];
    };
    expect(flood).toThrow('an event without end');
  },
);
