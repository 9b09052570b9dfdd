import { expect, test } from 'vitest';
import { amfObject, EcmaArray, propertiesOf } from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { FlvTagType } from '../../../src/protocol/flv/flv-tag.ts';
import { FlvFormat } from '../../../src/recording/format/flv-format.ts';
import { flvMetadataIn } from '../../../src/recording/format/flv-head.ts';
import { flvPlacesIn } from '../../../src/recording/format/flv-places.ts';
import { MAX_PLACES } from '../../../src/recording/format/start-index.ts';
import type { RecordedFrame } from '../../../src/recording/link/store-link.ts';
import { flvTags } from '../../support/media.ts';

const base = { kind: 'video', tag: FlvTagType.video, timestamp: 0, isKeyframe: false } as const;

function video(timestamp: number, isKeyframe = false): RecordedFrame {
  const payload = Buffer.from([isKeyframe ? 0x17 : 0x27, 1, 0, 0, 0, timestamp & 0xff]);
  return { ...base, role: 'coded', timestamp, isKeyframe, payload };
}

function audio(timestamp: number): RecordedFrame {
  const payload = Buffer.from([0xaf, 1, timestamp & 0xff]);
  return { ...base, kind: 'audio', tag: FlvTagType.audio, role: 'coded', timestamp, payload };
}

function header(timestamp: number, last = 0): RecordedFrame {
  return { ...base, role: 'header', timestamp, payload: Buffer.from([0x17, 0, 0, 0, 0, last]) };
}

function metadata(properties: Record<string, unknown>, timestamp = 0): RecordedFrame {
  const values = new EcmaArray(amfObject(properties as Record<string, string>));
  const payload = encodeAmf0('onMetaData', values);
  return { ...base, kind: 'data', tag: FlvTagType.script, role: 'metadata', timestamp, payload };
}

/** A file of these frames: prefaces come before the first coded one. */
function fileOf(frames: readonly RecordedFrame[]): { format: FlvFormat; file: Buffer } {
  const first = frames.findIndex(({ role }) => role === 'coded');
  const format = FlvFormat.of(frames.slice(0, first));
  for (const frame of frames.slice(0, first)) if (frame.role !== 'metadata') format.take(frame);
  const pieces = frames.slice(first).map((frame) => {
    format.take(frame);
    return format.drain();
  });
  return { format, file: Buffer.concat([format.head(), ...pieces]) };
}

function factsIn(file: Buffer): Record<string, unknown> {
  const [tag] = flvTags(file);
  const [name, facts] = decodeAmf0(tag?.payload ?? Buffer.alloc(0));
  expect(name).toBe('onMetaData');
  return propertiesOf(facts);
}

test('a file begins at 0 wherever its stream is, across the wrap of its times', () => {
  const at = 2 ** 32 - 40;
  const frames = [header(7), audio(at), video(at, true), audio(at - 10), video(4), video(44)];
  const { file, format } = fileOf(frames);
  const [, ...tags] = flvTags(file);
  expect(tags.map(({ timestamp }) => timestamp)).toEqual([0, 0, 0, 0, 44, 84]);
  expect(format.facts).toEqual({ durationMs: 124, hasVideo: true, bytes: file.length });
  expect(factsIn(file)).toMatchObject({
    duration: 0.124,
    lasttimestamp: 0.084,
    filesize: file.length,
    hasVideo: true,
    hasAudio: true,
  });
});

test('the index leads to keyframes, its first place to the headers', () => {
  const frames = [header(0), ...Array.from({ length: 100 }, (_, at) => video(at * 40, at % 25 === 0))];
  const { file, format } = fileOf(frames);
  const { timesMs, offsets } = flvPlacesIn(file.subarray(0, format.headBytes));
  expect(timesMs).toEqual([0, 0, 1000, 2000, 3000]);
  expect(offsets[0]).toBe(format.headBytes);
  expect(offsets.slice(1).map((offset) => file[offset + 11])).toEqual([0x17, 0x17, 0x17, 0x17]);
  expect(offsets.slice(1).map((offset) => file.readUIntBE(offset + 4, 3))).toEqual([0, 1000, 2000, 3000]);
});

