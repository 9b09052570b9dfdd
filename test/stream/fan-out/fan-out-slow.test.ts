import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rtmpWireForm } from '../../../src/family/flv/rtmp-wire-form.ts';
import { FakeStudio } from '../../support/fake-studio.ts';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      kind: fc.constantFrom('K', 'P', 'P', 'A', 'A', 'VH', 'AH'),
      size: fc.constantFrom(20, 3000, 20_000, 90_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), bytes: fc.nat(300_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), isPaused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('change' as const), audio: fc.boolean(), video: fc.boolean() }),
  },
);

const isVideo = (word: string) => /^[KP]/.test(word);

test('property: whatever a player takes and asks for, it sees frames in order, each once, and no picture without what it needs', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 5), (steps, messageStreamId) => {
      const studio = new FakeStudio({
        fanOut: { maxBacklogBytes: 400_000, maxBacklogMs: 10_000, stallTimeoutMs: 600_000 },
      });
      const publisher = studio.publish();
      publisher.send('M0@0 VH0@0 AH0@0 K0@0:50000 P0@0:200000 P0@0:200000');
      const sent = ['K0@0', 'P0@0', 'P0@0'];
      const player = studio.player();
      player.isTaking = false;
      const formOf = (audio: boolean, video: boolean) => rtmpWireForm({ messageStreamId, audio, video });
      const play = studio.play(player, { form: formOf(true, true) });
      /** The header that was the latest when each picture was sent. */
      const needs = new Map([['K0@0', 'VH0']]);
      let header = 'VH0';
      steps.forEach((each, index) => {
        const number = index + 1;
        switch (each.do) {
          case 'send': {
            const word = `${each.kind}${number}@${number * 10}`;
            publisher.send(`${word}:${each.size}`);
            if (each.kind === 'VH') header = `VH${number}`;
            if (/^[KPA]\d/.test(word)) sent.push(word);
            if (isVideo(word)) needs.set(word, header);
            break;
          }
          case 'flush':
            studio.clock.advance(1);
            break;
          case 'take':
            player.take(each.bytes);
            break;
          case 'pause':
            play.pause(each.isPaused);
            break;
          case 'change':
            play.change(formOf(each.audio, each.video));
            break;
          default:
            each satisfies never;
        }
        expect(player.backlogBytes).toBeLessThan(2_000_000);
      });
      studio.clock.advance(1);
      for (let i = 0; i < 100; i++) player.take();
      let at = -1;
      let latest = '';
      let picture = -1;
      for (const word of player.seen.split(' ')) {
        if (word.startsWith('VH')) latest = word.replace(/@.*/, '');
        if (!/^[KPA]\d/.test(word)) continue;
        const next = sent.indexOf(word, at + 1);
        expect([word, next > at]).toEqual([word, true]);
        at = next;
        if (!isVideo(word)) continue;
        expect([word, latest]).toEqual([word, needs.get(word) ?? 'VH0']);
        const missed = sent.slice(picture + 1, at).filter(isVideo);
        if (!word.startsWith('K')) expect([word, missed]).toEqual([word, []]);
        picture = at;
      }
    }),
    { numRuns: 100 },
  );
});
