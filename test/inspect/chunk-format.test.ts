import { expect, test } from 'vitest';
import { encodeUint32 } from '../../src/protocol/rtmp/message/control-message.ts';
import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import {
  audioFrame,
  chunks,
  faultsIn,
  handshake,
  inspectFile,
  inspectPieces,
  messagesIn,
  recorded,
  videoFrame,
} from '../support/inspect-scene.ts';

const chunkSize = (size: number): Buffer =>
  chunks({ type: MessageType.setChunkSize, messageStreamId: 0 }, encodeUint32(size));

/** Twenty frames of audio and video, each with what tells it from the others. */
const frames = Array.from({ length: 20 }, (_, i) =>
  i % 2 === 0
    ? chunks({ type: 9, timestamp: 40 * i }, videoFrame(500 + i, i % 10 === 0), 4096)
    : chunks({ type: 8, timestamp: 40 * i }, audioFrame(100 + i), 4096),
);
const beginning = Buffer.concat([handshake, chunkSize(4096)]);
const stream = Buffer.concat([beginning, ...frames]);
const lengths = (bytes: readonly Buffer[]): number[] =>
  messagesIn(inspectPieces(bytes).records).map(({ length }) => length);

test('a publisher that was recorded: handshake, chunks and messages with their places', () => {
  const { records } = inspectFile(recorded('rtmp-publish-librtmp.to-server'), { tellsChunks: true });
  expect(records.slice(0, 3)).toMatchObject([
    { is: 'flow', protocol: 'rtmp' },
    { is: 'handshake', part: 'greeting', offset: 0, version: 3, digest: 'none' },
    { is: 'handshake', part: 'answer', offset: 1537 },
  ]);
  const metadata = messagesIn(records).find(({ content }) => content.is === 'data');
  expect(metadata).toMatchObject({
    offset: 3357,
    format: 0,
    chunkStreamId: 4,
    messageStreamId: 1,
    type: 18,
    length: 355,
    chunks: 3,
    content: { values: ['@setDataFrame', 'onMetaData', { properties: { width: 64 } }] },
  });
  const of = records.filter(
    (record) => record.is === 'chunk' && record.offset >= 3357 && record.offset < 3726,
  );
  expect(of).toMatchObject([
    { format: 0, chunkStreamId: 4, headerBytes: 12, bytes: 128 },
    { format: 3, chunkStreamId: 4, headerBytes: 1, bytes: 128 },
    { format: 3, chunkStreamId: 4, headerBytes: 1, bytes: 99 },
  ]);
});

test('it does not matter in which pieces the bytes come', () => {
  const bytes = recorded('rtmp-publish-obs.to-server');
  const whole = inspectFile(bytes).records;
  for (const size of [1, 7, 1460]) expect(inspectFile(bytes, { size }).records).toEqual(whole);
});

test('a chunk size holds for the side that has set it', () => {
  const { records } = inspectPieces([stream]);
  expect(faultsIn(records)).toEqual([]);
  expect(messagesIn(records)).toHaveLength(21);
  const other = inspectPieces([Buffer.concat([handshake, chunks({}, videoFrame(500, true))])]);
  expect(messagesIn(other.records)).toMatchObject([{ length: 500, chunks: 4 }]);
});

test('bytes that are missing inside a message cost that message only', () => {
  const { records } = inspectPieces([stream.subarray(0, 3200), 100, stream.subarray(3300)]);
  expect(faultsIn(records)).toEqual([
    '3200: 100 bytes are not in the capture, inside a message of type 9, of which 99 of 500 bytes are there: what follows it is read on',
  ]);
  const messages = messagesIn(records);
  expect(messages).toHaveLength(21);
  // what it is stands before the gap
  expect(messages[1]).toMatchObject({ lostBytes: 100, content: { is: 'video', isKeyframe: true } });
  expect(messages[2]).toMatchObject({ lostBytes: 0, content: { is: 'audio' } });
});

