import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';
import {
  haveSameStreams,
  MAX_ASF_HEADER_BYTES,
  readAsfHeader,
} from '../../../src/protocol/asf/asf-header.ts';
import { AsfGuid } from '../../../src/protocol/asf/asf-object.ts';
import {
  asfHeader,
  asfHeaderOf,
  asfObject,
  audioStream,
  filePropertiesObject,
  headerExtension,
  type MadeStream,
  streamObject,
  videoStream,
} from '../../support/asf-maker.ts';
import { bbbAsfPath } from '../../support/media.ts';

/** The streams of a header as `number type codec`. */
const streamsOf = (header: Buffer): string[] =>
  readAsfHeader(header).streams.map(({ number, type, codec }) => `${number} ${type} ${codec}`);

const file = filePropertiesObject();
const audio = streamObject(audioStream);
/** Where the first object of a header stands. */
const firstObject = 30;

/** A copy with other bytes at a place. */
function patched(bytes: Buffer, at: number, hex: string): Buffer {
  const copy = Buffer.from(bytes);
  Buffer.from(hex, 'hex').copy(copy, at);
  return copy;
}

test('reads the header that ffmpeg has written', () => {
  const bytes = readFileSync(bbbAsfPath).subarray(0, 1565);
  expect(readAsfHeader(bytes)).toMatchObject({ packetBytes: 3200, isBroadcast: false });
  expect(streamsOf(bytes)).toEqual(['1 video WMV2', '2 audio wmav2']);
});

test.each<{ what: string; streams: MadeStream[]; read: string[] }>([
  { what: 'audio only', streams: [audioStream], read: ['1 audio wmav2'] },
  {
    what: 'several video streams and a script, in the order of their numbers',
    streams: [
      { number: 127, type: 'video', fourCc: 'WVC1' },
      { number: 3, type: 'command' },
      { number: 2, type: 'video', fourCc: 'MP43' },
      audioStream,
    ],
    read: ['1 audio wmav2', '2 video MP43', '3 command ', '127 video WVC1'],
  },
  {
    what: 'streams whose properties stand within extended ones',
    streams: [
      { ...audioStream, isExtended: true },
      videoStream,
      { number: 3, type: 'video', isExtended: true },
    ],
    read: ['1 audio wmav2', '2 video WMV2', '3 video WMV2'],
  },
  {
    what: 'codecs without a name',
    streams: [
      { number: 1, type: 'audio', formatTag: 0x7777 },
      { number: 2, type: 'video', fourCc: '\0\0\0\0' },
      { number: 3, type: 'other' },
    ],
    read: ['1 audio 0x7777', '2 video 0x00000000', '3 other '],
  },
])('reads $what', ({ streams, read }) => {
  expect(streamsOf(asfHeader({ streams }))).toEqual(read);
});

test('passes over objects that it does not know, and what an encoder claims to be their number', () => {
  const unknown = asfObject('ff'.repeat(16), Buffer.alloc(1000));
  const header = asfHeaderOf([unknown, file, unknown, audio, unknown]);
  expect(streamsOf(patched(header, 24, 'ffffffff'))).toEqual(['1 audio wmav2']);
  expect(readAsfHeader(header).objectCount).toBe(5);
});

test('knows whether what follows is live', () => {
  expect(readAsfHeader(asfHeader()).isBroadcast).toBe(true);
  expect(readAsfHeader(asfHeader({ isBroadcast: false, packetCount: 9 })).isBroadcast).toBe(false);
});

