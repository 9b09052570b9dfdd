import { expect, test } from 'vitest';
import { FIN, frameHeaderBytes, Opcode, writeFrameHeader } from '../../../src/protocol/ws/frame-header.ts';
import { faultsIn, type Inspected, inspecting, videoFrame } from '../../support/inspect-scene.ts';

/** Tags of video, 40 ms from each other, of 200 to 20,000 bytes. */
const tags = Array.from({ length: 40 }, (_, i) => tag(40 * i, videoFrame(i % 10 === 0 ? 20_000 : 200 + i)));
const fileHeader = Buffer.from('464c5601010000000900000000', 'hex');
const pieces = [fileHeader, ...tags];

function tag(timestamp: number, payload: Buffer): Buffer {
  const header = Buffer.from('0900000000000000000000', 'hex');
  header.writeUIntBE(payload.length, 1, 3);
  header.writeUIntBE(timestamp, 4, 3);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(header.length + payload.length);
  return Buffer.concat([header, payload, size]);
}

function frame(payload: Buffer): Buffer {
  const header = Buffer.alloc(frameHeaderBytes(payload.length));
  writeFrameHeader(header, 0, Opcode.binary, payload.length);
  return Buffer.concat([header, payload]);
}

const chunk = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${payload.length.toString(16)}\r\n`), payload, Buffer.from('\r\n')]);

const wires = {
  'WebSocket-FLV': {
    head: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
    carried: pieces.map(frame),
  },
  'WebSocket-FLV in frames of any size': {
    head: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
    carried: cut(Buffer.concat(pieces), 777).map(frame),
  },
  'HTTP-FLV in chunks': {
    head: 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nTransfer-Encoding: chunked\r\n\r\n',
    carried: pieces.map(chunk),
  },
  'HTTP-FLV in chunks of any size': {
    head: 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nTransfer-Encoding: chunked\r\n\r\n',
    carried: cut(Buffer.concat(pieces), 777).map(chunk),
  },
  'HTTP-FLV': {
    head: 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\n',
    carried: pieces,
  },
};

function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

/** Inspects what a server says in segments, of which those from one byte to another are missing. */
function inspectAnswer(wire: Buffer, lost: readonly [from: number, to: number], size = 1000): Inspected {
  return inspecting({}, (inspection) => {
    const { toClient } = inspection.connection('capture', 'client', 'server', true);
    const [from, to] = lost;
    for (const part of cut(wire.subarray(0, from), size)) toClient.reader.push(Buffer.from(part), undefined);
    toClient.reader.gap(to - from);
    for (const part of cut(wire.subarray(to), size)) toClient.reader.push(Buffer.from(part), undefined);
    toClient.reader.end();
  });
}

const timesOf = ({ records }: Inspected): number[] =>
  records.flatMap((record) => (record.is === 'tag' ? [record.timestamp] : []));

test.each(
  Object.entries(wires).flatMap(([name, wire]) =>
    [700, 3000, 30_000].map((missing) => ({ name, missing, ...wire })),
  ),
)('$name goes on behind $missing missing bytes', ({ head, carried, missing }) => {
  const wire = Buffer.concat([Buffer.from(head), ...carried]);
  const from = 21_500;
  const inspected = inspectAnswer(wire, [from, from + missing]);
  const faults = faultsIn(inspected.records);
  expect(faults[0]).toMatch(new RegExp(`^${from}: ${missing} bytes are not in the capture`));
  expect(faults).toContainEqual(expect.stringMatching(/as flv behind \d+, certain/));
  const times = timesOf(inspected);
  expect(times.slice(0, 5)).toEqual([0, 40, 80, 120, 160]);
  expect(times.at(-1)).toBe(39 * 40);
  expect(new Set(times).size).toBe(times.length);
  const lostTags = 40 - times.length;
  expect(lostTags).toBeLessThan(missing < 30_000 ? 20 : 30);
});

test('a frame that cannot be is told, and the next one is found', () => {
  const { head, carried } = wires['WebSocket-FLV'];
  const broken = carried.map((one, i) => (i === 20 ? Buffer.concat([Buffer.of(FIN | 0x70), one]) : one));
  const wire = Buffer.concat([Buffer.from(head), ...broken]);
  const inspected = inspectAnswer(wire, [wire.length, wire.length], 300);
  const faults = faultsIn(inspected.records);
  expect(faults).toContainEqual(expect.stringMatching(/reserved bits are set/));
  expect(faults).toContainEqual(expect.stringMatching(/as websocket behind \d+, certain/));
  expect(timesOf(inspected).at(-1)).toBe(39 * 40);
});