test('a head keeps its length, and an index that gets too long is thinned evenly', () => {
  const { format, file } = fileOf([header(0), video(0, true)]);
  const before = format.head().length;
  for (let at = 1; at < 10_000; at++) {
    format.take(video(at * 100, true));
    format.drain();
  }
  expect(format.head().length).toBe(before);
  expect(before).toBe(format.headBytes);
  expect(file.subarray(0, 3).toString()).toBe('FLV');
  const { timesMs } = flvPlacesIn(format.head());
  expect(timesMs.length).toBeGreaterThan(MAX_PLACES / 3);
  expect(timesMs.length).toBeLessThan(MAX_PLACES);
  expect(timesMs.at(-1)).toBeGreaterThan(990_000);
  const steps = timesMs.slice(2).map((time, at) => time - (timesMs[at + 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(800);
});

test('without video a player can begin every five seconds', () => {
  const { format } = fileOf(Array.from({ length: 1000 }, (_, at) => audio(at * 23)));
  expect(format.places.timesMs).toEqual([0, 5014, 10028, 15042, 20056]);
  expect(format.facts.hasVideo).toBe(false);
});

test('metadata of the source is kept where it is no claim about the file, and only so much', () => {
  const { file } = fileOf([
    metadata({ duration: 99, filesize: 5, keyframes: amfObject({}), encoder: 'Lavf', width: 320, '': 1 }),
    video(0, true),
  ]);
  expect(factsIn(file)).toMatchObject({ duration: 0, filesize: file.length, encoder: 'Lavf', width: 320 });

  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`name${at}`, 'x'.repeat(1000)]));
  const hostile = fileOf([metadata({ ...many, huge: 'y'.repeat(65_000) }), video(0, true)]);
  expect(hostile.format.headBytes).toBeLessThan(100_000);
  expect(Object.keys(factsIn(hostile.file)).length).toBeGreaterThan(20);

  const wild = fileOf([
    { ...metadata({}), payload: Buffer.from('0200036f6e4d08ffffffff', 'hex') },
    video(0, true),
  ]);
  expect(factsIn(wild.file)).toMatchObject({ hasVideo: true });
});

test('metadata that changes is a tag with time 0, and once is enough', () => {
  const frames = [
    metadata({ title: 'a' }),
    video(0, true),
    metadata({ title: 'a' }, 5),
    metadata({ title: 'b' }, 9),
  ];
  const scripts = flvTags(fileOf(frames).file).filter(({ type }) => type === FlvTagType.script);
  expect(scripts.map(({ timestamp }) => timestamp)).toEqual([0, 0]);
  expect(decodeAmf0(scripts[1]?.payload ?? Buffer.alloc(0))[1]).toMatchObject({ properties: { title: 'b' } });
});

test('headers that change within a file are remembered', () => {
  const { format, file } = fileOf([header(0), video(0, true), header(40, 1), video(40, true)]);
  const [offset = 0] = format.places.headerOffsets;
  expect(format.places.headerOffsets).toHaveLength(1);
  expect(file[offset + 16]).toBe(1);
});

test('data of AMF3 goes as the AMF0 that is in it', () => {
  const said = encodeAmf0('onCuePoint', 'x');
  const data: RecordedFrame = {
    ...base,
    kind: 'data',
    role: 'other',
    tag: 15,
    timestamp: 10,
    payload: Buffer.concat([Buffer.from([0]), said]),
  };
  const tag = flvTags(fileOf([video(0, true), data]).file).at(-1);
  expect(tag).toMatchObject({ type: FlvTagType.script, timestamp: 10 });
  expect(tag?.payload).toEqual(said);
});

test('all of the first tag is AMF0: a reader that takes every value of it finds nothing wrong', () => {
  const { file, format } = fileOf([video(0, true)]);
  const values = decodeAmf0(flvMetadataIn(file.subarray(0, format.headBytes)));
  expect(values.map((value) => typeof value)).toEqual(['string', 'object', 'string']);
});