test('bytes that are missing across messages: the next header is found, and it is said how sure that is', () => {
  const { records } = inspectPieces([stream.subarray(0, 3200), 1000, stream.subarray(4200)]);
  const [gap, resumed] = faultsIn(records);
  expect(gap).toBe('3200: 1000 bytes are not in the capture');
  expect(resumed).toMatch(/^\d+: as rtmp behind \d+, certain$/);
  const whole = messagesIn(inspectPieces([stream]).records);
  const messages = messagesIn(records).slice(1);
  expect(messages.length).toBeGreaterThan(15);
  expect(messages.map(({ offset }) => offset)).toEqual(
    whole.slice(-messages.length).map(({ offset }) => offset),
  );
});

test.each([
  {
    what: 'a type that nobody knows',
    bad: '0400000000000977' + '01000000',
    reason: /type 119, which nobody knows/,
  },
  {
    what: 'a format 3 chunk of a stream that has not begun',
    bad: 'ff',
    reason: /format 3 on chunk stream 63/,
  },
  {
    what: 'a control message of a megabyte',
    bad: '0200000010000001' + '00000000',
    reason: /type 1 with 1048576/,
  },
])('$what is told with its place, and what follows is read', ({ bad, reason }) => {
  const { records } = inspectPieces([
    beginning,
    ...frames.slice(0, 4),
    Buffer.from(bad, 'hex'),
    ...frames.slice(4),
  ]);
  const [fault, resumed] = faultsIn(records);
  const at = beginning.length + Buffer.concat(frames.slice(0, 4)).length;
  expect(fault).toMatch(new RegExp(`^${at}: `));
  expect(fault).toMatch(reason);
  expect(resumed).toBe(`${at + bad.length / 2}: as rtmp behind ${bad.length / 2}, certain`);
  expect(messagesIn(records)).toHaveLength(21);
});

test('a message of a type that nobody knows is one where what follows it fits', () => {
  const unknown = chunks({ type: 119 }, Buffer.alloc(20), 4096);
  const { records } = inspectPieces([beginning, ...frames.slice(0, 4), unknown, ...frames.slice(4), unknown]);
  expect(faultsIn(records)).toEqual([]);
  const messages = messagesIn(records).filter(({ type }) => type === 119);
  expect(messages).toMatchObject([
    { length: 20, content: { is: 'other', what: 'type 119' } },
    { length: 20 },
  ]);
});

test('a capture that begins in the middle is read from the first header on, also of larger chunks than at the beginning', () => {
  for (const at of [3300, 4000, 5555, 6100]) {
    const { records } = inspectPieces([stream.subarray(at)], { isFromBeginning: false });
    const whole = messagesIn(inspectPieces([stream]).records).filter(({ offset }) => offset >= at);
    expect(
      messagesIn(records).map(({ offset, length }) => [offset + at, length]),
      `from ${at}`,
    ).toEqual(whole.map(({ offset, length }) => [offset, length]));
  }
});

test('a message that is left for another on its chunk stream is told', () => {
  const cut = chunks({}, videoFrame(300)).subarray(0, 12 + 128);
  const { records } = inspectPieces([handshake, cut, chunks({}, videoFrame(50))]);
  expect(faultsIn(records)).toEqual([
    '3213: a message begins on chunk stream 6, where another has 128 of 300 bytes',
  ]);
  expect(messagesIn(records)).toMatchObject([{ length: 50 }]);
});

test('an abort drops the message that it names', () => {
  const begun = chunks({}, videoFrame(300)).subarray(0, 12 + 128);
  const abort = chunks({ type: MessageType.abort, messageStreamId: 0 }, encodeUint32(6));
  expect(lengths([handshake, begun, abort, chunks({}, videoFrame(50))])).toEqual([4, 50]);
});

test('where it ends in the middle is said', () => {
  const { records } = inspectPieces([stream.subarray(0, 3200)]);
  expect(records.at(-1)).toMatchObject({
    is: 'end',
    offset: 3200,
    inside: 'a message of type 9, of which 99 of 500 bytes are there',
  });
});
