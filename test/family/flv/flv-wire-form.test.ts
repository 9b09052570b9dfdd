import { expect, test } from 'vitest';
import { FlvMessageType } from '../../../src/family/flv/flv-family.ts';
import { flvNotice, flvWireForm } from '../../../src/family/flv/flv-wire-form.ts';
import { prologueOf, type WireForm } from '../../../src/stream/fan-out/wire-form.ts';
import { frameOf, frames } from '../../support/fake-media.ts';
import { packFrames } from '../../support/pack-frames.ts';

const { raw, chunked, webSocket } = flvWireForm;
const hex = (text: string) => text.replaceAll(' ', '');

function enveloped({ envelope }: WireForm, ...parts: Buffer[]): Buffer {
  if (envelope === undefined) throw new Error('the form has no envelope');
  return Buffer.concat(envelope(parts));
}

test('all forms share one packing, so that a batch is packed once', () => {
  expect(chunked.packing).toBe(raw.packing);
  expect(webSocket.packing).toBe(raw.packing);
  expect([raw, chunked, webSocket].map(({ protocol }) => protocol)).toEqual([
    'http-flv',
    'http-flv',
    'ws-flv',
  ]);
});

test.each([
  { what: 'audio', script: 'A7@4660', wire: '08 000006 001234 00 000000 af01 00000007 00000011' },
  { what: 'video', script: 'P7@0', wire: '09 000009 000000 00 000000 2701000000 00000007 00000014' },
  {
    what: 'a time over 24 bits',
    script: 'A7@4293844428',
    wire: '08 000006 eeddcc ff 000000 af01 00000007 00000011',
  },
  {
    what: 'two tags, one behind the other',
    script: 'A1@0 A2@23',
    wire: '08 000006 000000 00 000000 af01 00000001 00000011 08 000006 000017 00 000000 af01 00000002 00000011',
  },
])('packs $what', ({ script, wire }) => {
  expect(packFrames(raw.packing, frames(script)).toString('hex')).toBe(hex(wire));
});

test('packs metadata as a script tag', () => {
  const [frame] = frames('M1@5');
  const bytes = packFrames(raw.packing, frames('M1@5'));
  expect(bytes[0]).toBe(18);
  expect(bytes.subarray(11, -4)).toEqual(frame?.payload);
});

test('leaves out type 15 data, which FLV has no tag for', () => {
  const text = Buffer.from('0002000a6f6e4d65746144617461', 'hex');
  const amf3 = frameOf({ type: FlvMessageType.dataAmf3, timestamp: 0, payload: text });
  expect(raw.packing.includes(amf3)).toBe(false);
  expect(packFrames(raw.packing, [...frames('A1@0'), amf3, ...frames('A2@0')])).toEqual(
    packFrames(raw.packing, frames('A1@0 A2@0')),
  );
});

test('puts a notice into what each transport puts around it', () => {
  const notice = (form: WireForm) => flvNotice(form, Buffer.from('ab', 'hex')).toString('latin1');
  const tag = Buffer.from('1200000100000000737061ab0000000c', 'hex').toString('latin1');
  expect([raw, chunked, webSocket].map(notice)).toEqual([tag, `10\r\n${tag}\r\n`, `\x82\x10${tag}`]);
});

test.each([
  { size: 1, head: '1\r\n' },
  { size: 15, head: 'f\r\n' },
  { size: 16, head: '10\r\n' },
  { size: 70_000, head: '11170\r\n' },
])('a chunk of $size bytes', ({ size, head }) => {
  const bytes = Buffer.alloc(size, 0xab);
  expect(enveloped(chunked, bytes)).toEqual(Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')]));
});

test('a WebSocket message', () => {
  expect(enveloped(webSocket, Buffer.from('abcd', 'hex')).toString('hex')).toBe('8202abcd');
});

test('parts are one chunk or message, and are not copied', () => {
  const parts = [Buffer.from('ab', 'hex'), Buffer.from('cd', 'hex')] as const;
  expect(enveloped(chunked, ...parts)).toEqual(enveloped(chunked, Buffer.from('abcd', 'hex')));
  expect(enveloped(webSocket, ...parts)).toEqual(enveloped(webSocket, Buffer.from('abcd', 'hex')));
  for (const { envelope } of [chunked, webSocket]) expect(envelope?.(parts)).toContain(parts[1]);
});

test.each([
  { kinds: { audio: true, video: true }, flags: '05' },
  { kinds: { audio: true, video: false }, flags: '04' },
  { kinds: { audio: false, video: true }, flags: '01' },
])('begins with a header that names the kinds: $kinds', ({ kinds, flags }) => {
  const header = hex(`464c56 01 ${flags} 00000009 00000000`);
  expect(prologueOf(raw, kinds).toString('hex')).toBe(header);
  expect(prologueOf(chunked, kinds).toString('latin1')).toContain('d\r\nFLV');
  expect(prologueOf(webSocket, kinds).toString('hex')).toBe(`820d${header}`);
});
