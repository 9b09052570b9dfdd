import { expect, test } from 'vitest';
import { AsfLoop, type LoopPacket } from '../../../load-tester/publishing/asf-loop.ts';
import { readAsfHeader } from '../../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { asfHeader, asfPacket, type MadePayload } from '../../support/asf-maker.ts';

const packetBytes = 400;

/** A file whose packets have these send times, each with one payload whose presentation time is 1,000 ms later. */
function fileOf(times: readonly number[], data = 340): Buffer {
  const packets = times.map((sendTimeMs) => {
    const payload: MadePayload = { stream: 2, isKey: true, time: sendTimeMs + 1000, data };
    return asfPacket({ packetBytes, sendTimeMs, payloads: [payload] });
  });
  return Buffer.concat([
    asfHeader({ packetBytes, isBroadcast: false, packetCount: times.length }),
    ...packets,
  ]);
}

/** What the first packets of a loop say of their times: due, sent, to be shown. */
function first(loop: AsfLoop, count: number): number[][] {
  const packets = loop.packets();
  return Array.from({ length: count }, () => {
    const { atMs, packet } = packets.next().value;
    const { sendTimeMs, payloads } = readAsfPacket(packet);
    return [atMs, sendTimeMs, packet.readUInt32LE(payloads[0]?.timeAt)];
  });
}

test('sends packets again and again, a packet apart, with times that go on', () => {
  expect(first(new AsfLoop(fileOf([3000, 3040, 3080])), 7)).toEqual([
    [0, 3000, 4000],
    [40, 3040, 4040],
    [80, 3080, 4080],
    [120, 3120, 4120],
    [160, 3160, 4160],
    [200, 3200, 4200],
    [240, 3240, 4240],
  ]);
});

test('goes on across the wrap of times', () => {
  const last = 2 ** 32 - 40;
  expect(first(new AsfLoop(fileOf([last, 0])), 3)).toEqual([
    [0, last, 960],
    [40, 0, 1000],
    [80, 40, 1040],
  ]);
});

test('goes on with a single packet', () => {
  expect(first(new AsfLoop(fileOf([7])), 3).map(([atMs]) => atMs)).toEqual([0, 33, 66]);
});

test('has the header of a live stream, and does not touch the file', () => {
  const file = fileOf([0, 40]);
  const before = Buffer.from(file);
  const loop = new AsfLoop(file);
  first(loop, 5);
  expect(readAsfHeader(file.subarray(0, file.length - 2 * packetBytes)).isBroadcast).toBe(false);
  expect(readAsfHeader(loop.header).isBroadcast).toBe(true);
  expect(file).toEqual(before);
});

test('stamps packets whose longest payload has room for it', () => {
  const stamped = (data: number): number | undefined =>
    (new AsfLoop(fileOf([0], data)).packets().next().value as LoopPacket).stamped?.length;
  expect(stamped(340)).toBe(340 + 17);
  expect(stamped(100)).toBeUndefined();
});

test.each<[string, Buffer, RegExp]>([
  ['no ASF', Buffer.from('FLV'.repeat(40)), /no Header Object/],
  ['a file without packets', asfHeader(), /no data packet/],
  ['half a file', fileOf([0, 40]).subarray(0, -9), /ends inside an ASF data packet/],
  ['half a header', asfHeader().subarray(0, 90), /ends inside its ASF header/],
])('refuses %s', (_, file, message) => {
  expect(() => new AsfLoop(file)).toThrow(message);
});
