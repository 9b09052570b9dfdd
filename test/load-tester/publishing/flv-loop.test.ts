import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FlvLoop, type LoopMessage } from '../../../load-tester/publishing/flv-loop.ts';
import {
  encodeFlvFileHeader,
  FlvTagType,
  flvTagBytes,
  writeFlvTagHeader,
  writePreviousTagSize,
} from '../../../src/protocol/flv/flv-tag.ts';
import { media, wordFor } from '../../support/fake-media.ts';
import { bbbPath, bbbTags } from '../../support/media.ts';

/** An FLV file of these messages. */
function flvOf(script: string): Buffer {
  const tags = media(script).map(({ type, timestamp, payload }) => {
    const tag = Buffer.alloc(flvTagBytes(payload.length));
    writeFlvTagHeader(tag, 0, type as FlvTagType, timestamp, payload.length);
    payload.copy(tag, 11);
    writePreviousTagSize(tag, 11 + payload.length, payload.length);
    return tag;
  });
  return Buffer.concat([encodeFlvFileHeader({ audio: true, video: true }), ...tags]);
}

/** The first messages of a loop. */
function first(loop: FlvLoop, count: number): LoopMessage[] {
  const messages = loop.messages();
  return Array.from({ length: count }, () => messages.next().value as LoopMessage);
}

/** The same as words of a script. */
function firstWords(loop: FlvLoop, count: number): string {
  return first(loop, count)
    .map(({ type, atMs, payload }) => wordFor({ type, timestamp: atMs, payload }))
    .join(' ');
}

test('sends metadata and headers once, frames again and again, a frame apart', () => {
  const loop = new FlvLoop(flvOf('M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40 A2@33'));
  expect(firstWords(loop, 12)).toBe(
    'M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40 A2@33 K1@80 A1@90 P2@120 A2@113 K1@160',
  );
});

test('begins at once with a recording that begins late', () => {
  const loop = new FlvLoop(flvOf('VH1@0 K1@5000 P2@5040'));
  expect(firstWords(loop, 5)).toBe('VH1@0 K1@0 P2@40 K1@80 P2@120');
});

test('goes on with a single frame', () => {
  expect(firstWords(new FlvLoop(flvOf('AH1@0 A1@0')), 4)).toBe('AH1@0 A1@0 A1@33 A1@66');
});

test('has no end of the sequence in it, and no timestamp that goes back', () => {
  const last = new Map<FlvTagType, LoopMessage>();
  const frames = bbbTags().length;
  for (const message of first(new FlvLoop(readFileSync(bbbPath)), 4 * frames)) {
    expect(message.atMs).toBeGreaterThanOrEqual(last.get(message.type)?.atMs ?? 0);
    expect(message.payload.toString('hex')).not.toBe('1702000000');
    last.set(message.type, message);
  }
  // four rounds of 10 s
  expect(last.get(FlvTagType.video)?.atMs).toBeGreaterThan(39_000);
});

test('stamps frames that have room for it and nothing else', () => {
  const loop = new FlvLoop(flvOf('M1@0:90 VH1@0:90 AH1@0:90 K1@0:25 P2@40:24 A1@40:90'));
  const stamped = first(loop, 6).filter(({ stamped }) => stamped !== undefined);
  expect(stamped.map(({ payload }) => payload.length)).toEqual([25, 90]);
});

test('refuses a file without frames', () => {
  expect(() => new FlvLoop(flvOf('M1@0 VH1@0'))).toThrow(RangeError);
});