describe('streams are the same', () => {
  const header = (streams: MadeStream[], more = {}) => readAsfHeader(asfHeader({ streams, ...more }));
  const one = header([audioStream, videoStream]);
  test.each([
    {
      what: 'in another file, with other objects beside them',
      other: { fileId: 'ab'.repeat(16), extra: [asfObject('ff'.repeat(16), Buffer.alloc(9))] },
    },
    { what: 'of a file', other: { isBroadcast: false, packetCount: 5 } },
  ])('$what', ({ other }) => {
    expect(haveSameStreams(one, header([videoStream, audioStream], other))).toBe(true);
  });
  test('of which is kept no more than tells them apart, though one may be most of a header', () => {
    const large = (last: number): Buffer => {
      const object = Buffer.concat([streamObject(videoStream), Buffer.alloc(1_000_000, last)]);
      object.writeBigUInt64LE(BigInt(object.length), 16);
      object.writeUInt32LE(object.length - 78, 64); // its type-specific data
      return asfHeaderOf([file, object]);
    };
    const read = readAsfHeader(large(1));
    expect(read.streams[0]?.properties).toHaveLength(32);
    expect(haveSameStreams(read, readAsfHeader(large(1)))).toBe(true);
    expect(haveSameStreams(read, readAsfHeader(large(2)))).toBe(false);
  });

  test('wherever their properties stand', () => {
    expect(haveSameStreams(one, header([audioStream, { ...videoStream, isExtended: true }]))).toBe(true);
  });
  test.each<{ what: string; streams: MadeStream[]; more?: object }>([
    { what: 'with another packet size', streams: [audioStream, videoStream], more: { packetBytes: 401 } },
    { what: 'with one fewer', streams: [audioStream] },
    { what: 'with one more', streams: [audioStream, videoStream, { number: 3, type: 'command' }] },
    { what: 'with another number', streams: [audioStream, { ...videoStream, number: 3 }] },
    { what: 'of another codec', streams: [{ ...audioStream, formatTag: 0x162 }, videoStream] },
    { what: 'of another size', streams: [audioStream, { ...videoStream, size: 640 }] },
    { what: 'of another type', streams: [audioStream, { number: 2, type: 'command' }] },
    { what: 'encrypted', streams: [audioStream, { ...videoStream, isEncrypted: true }] },
  ])('but not $what', ({ streams, more }) => {
    expect(haveSameStreams(one, header(streams, more))).toBe(false);
    expect(haveSameStreams(header(streams, more), one)).toBe(false);
  });
});

test.each([100, 65_527])('takes packets of %i bytes', (packetBytes) => {
  expect(readAsfHeader(asfHeader({ packetBytes })).packetBytes).toBe(packetBytes);
});

