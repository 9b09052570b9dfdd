import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FakeRelaySource, FakeStudio } from '../support/fake-studio.ts';

/** A frame of a programme: which track, how long after the one before it in that track, milliseconds, and its size. */
interface Piece {
  readonly track: 'audio' | 'video';
  readonly ms: number;
  readonly size: number;
}

const anyPiece = (sizes: readonly number[]): fc.Arbitrary<Piece> =>
  fc.record({
    track: fc.constantFrom('audio', 'video'),
    ms: fc.integer({ min: 1, max: 60 }),
    size: fc.constantFrom(...sizes),
  });

/** Words of a programme that begins with a keyframe. @param first - number of its first frame: no other programme has the same */
function wordsOf(pieces: readonly Piece[], first: number, keyframes: number): string[] {
  const at = { audio: 1005, video: 1000 };
  const words = [`K${first}@1000:90`, `A${first + 1}@1005:90`];
  for (const [i, { track, ms, size }] of pieces.entries()) {
    at[track] = Math.max(at[track] + ms, Math.max(at.audio, at.video) - 200);
    const letter = track === 'audio' ? 'A' : i % keyframes === keyframes - 1 ? 'K' : 'P';
    words.push(`${letter}${first + 2 + i}@${at[track]}:${size}`);
  }
  return words;
}

const bare = (words: readonly string[]): string[] => words.map((word) => word.replace(/:\d+$/, ''));

const isHeader = (word: string): boolean => /^(VH|AH)/.test(word);

/** Sends words in pieces, with time between them. */
function sendInPieces(
  studio: FakeStudio,
  source: FakeRelaySource,
  words: readonly string[],
  sizes: readonly number[],
) {
  for (let i = 0, at = 0; at < words.length; i++) {
    const next = at + (sizes[i % sizes.length] ?? 1);
    source.send(words.slice(at, next).join(' '));
    studio.clock.advance(3 * (next - at));
    at = next;
  }
}

/** What a player sees whose source is lost after `before`, and then brings `after`. */
function seenWith(before: readonly string[], after: readonly string[], sizes: readonly number[]) {
  const studio = new FakeStudio();
  const player = studio.join();
  const first = studio.attach();
  first.send(`VH1@0 AH1@0 ${before[0]}`);
  studio.clock.advance(100);
  first.send(before.slice(1).join(' '));
  studio.clock.advance(100);
  first.leave();
  studio.clock.advance(700);
  const second = studio.attach('another');
  second.send('VH1@0 AH1@0');
  sendInPieces(studio, second, after, sizes);
  studio.clock.advance(200);
  return player.seen.split(' ');
}

const anySizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const anyShift = fc.oneof(
  fc.integer({ min: -900, max: 100_000 }),
  fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1500, 2 ** 32 - 3000),
);

test('wherever a source is lost, and wherever and with whatever times the next begins, every frame comes once', () => {
  fc.assert(
    fc.property(
      fc.array(anyPiece([70, 300, 3000]), { minLength: 2, maxLength: 80 }),
      fc.nat(),
      fc.nat(),
      anyShift,
      anySizes,
      (pieces, lostAt, overlap, shift, sizes) => {
        const words = wordsOf(pieces, 10, 7);
        const lost = 1 + (lostAt % (words.length - 1));
        const begin = lost - 1 - (overlap % lost);
        const after = words
          .slice(begin)
          .map((word) => word.replace(/@(\d+)/, (_, time) => `@${(Number(time) + shift) >>> 0}`));
        const seen = seenWith(words.slice(0, lost), after, sizes);
        expect(seen.filter((word) => !isHeader(word))).toEqual(bare(words));
        expect(seen.filter(isHeader).map((word) => word.replace(/@.*/, ''))).toEqual(['VH1', 'AH1']);
      },
    ),
    { numRuns: 300 },
  );
});

test('another programme, whatever its times are, begins at a keyframe, and its times go on', () => {
  fc.assert(
    fc.property(
      fc.array(anyPiece([0, 70, 300]), { minLength: 2, maxLength: 60 }),
      fc.array(anyPiece([0, 70, 300]), { minLength: 2, maxLength: 60 }),
      fc.nat(),
      fc.nat(),
      fc.boolean(),
      anySizes,
      (some, others, lostAt, begin, isSilent, sizes) => {
        const silent = (words: string[]) =>
          isSilent ? words.map((word) => word.replace(/^A\d+(@\d+).*/, 'A0$1')) : words;
        const words = silent(wordsOf(some, 10, 7));
        const before = words.slice(0, 1 + (lostAt % words.length));
        const other = silent(wordsOf(others, 1000, 5));
        const seen = seenWith(before, other.slice(begin % other.length), sizes).filter(
          (word) => !isHeader(word),
        );
        expect(seen.slice(0, before.length)).toEqual(bare(before));
        const news = seen.slice(before.length);
        const firstVideo = news.find((word) => /^[KP]/.test(word));
        expect(firstVideo ?? 'K').toMatch(/^K/);
        const videoTimes = seen
          .filter((word) => /^[KP]/.test(word))
          .map((word) => Number(word.split('@')[1]));
        expect(videoTimes).toEqual([...videoTimes].sort((a, b) => a - b));
      },
    ),
    { numRuns: 300 },
  );
});
