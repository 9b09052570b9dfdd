import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlvMessageType, flvFamily } from '../../../src/family/flv/flv-family.ts';
import { flvFrame } from '../../../src/family/flv/flv-frame.ts';

const hex = (wire: string): Buffer => Buffer.from(wire.replaceAll(' ', ''), 'hex');
const { audio, video, dataAmf0, dataAmf3 } = FlvMessageType;
const [avc1, hvc1, opus] = ['61766331', '68766331', '4f707573'];

/** An AMF0 string in hex. */
function amf0String(text: string): string {
  return `02${text.length.toString(16).padStart(4, '0')}${Buffer.from(text).toString('hex')}`;
}

/** What a frame has by the type of its message. */
function common(type: FlvMessageType): object {
  const kind = type === audio ? 'audio' : type === video ? 'video' : 'data';
  return { family: flvFamily, kind, tag: type, number: 0 };
}

test('keeps the type, the timestamp and the payload itself', () => {
  const payload = hex('17 01 000000 65');
  const frame = flvFrame(video, 2 ** 32 - 1, payload);
  expect(frame).toMatchObject({ family: flvFamily, kind: 'video', tag: 9, timestamp: 2 ** 32 - 1 });
  expect(frame?.payload).toBe(payload);
});

describe('coded', () => {
  test.each([
    { form: 'AVC keyframe', type: video, wire: '17 01 000000 65', isKeyframe: true, tracks: [0] },
    { form: 'AVC inter frame', type: video, wire: '27 01 000000 41', isKeyframe: false, tracks: [0] },
    { form: 'generated keyframe', type: video, wire: '47 01 000000 65', isKeyframe: false, tracks: [0] },
    { form: 'legacy HEVC keyframe', type: video, wire: '1c 01 000000 26', isKeyframe: true, tracks: [0] },
    { form: 'H.263 keyframe', type: video, wire: '12 0000', isKeyframe: true, tracks: [0] },
    { form: 'Ex keyframe', type: video, wire: `91 ${hvc1} 000000 26`, isKeyframe: true, tracks: [0] },
    { form: 'CodedFramesX keyframe', type: video, wire: `93 ${hvc1} 26`, isKeyframe: true, tracks: [0] },
    { form: 'Ex inter frame', type: video, wire: `a3 ${hvc1} 02`, isKeyframe: false, tracks: [0] },
    { form: 'unknown codec keyframe', type: video, wire: '93 71717171 00', isKeyframe: true, tracks: [0] },
    { form: 'ModEx keyframe', type: video, wire: `97 02 000001 03 ${hvc1}`, isKeyframe: true, tracks: [0] },
    {
      form: 'keyframe of track 1',
      type: video,
      wire: `96 03 ${hvc1} 01 26`,
      isKeyframe: false,
      tracks: [1],
    },
    {
      form: 'keyframe of tracks 1 and 0',
      type: video,
      wire: `96 13 ${hvc1} 01 000001 26 00 000001 26`,
      isKeyframe: true,
      tracks: [1, 0],
    },
    { form: 'AAC', type: audio, wire: 'af 01 21', isKeyframe: false, tracks: [0] },
    { form: 'MP3 of one byte', type: audio, wire: '2f', isKeyframe: false, tracks: [0] },
    {
      form: 'Ex Opus of track 4',
      type: audio,
      wire: `95 01 ${opus} 04 aa`,
      isKeyframe: false,
      tracks: [4],
    },
  ])('$form', ({ type, wire, isKeyframe, tracks }) => {
    const payload = hex(wire);
    const frame = flvFrame(type, 40, payload);
    expect(frame).toMatchObject({ role: 'coded', isKeyframe, tracks });
    expect(frame?.payload).toBe(payload);
  });

  test('names each track', () => {
    expect(flvFrame(video, 0, hex(`96 23 ${hvc1} 00 000000 ${avc1} 01 000000`))).toMatchObject({
      tracks: [0, 1],
    });
  });
});

