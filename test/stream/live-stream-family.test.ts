import { expect, test } from 'vitest';
import { flvFamily } from '../../src/family/flv/flv-family.ts';
import type { WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { MediaFamily } from '../../src/stream/media-family.ts';
import { frames } from '../support/fake-media.ts';
import { FakeStudio, form } from '../support/fake-studio.ts';

const other: MediaFamily = { name: 'other' };
const otherForm: WireForm = { ...form.all, family: other };

/** Publishes what a script says as the other family. */
function publishOther(studio: FakeStudio, script: string): void {
  const answer = studio.registry.publish(studio.key, { address: 'other', onReplaced: () => {} });
  if ('conflict' in answer) throw new Error(answer.conflict);
  for (const frame of frames(script)) answer.receive({ ...frame, family: other });
}

test('a stream is of the family that its source sends, as long as it is live', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  expect(studio.registry.get(studio.key)?.family).toBeUndefined();
  publisher.send('VH1@0 K1@0');
  expect(studio.registry.get(studio.key)?.family).toBe(flvFamily);
  publisher.leave('lost');
  expect(studio.registry.get(studio.key)?.family).toBeUndefined();
});

test('players that wait for another family are let go as it begins, the others are started', () => {
  const studio = new FakeStudio();
  const [flv, strange] = [studio.join(), studio.join({ form: otherForm })];
  studio.publish().send('VH1@0 K1@0');
  expect([flv.calls, strange.calls]).toEqual([['start'], ['format']]);
});

test('a player that joins a live stream of another family is let go', () => {
  const studio = new FakeStudio();
  studio.publish().send('VH1@0 K1@0');
  expect(studio.join({ form: otherForm }).calls).toEqual(['format']);
});

test('a takeover by another family ends the players of the old one, and starts those of the new', () => {
  const studio = new FakeStudio();
  studio.publish().send('VH1@0 K1@0');
  const flv = studio.join();
  publishOther(studio, 'VH2@0 K2@0');
  const strange = studio.join({ form: otherForm });
  studio.flush();
  expect([flv.calls, strange.calls]).toEqual([['start', 'format'], ['start']]);
  expect([flv.seen, strange.seen]).toEqual(['VH1@0 K1@0', 'VH2@1 K2@1']);
  expect([studio.stream.family, studio.stream.broadcast.fanOut.playerCount]).toEqual([other, 1]);
});

test('a description has state, family, kinds and headers, and takes no seat', () => {
  const studio = new FakeStudio();
  expect(studio.registry.describe(studio.key)).toBeUndefined();
  const publisher = studio.publish();
  publisher.send('M1@0 VH1@0');
  const none = { state: 'starting', family: undefined, kinds: { audio: false, video: false }, prefaces: [] };
  expect(studio.registry.describe(studio.key)).toEqual(none);
  publisher.send('K1@0');
  const description = studio.registry.describe(studio.key);
  expect(description).toMatchObject({
    state: 'live',
    family: flvFamily,
    kinds: { audio: false, video: true },
  });
  expect(description?.prefaces.map(({ frame }) => frame.role)).toEqual(['metadata', 'header']);
  expect(studio.stream.broadcast.fanOut.playerCount).toBe(0);
});

test('packets are counted in the order in which they go out, headers are not', () => {
  const studio = new FakeStudio();
  const numbers: number[] = [];
  const packing = { ...form.all.packing };
  const noting: WireForm = {
    ...form.all,
    packing: {
      ...packing,
      write(target, at, frame, timestamp) {
        if (frame.role === 'coded' || frame.role === 'other') numbers.push(frame.number);
        return packing.write(target, at, frame, timestamp);
      },
    },
  };
  const publisher = studio.publish();
  publisher.send('VH1@0 AH1@0 K1@0 A1@0 T1@5 P1@40');
  studio.flush();
  studio.join({ form: noting });
  expect(numbers).toEqual([0, 1, 2, 3]);
  publisher.send('VH2@80 K2@80');
  studio.flush();
  expect(numbers).toEqual([0, 1, 2, 3, 4]);
});

test('where audio and video share packets, a player that is behind gets all until it gets nothing', () => {
  const studio = new FakeStudio({
    fanOut: { maxBacklogBytes: 1000, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 },
  });
  const answer = studio.registry.publish(studio.key, { address: 'mixed', onReplaced: () => {} });
  if ('conflict' in answer) throw new Error(answer.conflict);
  const send = (script: string): void => {
    for (const frame of frames(script)) answer.receive({ ...frame, kind: 'mixed' });
    studio.flush();
  };
  send('K1@0');
  const player = studio.join();
  studio.flush();
  player.isTaking = false;
  send('P1@40:700');
  send('P2@80:200');
  send('P3@120:200');
  send('P4@160');
  expect([player.seen, studio.stream.broadcast.fanOut.laggingCount]).toEqual(['K1@0 P1@40 P2@80 P3@120', 1]);
  player.take();
  send('P5@200 K6@240 P7@280');
  expect(player.seen).toBe('K1@0 P1@40 P2@80 P3@120 K6@240 P7@280');
  expect(studio.stream.broadcast.kinds).toEqual({ audio: true, video: true });
});
