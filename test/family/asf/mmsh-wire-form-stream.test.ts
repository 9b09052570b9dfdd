import { describe, expect, test } from 'vitest';
import { asfWireForm } from '../../../src/family/asf/asf-wire-form.ts';
import { mmshWireForm } from '../../../src/family/asf/mmsh-wire-form.ts';
import { MAX_ASF_HEADER_BYTES } from '../../../src/protocol/asf/asf-header.ts';
import { asfHeader, asfObject, audioStream, type MadeHeader, videoStream } from '../../support/asf-maker.ts';
import { AsfStudio } from '../../support/asf-studio.ts';
import { settings } from '../../support/fake-studio.ts';

const mmsh = mmshWireForm(false);
const { raw } = asfWireForm;
const sound: MadeHeader = { streams: [audioStream] };
const twoVideos: MadeHeader = { streams: [audioStream, videoStream, { number: 3, type: 'video' }] };

test('who is early begins with a key frame, and who is late with all since the latest', () => {
  const studio = new AsfStudio();
  const [early, earlyRaw] = [studio.join(mmsh), studio.join(raw)];
  const encoder = studio.publish();
  encoder.header();
  encoder.send(0, '1', '2 1', '2+ 1 2k', '2k+');
  encoder.send(100, '1 2', '2+ 1 2k 1+', '1+ 2k+', '3');
  const all = ['header', '0: 2k', '0: 2k+', '100: 1 2', '100: 2+ 1 2k 1+', '100: 1+ 2k+', '100: 3'];
  expect(early.news).toEqual(all);
  expect(earlyRaw.news).toEqual(all);
  const [late, lateRaw] = [studio.join(mmsh), studio.join(raw)];
  encoder.send(200, '1 2');
  const group = ['header', '100: 2k', '100: 1+ 2k+', '100: 3', '200: 1 2'];
  expect(late.news).toEqual(group);
  expect(lateRaw.news).toEqual(group);
});

test('two players side by side get the same bytes, packet numbers and all', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  encoder.header();
  encoder.send(0, '2k', '1');
  const first = studio.join(mmsh);
  encoder.send(100, '2', '2k', '1');
  const second = studio.join(mmsh);
  encoder.send(200, '2', '1');
  expect(second.bytes.at(-1)).toBe(first.bytes.at(-1));
  const bytes = [first, second].map((player) => Buffer.concat(player.bytes));
  const key = 3 * 412; // the packets since the latest key frame, each with its headers
  expect(bytes[0]?.subarray(-key - 412)).toEqual(bytes[1]?.subarray(-key - 412));
  expect(bytes[1]?.subarray(-412 + 4, -412 + 12).toString('hex')).toBe('0600000000069801');
});

test('sound alone begins where an object does', () => {
  const studio = new AsfStudio();
  const early = studio.join(mmsh);
  const encoder = studio.publish();
  encoder.header(sound);
  encoder.send(0, '1+ 1', '1');
  const [late, lateRaw] = [studio.join(mmsh), studio.join(raw)];
  encoder.send(100, '1+ 1 1', '1+');
  expect(early.news).toEqual(['header', '0: 1', '0: 1', '100: 1+ 1 1', '100: 1+']);
  expect(late.news).toEqual(['header', '100: 1 1', '100: 1+']);
  expect(lateRaw.news).toEqual(['header', '100: 1 1', '100: 1+']);
});

test('pictures are counted, not the packets that they lie in', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  encoder.header();
  encoder.send(0, '2k', '2k+', '2 2 1', '2+ 1', '1');
  expect(studio.registry.get('streams/a')?.broadcast.totals.videoFrames).toBe(3);
});

test('scripts alone are played', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  encoder.header({ streams: [{ number: 3, type: 'command' }] });
  const player = studio.join(mmsh);
  encoder.send(0, '3k', '3');
  expect(player.news).toEqual(['header', '0: 3k', '0: 3']);
});

describe('another header', () => {
  test('with the same streams is a change for relays, and nothing for players', () => {
    const studio = new AsfStudio();
    const encoder = studio.publish();
    encoder.header();
    const players = [mmshWireForm(false, 'relay'), mmsh, mmshWireForm(false, 'no video'), raw].map((form) =>
      studio.join(form),
    );
    encoder.send(0, '2k', '1');
    for (const player of players) player.news;
    encoder.header({ fileId: 'ab'.repeat(16), extra: [asfObject('ff'.repeat(16), Buffer.alloc(9))] });
    encoder.send(100, '2k 1');
    expect(players[0]?.news).toEqual(['change', 'header', '100: 2k 1']);
    for (const player of players.slice(1)) expect(player.news).toEqual(['100: 2k 1']);
    expect(studio.join(raw).news).toEqual(['header', '100: 2k 1']);
  });

  test.each([
    { what: 'other streams', made: sound, word: '1' },
    { what: 'another packet size', made: { packetBytes: 500 }, word: '2k' },
  ])('with $what ends everybody who has begun, behind what is on the way', ({ made, word }) => {
    const studio = new AsfStudio();
    const encoder = studio.publish();
    encoder.header();
    encoder.send(0, '2k');
    const players = [studio.join(mmsh), studio.join(raw)];
    encoder.packet({ sendTimeMs: 50, payloads: [{ stream: 1 }] });
    encoder.header(made);
    encoder.send(100, word);
    for (const player of players) expect(player.news).toEqual(['header', '0: 2k', '50: 1', '(format)']);
  });
});