describe('header', () => {
  test.each([
    { form: 'AVC', type: video, wire: '17 00 000000 01', headerKeys: ['video/sequenceStart/0'] },
    { form: 'Ex HEVC', type: video, wire: `90 ${hvc1} 01`, headerKeys: ['video/sequenceStart/0'] },
    { form: 'MPEG-2 TS', type: video, wire: '95 61763031 80', headerKeys: ['video/mpeg2TsSequenceStart/0'] },
    { form: 'HDR metadata', type: video, wire: `94 ${hvc1} 02`, headerKeys: ['video/metadata/0'] },
    { form: 'HDR of a command', type: video, wire: `d4 ${hvc1} 02`, headerKeys: ['video/metadata/0'] },
    { form: 'AAC', type: audio, wire: 'af 00 1210', headerKeys: ['audio/sequenceStart/0'] },
    { form: 'Opus', type: audio, wire: `90 ${opus}`, headerKeys: ['audio/sequenceStart/0'] },
    {
      form: 'channel layouts of two tracks',
      type: audio,
      wire: `95 14 ${opus} 00 000002 0002 02 000002 0006`,
      headerKeys: ['audio/multichannelConfig/0', 'audio/multichannelConfig/2'],
    },
  ])('$form', ({ type, wire, headerKeys }) => {
    expect(flvFrame(type, 0, hex(wire))).toMatchObject({ role: 'header', headerKeys });
  });

  test('a new codec has the key of the old one', () => {
    const legacy = flvFrame(video, 0, hex('17 00 000000 01'));
    const enhanced = flvFrame(video, 0, hex(`90 ${hvc1} 01`));
    expect(legacy).toMatchObject({ headerKeys: ['video/sequenceStart/0'] });
    expect(enhanced).toMatchObject({ headerKeys: ['video/sequenceStart/0'] });
  });
});

describe('metadata', () => {
  const metadata = `${amf0String('onMetaData')} 03 000009`;
  const setDataFrame = amf0String('@setDataFrame');

  test.each([
    { form: 'as it is', type: dataAmf0, wire: metadata, payload: metadata },
    { form: 'behind @setDataFrame', type: dataAmf0, wire: `${setDataFrame} ${metadata}`, payload: metadata },
    { form: 'as AMF3 data', type: dataAmf3, wire: `00 ${metadata}`, payload: `00 ${metadata}` },
    {
      form: 'as AMF3 data behind @setDataFrame',
      type: dataAmf3,
      wire: `00 ${setDataFrame} ${metadata}`,
      payload: `00 ${metadata}`,
    },
    {
      form: 'cut off behind its name',
      type: dataAmf0,
      wire: amf0String('onMetaData'),
      payload: amf0String('onMetaData'),
    },
  ])('$form', ({ type, wire, payload }) => {
    const frame = flvFrame(type, 0, hex(wire));
    expect(frame).toEqual({
      ...common(type),
      timestamp: 0,
      role: 'metadata',
      payload: hex(payload),
      headerKeys: ['metadata'],
    });
  });

  test('is a view of the message behind @setDataFrame', () => {
    const message = hex(`${setDataFrame} ${metadata}`);
    const payload = flvFrame(dataAmf0, 0, message)?.payload;
    expect(payload?.buffer).toBe(message.buffer);
    expect(payload?.byteOffset).toBe(message.byteOffset + 16);
  });
});

describe('other', () => {
  test.each([
    { form: 'empty audio', type: audio, wire: '' },
    { form: 'empty video', type: video, wire: '' },
    { form: 'empty data', type: dataAmf0, wire: '' },
    { form: 'empty AMF3 data', type: dataAmf3, wire: '' },
    { form: 'AVC end of sequence, which has the keyframe bit', type: video, wire: '17 02' },
    { form: 'AVC end of sequence as ffmpeg ends', type: video, wire: '17 02 000000' },
    { form: 'Ex end of sequence', type: video, wire: `92 ${hvc1}` },
    { form: 'Ex audio end of sequence', type: audio, wire: `92 ${opus}` },
    { form: 'command frame', type: video, wire: '57 00' },
    { form: 'Ex command frame', type: video, wire: 'd1 00' },
    { form: 'unknown video packet type', type: video, wire: `99 ${hvc1} 00` },
    { form: 'unknown audio packet type', type: audio, wire: `98 ${opus} 00` },
    { form: 'track size beyond the payload', type: video, wire: `96 11 ${hvc1} 00 ffffff` },
    { form: 'AAC of one byte', type: audio, wire: 'af' },
    { form: 'onTextData', type: dataAmf0, wire: `${amf0String('onTextData')} 05` },
    { form: 'onCuePoint', type: dataAmf3, wire: `00 ${amf0String('onCuePoint')} 05` },
    {
      form: '@clearDataFrame',
      type: dataAmf0,
      wire: `${amf0String('@clearDataFrame')} ${amf0String('onMetaData')}`,
    },
    { form: '@setDataFrame alone', type: dataAmf0, wire: amf0String('@setDataFrame') },
    { form: '@setDataFrame of no name', type: dataAmf0, wire: `${amf0String('@setDataFrame')} 05` },
    { form: 'data without a name', type: dataAmf0, wire: '00 3ff0000000000000' },
    { form: 'a name cut off', type: dataAmf0, wire: '02 000a 6f6e4d' },
    { form: 'AMF3 data of another format', type: dataAmf3, wire: `03 ${amf0String('onMetaData')}` },
  ])('$form', ({ type, wire }) => {
    const payload = hex(wire);
    const frame = flvFrame(type, 7, payload);
    expect(frame).toEqual({ ...common(type), timestamp: 7, role: 'other', payload });
    expect(frame?.payload).toBe(payload);
  });

  test('takes @setDataFrame off other data too', () => {
    const text = `${amf0String('onTextData')} 05`;
    const frame = flvFrame(dataAmf0, 0, hex(`${amf0String('@setDataFrame')} ${text}`));
    expect(frame).toMatchObject({ role: 'other', payload: hex(text) });
  });
});

