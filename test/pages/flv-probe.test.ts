import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeFlvFileHeader, flvTagBytes, writeFlvTagHeader } from '../../src/protocol/flv/flv-tag.ts';
import { everySplit } from '../support/every-split.ts';
import { bbbPath } from '../support/media.ts';

interface Probe {
  readonly audio?: { readonly name: string; readonly type?: string };
  readonly video?: { readonly name: string; readonly type?: string };
  readonly isComplete: boolean;
  push(bytes: Uint8Array): void;
}

const file = new URL('../../src/pages/flv-probe.js', import.meta.url).href;
const { FlvProbe } = (await import(file)) as { readonly FlvProbe: new () => Probe };

/** A stream whose header announces these kinds, with one tag per payload: audio and video by their type. */
function flv(kinds: { audio: boolean; video: boolean }, tags: readonly [8 | 9 | 18, string][]): Buffer {
  const parts = tags.map(([type, hex]) => {
    const payload = Buffer.from(hex, 'hex');
    const tag = Buffer.alloc(flvTagBytes(payload.length));
    writeFlvTagHeader(tag, 0, type, 0, payload.length);
    payload.copy(tag, 11);
    return tag;
  });
  return Buffer.concat([encodeFlvFileHeader(kinds), ...parts]);
}

const both = { audio: true, video: true };

test('the codecs are known when each announced kind has come, wherever the bytes are cut', () => {
  const bytes = flv(both, [
    [18, '0200'],
    [9, '17000000001122'],
    [8, 'af001210'],
  ]);
  for (const parts of everySplit(bytes)) {
    const probe = new FlvProbe();
    expect(probe.isComplete).toBe(false);
    for (const part of parts) probe.push(part);
    expect([probe.video?.name, probe.audio?.name, probe.isComplete]).toEqual(['H.264', 'AAC', true]);
  }
});

test.each([
  { hex: '12aabb', name: 'Sorenson H.263', canBePlayed: false },
  { hex: '1c00000000', name: 'H.265 (HEVC)', canBePlayed: true },
  { hex: '9068766331', name: 'H.265 (HEVC)', canBePlayed: true },
  { hex: '9061763031', name: 'AV1', canBePlayed: true },
  { hex: '9076703039', name: 'VP9', canBePlayed: false },
  { hex: '907a7a7a7a', name: 'zzzz', canBePlayed: false },
  { hex: '1f', name: '15', canBePlayed: false },
])('video $hex is $name', ({ hex, name, canBePlayed }) => {
  const probe = new FlvProbe();
  probe.push(flv({ audio: false, video: true }, [[9, hex]]));
  expect(probe.isComplete).toBe(true);
  expect([probe.video?.name, probe.video?.type !== undefined]).toEqual([name, canBePlayed]);
});

test.each([
  { hex: '2f', name: 'MP3' },
  { hex: 'b2', name: 'Speex' },
  { hex: '904f707573', name: 'Opus' },
  { hex: '9061632d33', name: 'AC-3' },
])('audio $hex is $name', ({ hex, name }) => {
  const probe = new FlvProbe();
  probe.push(flv({ audio: true, video: false }, [[8, hex]]));
  expect([probe.isComplete, probe.audio?.name]).toEqual([true, name]);
});

test('empty tags, video commands and several tracks in one tag tell nothing; an unannounced kind does', () => {
  const probe = new FlvProbe();
  probe.push(
    flv({ audio: false, video: false }, [
      [9, ''],
      [9, '5700'],
      [9, '960068766331'],
      [8, ''],
    ]),
  );
  expect([probe.video, probe.audio, probe.isComplete]).toEqual([undefined, undefined, false]);
  probe.push(flv(both, [[9, '2701']]).subarray(13));
  expect([probe.video?.name, probe.isComplete]).toEqual(['H.264', true]);
});

test('a real file is read to its end', () => {
  const probe = new FlvProbe();
  const bytes = readFileSync(bbbPath);
  for (let at = 0; at < bytes.length; at += 1000) probe.push(bytes.subarray(at, at + 1000));
  expect([probe.video?.name, probe.audio?.name]).toEqual(['H.264', 'AAC']);
});