test('a takeover goes on in time, from the key frame of the new source', () => {
  const studio = new AsfStudio();
  const one = studio.publish();
  one.header();
  one.send(0, '2k', '1 2');
  const [player, playerRaw] = [studio.join(mmsh), studio.join(raw)];
  const other = studio.publish();
  other.header({ fileId: 'ab'.repeat(16) });
  studio.clock.advance(40);
  other.send(70_000, '1 2', '2+ 1 2k', '1');
  expect(player.news).toEqual(['header', '0: 2k', '0: 1 2', '140: 2k', '140: 1']);
  expect(playerRaw.news).toEqual(['header', '0: 2k', '0: 1 2', '140: 2k', '140: 1']);
});

test('a takeover goes on behind all that the last packet covers', () => {
  const studio = new AsfStudio();
  const one = studio.publish();
  one.header();
  one.send(0, '2k');
  one.packet({ sendTimeMs: 40, durationMs: 900, payloads: [{ stream: 2 }] });
  const player = studio.join(raw);
  const other = studio.publish();
  other.header();
  other.send(0, '2k');
  expect(player.news.at(-1)).toBe('941: 2k');
});

describe('a slow player', () => {
  const limits = { fanOut: { ...settings.fanOut, maxBacklogBytes: 4000 } };
  test('loses whole packets up to the next key frame', () => {
    const studio = new AsfStudio(limits);
    const encoder = studio.publish();
    encoder.header();
    const player = studio.join(mmsh);
    encoder.send(0, '1 2k');
    player.isTaking = false;
    for (let i = 1; i < 20; i++) encoder.send(i, '1 2');
    player.take();
    player.isTaking = true;
    encoder.send(20, '1 2', '2+ 1 2k', '1 2');
    encoder.send(21, '1 2');
    const news = player.news;
    expect(news.slice(0, 2)).toEqual(['header', '0: 2k']);
    expect(news.slice(-3)).toEqual(['20: 2k', '20: 1 2', '21: 1 2']);
    expect(news.length).toBeLessThan(16);
    expect(news).not.toContain('20: 2+ 1 2k');
  });

  test('keeps its audio where packets allow that', () => {
    const studio = new AsfStudio(limits);
    const encoder = studio.publish();
    encoder.header();
    const player = studio.join(mmsh);
    encoder.send(0, '2k');
    player.isTaking = false;
    for (let i = 1; i < 6; i++) encoder.send(i, '1', '2');
    player.take();
    player.isTaking = true;
    encoder.send(6, '1', '2', '2k');
    const news = player.news;
    expect(news.filter((word) => word.endsWith(': 1'))).toHaveLength(6);
    expect(news).not.toContain('6: 2');
    expect(news.at(-1)).toBe('6: 2k');
  });
});

test('who has switched off the first video stream begins with a key frame of the second', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  encoder.header(twoVideos);
  encoder.send(0, '2k', '3', '2 3k 1', '3');
  const second = mmshWireForm(false, { videoStream: 3 });
  const late = studio.join(second);
  expect(late.news).toEqual(['header', '0: 3k 1', '0: 3']);
  encoder.send(100, '2k');
  const waiting = studio.join(second);
  encoder.send(200, '2 3', '1 3k');
  expect(waiting.news).toEqual(['header', '200: 3k']);
});

test('who wants no video gets the packets that have more than that', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  encoder.header();
  const player = studio.join(mmshWireForm(false, 'no video'));
  encoder.send(0, '2k', '1', '1 2', '2', '3');
  expect(player.news).toEqual(['header', '0: 1', '0: 1 2', '0: 3']);
});

test('a header of 1 MiB is kept for those who come late', () => {
  const studio = new AsfStudio();
  const encoder = studio.publish();
  const room = MAX_ASF_HEADER_BYTES - asfHeader().length - 24;
  encoder.header({ extra: [asfObject('ff'.repeat(16), Buffer.alloc(room))] });
  encoder.send(0, '2k');
  expect(studio.join(mmsh).news).toEqual(['header', '0: 2k']);
});