describe('refuses', () => {
  const sizes = [0, 1, 23, 2 ** 32 - 1, 2n ** 64n - 1n];
  const extended = (names: string, rest = '') =>
    headerExtension(
      asfObject(AsfGuid.extendedStreamProperties, Buffer.from(`${'00'.repeat(60)}${names}${rest}`, 'hex')),
    );
  const streamOf = (at: number, hex: string) => patched(audio, at, hex);
  test.each<{ what: string; header: Buffer; problem: string }>([
    { what: 'nothing', header: Buffer.alloc(0), problem: '30 bytes expected, 0 are there, at byte 0' },
    {
      what: 'a web page',
      header: Buffer.from('<!DOCTYPE html><html><head><title>'),
      problem: 'no Header Object, at byte 0',
    },
    ...[0, 29, 2 ** 20 - 49, 2 ** 32 - 1, 2n ** 64n - 1n].map((size) => ({
      what: `a Header Object of ${size} bytes`,
      header: asfObject(AsfGuid.header, Buffer.alloc(100), size),
      problem: `a Header Object of ${Number(size)} bytes, expected 30 to 1048526, at byte 16`,
    })),
    ...sizes.map((size) => ({
      what: `an object of ${size} bytes`,
      header: asfHeaderOf([asfObject('ff'.repeat(16), Buffer.alloc(10), size)]),
      problem: `an object of ${Number(size)} bytes, where 34 are, at byte 30`,
    })),
    {
      what: 'half an object',
      header: asfHeaderOf([Buffer.alloc(23)]),
      problem: '24 bytes expected, 23 are there, at byte 30',
    },
    {
      what: 'another object than the Data Object',
      header: patched(asfHeaderOf([file, audio]), firstObject + file.length + audio.length, '00'),
      problem: `no Data Object behind the Header Object, at byte ${firstObject + file.length + audio.length}`,
    },
    {
      what: 'a byte too many',
      header: Buffer.concat([asfHeader(), Buffer.alloc(1)]),
      problem: `1 bytes too many, at byte ${asfHeader().length}`,
    },
    {
      what: 'no File Properties Object',
      header: asfHeaderOf([audio]),
      problem: 'no File Properties Object, at byte 30',
    },
    {
      what: 'two of them',
      header: asfHeaderOf([file, file, audio]),
      problem: 'a second File Properties Object, at byte 134',
    },
    {
      what: 'a short one',
      header: asfHeaderOf([asfObject(AsfGuid.fileProperties, Buffer.alloc(79)), audio]),
      problem: '104 bytes expected, 103 are there, at byte 30',
    },
    { what: 'no stream', header: asfHeaderOf([file]), problem: 'no stream, at byte 30' },
    {
      what: 'a stream twice',
      header: asfHeaderOf([file, audio, audio]),
      problem: `a second stream 1, at byte ${134 + audio.length}`,
    },
    {
      what: 'packets of several sizes',
      header: asfHeaderOf([filePropertiesObject({ packetBytes: 400, maxPacketBytes: 401 }), audio]),
      problem: 'packets of 400 to 401 bytes, expected one size, at byte 30',
    },
    ...[0, 99, 65_528, 2 ** 32 - 1].map((packetBytes) => ({
      what: `packets of ${packetBytes} bytes`,
      header: asfHeader({ packetBytes }),
      problem: `packets of ${packetBytes} bytes, expected 100 to 65527, at byte 30`,
    })),
    {
      what: 'a stream with the number 0',
      header: asfHeaderOf([file, streamOf(72, '0080')]),
      problem: 'a stream with the number 0, at byte 206',
    },
    {
      what: 'a short stream',
      header: asfHeaderOf([file, asfObject(AsfGuid.streamProperties, Buffer.alloc(53))]),
      problem: '78 bytes expected, 77 are there, at byte 134',
    },
    {
      what: 'type-specific data over the end',
      header: asfHeaderOf([file, streamOf(64, '17000000')]),
      problem: '23 bytes expected, 22 are there, at byte 212',
    },
    {
      what: 'type-specific data of 2^32 - 1 bytes',
      header: asfHeaderOf([file, streamOf(64, 'ffffffff')]),
      problem: '4294967295 bytes expected, 22 are there, at byte 212',
    },
    {
      what: 'that and error correction data of 2^32 - 1 bytes',
      header: asfHeaderOf([file, streamOf(64, 'ffffffffffffffff')]),
      problem: '8589934590 bytes expected, 22 are there, at byte 212',
    },
    {
      what: 'a short Header Extension Object',
      header: asfHeaderOf([asfObject(AsfGuid.headerExtension, Buffer.alloc(21))]),
      problem: '46 bytes expected, 45 are there, at byte 30',
    },
    ...[1, 2 ** 32 - 1].map((size) => ({
      what: `a header extension of ${size} bytes where there are none`,
      header: asfHeaderOf([headerExtension(Buffer.alloc(0), size)]),
      problem: `${size} bytes expected, 0 are there, at byte 76`,
    })),
    {
      what: 'an object of 23 bytes in a header extension',
      header: asfHeaderOf([headerExtension(asfObject('ff'.repeat(16), Buffer.alloc(0), 23))]),
      problem: 'an object of 23 bytes, where 24 are, at byte 76',
    },
    {
      what: 'short extended stream properties',
      header: asfHeaderOf([headerExtension(asfObject(AsfGuid.extendedStreamProperties, Buffer.alloc(63)))]),
      problem: '88 bytes expected, 87 are there, at byte 76',
    },
    {
      what: '65,535 names where there is one',
      header: asfHeaderOf([extended('ffff0000', '00000000')]),
      problem: '4 bytes expected, 0 are there, at byte 168',
    },
    {
      what: 'a name of 65,535 bytes',
      header: asfHeaderOf([extended('01000000', '0000ffff')]),
      problem: 'names and extensions that do not fit, at byte 76',
    },
    {
      what: '65,535 payload extension systems where there is one',
      header: asfHeaderOf([extended('0000ffff', '00'.repeat(22))]),
      problem: '22 bytes expected, 0 are there, at byte 186',
    },
    {
      what: 'a payload extension system of 2^32 - 1 bytes',
      header: asfHeaderOf([extended('00000100', `${'00'.repeat(18)}ffffffff`)]),
      problem: 'names and extensions that do not fit, at byte 76',
    },
    {
      what: 'half an object in extended stream properties',
      header: asfHeaderOf([extended('00000000', '00')]),
      problem: '24 bytes expected, 1 are there, at byte 164',
    },
    {
      what: 'more than 1,024 objects',
      header: asfHeaderOf([
        file,
        audio,
        ...Array<Buffer>(1023).fill(asfObject('ff'.repeat(16), Buffer.alloc(0))),
      ]),
      problem: `more than 1024 objects, at byte ${134 + audio.length + 1022 * 24}`,
    },
  ])('$what', ({ header, problem }) => {
    expect(() => readAsfHeader(header)).toThrow(
      expect.objectContaining({ code: 'ASF_HEADER_INVALID', message: `${problem} of the ASF header` }),
    );
  });

  test('one that is cut, anywhere', () => {
    const header = asfHeader({ streams: [audioStream, { ...videoStream, isExtended: true }] });
    for (let end = 0; end < header.length; end++)
      expect(() => readAsfHeader(header.subarray(0, end))).toThrow(ProtocolError);
  });
});

