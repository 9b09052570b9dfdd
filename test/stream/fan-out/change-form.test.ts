import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeStudio, form } from '../../support/fake-studio.ts';

type Wish = keyof typeof form;

const isVideo = (word: string) => /^(K|P|VH)/.test(word);
const isAudio = (word: string) => /^(A|AH)\d/.test(word);
const isPreface = (word: string) => /^(M|VH|AH)\d/.test(word);
const isCoded = (word: string) => /^[KPA]\d/.test(word);

/** Says, flush by flush, which frames a player that changes its wish is to get. */
class Expectation {
  wish: Wish;
  readonly words: string[] = [];
  #hasVideo = true;

  constructor(wish: Wish) {
    this.wish = wish;
  }

  flush(batch: readonly string[]): void {
    const wantsVideo = this.wish === 'all' || this.wish === 'video';
    const wantsAudio = this.wish === 'all' || this.wish === 'audio';
    const keyframe = batch.findLastIndex((word) => word.startsWith('K'));
    batch.forEach((word, i) => {
      if (isVideo(word) && !(wantsVideo && (this.#hasVideo || (keyframe >= 0 && i >= keyframe)))) return;
      if (isAudio(word) && !wantsAudio) return;
      this.words.push(word);
    });
    if (!batch.some(isCoded)) return;
    this.#hasVideo = wantsVideo && (this.#hasVideo || keyframe >= 0);
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      kind: fc.constantFrom('K', 'P', 'P', 'A', 'A', 'VH', 'AH', 'M', 'T'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      to: fc.constantFrom<Wish>('all', 'audio', 'video', 'none'),
    }),
  },
);

test('property: a player that changes what it wants between flushes gets exactly that, headers before what needs them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const studio = new FakeStudio();
      const publisher = studio.publish();
      publisher.send('M0@0 VH0@0 AH0@0 K0@0');
      const player = studio.player();
      const play = studio.play(player);
      studio.clock.advance(1);
      const expected = new Expectation('all');
      expected.words.push('K0@0');
      let pending: string[] = [];
      const flush = () => {
        studio.clock.advance(1);
        expected.flush(pending);
        pending = [];
      };
      /** The latest header that every frame needs. */
      const needs = new Map([['K0@0', 'VH0']]);
      const held = { VH: 'VH0', AH: 'AH0' };
      steps.forEach((each, i) => {
        if (each.do === 'flush') flush();
        else if (each.do === 'change') {
          play.change(form[each.to]);
          expected.wish = each.to;
        } else {
          const word = `${each.kind}${i + 1}@${(i + 1) * 10}`;
          publisher.send(word);
          if (each.kind === 'VH' || each.kind === 'AH') held[each.kind] = `${each.kind}${i + 1}`;
          if (isCoded(word)) needs.set(word, isVideo(word) ? held.VH : held.AH);
          if (!isPreface(word)) pending.push(word);
        }
      });
      flush();
      const seen = player.seen.split(' ');
      expect(seen.filter((word) => !isPreface(word))).toEqual(expected.words);
      const latest = { VH: '', AH: '' };
      for (const word of seen) {
        const [, name = '', number = ''] = /^([A-Z]+)(\d+)@/.exec(word) ?? [];
        if (name === 'VH' || name === 'AH') latest[name] = `${name}${number}`;
        const needed = needs.get(word);
        if (needed !== undefined)
          expect([word, isVideo(word) ? latest.VH : latest.AH]).toEqual([word, needed]);
      }
    }),
    { numRuns: 500 },
  );
});
