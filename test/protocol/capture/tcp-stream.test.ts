import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBudget } from '../../../src/protocol/capture/byte-budget.ts';
import { type TcpSegment, tcpSegmentIn } from '../../../src/protocol/capture/tcp-segment.ts';
import { type TcpCounts, TcpStream } from '../../../src/protocol/capture/tcp-stream.ts';
import { ipv4, type SegmentSpec, tcp } from '../../support/capture-maker.ts';

function segmentOf(spec: SegmentSpec): TcpSegment {
  const segment = tcpSegmentIn(ipv4(tcp(spec)));
  if (typeof segment === 'string') throw new Error(segment);
  return segment;
}

/** What a stream gives: bytes as text, gaps as `<size>`. */
function readAll(
  specs: readonly SegmentSpec[],
  budget = new ByteBudget(2 ** 20),
): { text: string; counts: TcpCounts; isOver: boolean } {
  const stream = new TcpStream(budget);
  let text = '';
  const take = (pieces: Iterable<{ is: 'bytes'; bytes: Buffer } | { is: 'gap'; bytes: number }>): void => {
    for (const piece of pieces) text += piece.is === 'gap' ? `<${piece.bytes}>` : piece.bytes.toString();
  };
  for (const spec of specs) take(stream.add(segmentOf(spec), undefined));
  const { isOver } = stream;
  take(stream.end());
  return { text, counts: stream.counts, isOver };
}

const syn: SegmentSpec = { sequence: 99, flags: ['syn'] };

test.each([
  {
    order: 'in order',
    segments: [syn, { sequence: 100, payload: 'abc' }, { sequence: 103, payload: 'def' }],
    gives: 'abcdef',
  },
  {
    order: 'swapped',
    segments: [syn, { sequence: 103, payload: 'def' }, { sequence: 100, payload: 'abc' }],
    gives: 'abcdef',
  },
  {
    order: 'twice',
    segments: [syn, { sequence: 100, payload: 'abc' }, { sequence: 100, payload: 'abc' }],
    gives: 'abc',
  },
  {
    order: 'overlapping; what came first counts',
    segments: [syn, { sequence: 100, payload: 'abcd' }, { sequence: 102, payload: 'XXef' }],
    gives: 'abcdef',
  },
  {
    order: 'overlapping while it waits',
    segments: [
      syn,
      { sequence: 104, payload: 'ef' },
      { sequence: 102, payload: 'cdef' },
      { sequence: 100, payload: 'ab' },
    ],
    gives: 'abcdef',
  },
  {
    order: 'with a gap',
    segments: [syn, { sequence: 100, payload: 'abc' }, { sequence: 110, payload: 'xyz' }],
    gives: 'abc<7>xyz',
  },
  {
    order: 'from the middle',
    segments: [
      { sequence: 5000, payload: 'abc' },
      { sequence: 5003, payload: 'd' },
    ],
    gives: 'abcd',
  },
  {
    order: 'across the wrap',
    segments: [
      { sequence: 0xfffffffe, payload: 'ab' },
      { sequence: 3, payload: 'f' },
      { sequence: 0, payload: 'cde' },
    ],
    gives: 'abcdef',
  },
  {
    order: 'with a keep-alive',
    segments: [
      syn,
      { sequence: 100, payload: 'abc' },
      { sequence: 102, payload: 'c' },
      { sequence: 103, payload: 'd' },
    ],
    gives: 'abcd',
  },
])('segments that come $order', ({ segments, gives }) => {
  expect(readAll(segments).text).toBe(gives);
});

test('counts what came twice, out of order, and not at all', () => {
  const { counts } = readAll([
    syn,
    { sequence: 100, payload: 'abc' },
    { sequence: 100, payload: 'abc' },
    { sequence: 105, payload: 'fgh' },
    { sequence: 101, payload: 'bcd' },
  ]);
  expect(counts).toEqual({ retransmissions: 1, retransmittedBytes: 5, reordered: 1, gaps: 1, lostBytes: 1 });
});

test('is over when everything up to the FIN has come', () => {
  const fin: SegmentSpec = { sequence: 103, payload: 'd', flags: ['fin'] };
  expect(readAll([syn, fin]).isOver).toBe(false);
  expect(readAll([syn, fin, { sequence: 100, payload: 'abc' }]).isOver).toBe(true);
});

test('what the other side has acknowledged is not waited for, once enough has come behind it', () => {
  const stream = new TcpStream(new ByteBudget(2 ** 20));
  for (const _ of stream.add(segmentOf(syn), undefined));
  for (let i = 0; i < 16; i++)
    for (const _ of stream.add(segmentOf({ sequence: 110 + i, payload: 'x' }), undefined));
  expect([...stream.acknowledge(105)]).toEqual([]);
  expect([...stream.acknowledge(126)][0]).toEqual({ is: 'gap', bytes: 10 });
});

test('so much waits and no more, of one stream and of all', () => {
  const far = Array.from({ length: 1024 }, (_, i) => ({ sequence: 200 + 2 * i, payload: 'x' }));
  const stream = new TcpStream(new ByteBudget(2 ** 30));
  const given = [syn, ...far].flatMap((spec) => [...stream.add(segmentOf(spec), undefined)]);
  expect(given[0]).toEqual({ is: 'gap', bytes: 100 });
  // without room one segment waits at a time
  expect(readAll([syn, ...far.slice(0, 3)], new ByteBudget(0)).text).toBe('<100>x<1>x<1>x');
});

test('whatever order segments come in, and however often, the bytes come once and in order', () => {
  const stream = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom(...'abcdefgh') });
  const cuts = fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 20 })), { maxLength: 40 });
  fc.assert(
    fc.property(stream, cuts, fc.nat(0xffffffff), (text, pieces, first) => {
      const random = pieces.map(([at, size]) => ({
        sequence: first + 1 + (at % text.length),
        payload: text.slice(at % text.length, (at % text.length) + size),
      }));
      const all = Array.from(text, (payload, at) => ({ sequence: first + 1 + at, payload }));
      expect(readAll([{ sequence: first, flags: ['syn'] }, ...random, ...all]).text).toBe(text);
    }),
  );
});