test('takes 1,024 objects, and 1 MiB, but not a byte more', () => {
  const empty = asfObject('ff'.repeat(16), Buffer.alloc(0));
  expect(readAsfHeader(asfHeaderOf([file, audio, ...Array<Buffer>(1022).fill(empty)])).objectCount).toBe(
    1024,
  );
  const filled = (bytes: number) =>
    asfHeaderOf([file, audio, asfObject('ff'.repeat(16), Buffer.alloc(bytes))]);
  const room = MAX_ASF_HEADER_BYTES - filled(0).length;
  expect(streamsOf(filled(room))).toEqual(['1 audio wmav2']);
  expect(() => readAsfHeader(filled(room + 1))).toThrow('expected 30 to 1048526');
});

test('reads streams that do not say what they are', () => {
  const bare = (guid: string) => {
    const fields = [Buffer.from(guid, 'hex'), Buffer.alloc(32), Buffer.of(5, 0, 0, 0, 0, 0)];
    return asfHeaderOf([file, asfObject(AsfGuid.streamProperties, Buffer.concat(fields))]);
  };
  expect(streamsOf(bare(AsfGuid.audioMedia))).toEqual(['5 audio ']);
  expect(streamsOf(bare(AsfGuid.videoMedia))).toEqual(['5 video ']);
});

/** What a reader makes of bytes: a value, or the code of its error. */
function outcomeOf(bytes: Buffer): string {
  try {
    readAsfHeader(bytes);
    return 'read';
  } catch (error) {
    return error instanceof ProtocolError ? error.code : `${error}`;
  }
}

test('any byte may have any value: the header is read, or refused as one', () => {
  const good = asfHeader({ streams: [audioStream, { ...videoStream, isExtended: true }] });
  const outcomes = new Map<string, number>();
  for (let at = 0; at < good.length; at++)
    for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
      const bytes = Buffer.from(good);
      bytes[at] = value;
      const outcome = outcomeOf(bytes);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  expect([...outcomes.keys()].sort()).toEqual(['ASF_HEADER_INVALID', 'read']);
  expect(outcomes.get('ASF_HEADER_INVALID')).toBeGreaterThan(500);
});

test('any bytes give a header or a ProtocolError', () => {
  const good = asfHeader({
    streams: [audioStream, { ...videoStream, isExtended: true }, { number: 3, type: 'command' }],
  });
  const places = fc.array(
    fc.tuple(fc.nat(good.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(places, fc.nat(good.length), (changes, end) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      for (const header of [bytes, bytes.subarray(0, end)]) {
        try {
          expect(readAsfHeader(header).packetBytes).toBeGreaterThanOrEqual(100);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError', code: 'ASF_HEADER_INVALID' });
        }
      }
    }),
    { numRuns: 2000 },
  );
});
