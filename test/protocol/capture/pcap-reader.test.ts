import { expect, test } from 'vitest';
import { PcapReader } from '../../../src/protocol/capture/pcap-reader.ts';
import { pcap, words } from '../../support/capture-maker.ts';
import { everySplit } from '../../support/every-split.ts';
import { faultOf } from '../../support/protocol-fault.ts';

const packets = ['one', 'packet 2', ''].map((text) => Buffer.from(text));

test.each([
  { form: 'little-endian, microseconds', options: {}, timeMs: 1_000_000.5 },
  { form: 'big-endian, microseconds', options: { isLittleEndian: false }, timeMs: 1_000_000.5 },
  { form: 'little-endian, nanoseconds', options: { isNano: true }, timeMs: 1_000_000.0005 },
  {
    form: 'big-endian, nanoseconds',
    options: { isLittleEndian: false, isNano: true },
    timeMs: 1_000_000.0005,
  },
])('reads $form at every split', ({ options, timeMs }) => {
  for (const parts of everySplit(pcap(packets, { ...options, linkType: 113 }))) {
    const reader = new PcapReader();
    const read = parts.flatMap((part) => {
      reader.push(part);
      return [...reader.packets()].map((packet) => ({ ...packet, bytes: packet.bytes.toString() }));
    });
    reader.end();
    expect(read.map(({ bytes }) => bytes)).toEqual(['one', 'packet 2', '']);
    expect(read[0]).toMatchObject({ number: 1, linkType: 113 });
    expect(read[0]?.timeMs).toBeCloseTo(timeMs, 5);
  }
});

test.each([
  { what: 'no magic', bytes: Buffer.alloc(24), problem: /no capture of tcpdump, at byte 0/ },
  {
    what: 'a packet of 4 GiB',
    bytes: Buffer.concat([pcap([]), words([0, 0, 0xffffffff, 0xffffffff])]),
    problem: /a packet of 4294967295 bytes, limit 262144, at byte 24/,
  },
  { what: 'a header that is cut', bytes: pcap([]).subarray(0, 20), problem: /ends inside its header/ },
  {
    what: 'a packet that is cut',
    bytes: pcap(packets).subarray(0, 42),
    problem: /ends inside a packet, at byte 24/,
  },
])('$what is told', ({ bytes, problem }) => {
  const reader = new PcapReader();
  reader.push(bytes);
  const fault = faultOf(() => {
    reader.end();
    for (const _ of reader.packets());
  });
  expect(fault).toEqual({ code: 'CAPTURE_INVALID', message: expect.stringMatching(problem) });
});