describe('what the two ends of a connection say to each other is no part of a stream', () => {
  const setDataFrame = amf0String('@setDataFrame');
  const names = ['streampumpPath', 'onStatus', '|RtmpSampleAccess'];
  const asHex = (text: string) => Buffer.from(text).toString('hex');
  const forms: readonly { readonly form: string; readonly wireOf: (name: string) => string }[] = [
    { form: 'short', wireOf: amf0String },
    { form: 'long', wireOf: (name) => `0c ${name.length.toString(16).padStart(8, '0')} ${asHex(name)}` },
    {
      form: 'of AMF3',
      wireOf: (name) => `11 06 ${(2 * name.length + 1).toString(16).padStart(2, '0')} ${asHex(name)}`,
    },
  ];
  const cases = names.flatMap((name) =>
    forms.map(({ form, wireOf }) => ({ name, form, wire: wireOf(name) })),
  );

  test.each(cases)('$name as a $form string', ({ wire }) => {
    const value = '0a 00000001 02 0001 62';
    for (const prefix of ['', setDataFrame]) {
      expect(flvFrame(dataAmf0, 0, hex(prefix + wire + value))).toBeUndefined();
      expect(flvFrame(dataAmf0, 0, hex(prefix + wire))).toBeUndefined();
      expect(flvFrame(dataAmf3, 0, hex(`00 ${prefix}${wire}${value}`))).toBeUndefined();
      expect(flvFrame(dataAmf3, 0, hex(prefix + wire + value))).toBeUndefined(); // its format was left out
    }
    const twice = hex(setDataFrame + setDataFrame + wire);
    expect([flvFrame(dataAmf0, 0, twice), flvFrame(dataAmf3, 0, twice)]).toEqual([undefined, undefined]);
  });

  test.each(['streampumppath', 'streampumpPaths', 'onStatu', 'RtmpSampleAccess'])('but %s is', (name) => {
    expect(flvFrame(dataAmf0, 0, hex(amf0String(name)))).toMatchObject({ kind: 'data', role: 'other' });
  });

  test('nor are such bytes in audio or video', () => {
    const wire = hex(amf0String('streampumpPath'));
    expect([flvFrame(audio, 0, wire)?.kind, flvFrame(video, 0, wire)?.kind]).toEqual(['audio', 'video']);
  });
});

test('never throws: any bytes are a frame or no part of a stream, and leave no byte out unless @setDataFrame stood there', () => {
  const prefixes = ['', `00${amf0String('@setDataFrame')}`, amf0String('@setDataFrame')].map(hex);
  fc.assert(
    fc.property(
      fc.constantFrom(audio, video, dataAmf0, dataAmf3),
      fc.constantFrom(...prefixes),
      fc.uint8Array({ maxLength: 64 }),
      (type, prefix, bytes) => {
        const payload = Buffer.concat([prefix, bytes]);
        const frame = flvFrame(type, 0, payload);
        if (prefix.length === 0 && frame !== undefined) expect(frame.payload).toBe(payload);
        if (frame?.role === 'header') expect(frame.headerKeys.length).toBeGreaterThan(0);
        if (frame?.role === 'coded') expect(frame.tracks.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 2_000 },
  );
});
