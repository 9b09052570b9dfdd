import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Publication } from '../../src/stream/stream-registry.ts';
import { frameOf } from '../support/fake-media.ts';
import type { FakePlayer } from '../support/fake-player.ts';
import { FakeStudio, settings } from '../support/fake-studio.ts';

/** What the source does: sends a word, or time passes in which what is on its way comes, or the link between the relays changes. */
type Step =
  | { readonly does: 'send'; readonly words: string }
  | { readonly does: 'wait'; readonly ms: number }
  /** So many messages come over the link. */
  | { readonly does: 'carry'; readonly messages: number }
  | { readonly does: 'lose' | 'connect' };

/** A publisher, a relay, another that pulls from it, and a player of that one. */
class Chain {
  readonly #upstream = new FakeStudio();
  readonly #downstream = new FakeStudio();
  readonly #publisher = this.#upstream.publish();
  readonly #player = this.#downstream.join();
  #link: { readonly player: FakePlayer; readonly stop: () => void; carried: number } | undefined;
  #publication: Publication | undefined;

  take(step: Step): void {
    if (step.does === 'send') this.#publisher.send(step.words);
    else if (step.does === 'wait') this.wait(step.ms);
    else if (step.does === 'carry') this.#carry(step.messages);
    else if (step.does === 'lose') this.lose();
    else this.connect();
  }

  wait(ms: number): void {
    for (const { clock } of [this.#upstream, this.#downstream]) clock.advance(ms);
  }

  connect(): void {
    if (this.#link !== undefined) return;
    const player = this.#upstream.player(true);
    const resume = this.#downstream.registry.get(this.#downstream.key)?.resumePoint;
    const { stop } = this.#upstream.play(player, { resume });
    this.#link = { player, stop, carried: 0 };
  }

  lose(): void {
    this.#link?.stop();
    this.#link = undefined;
    this.#publication?.leave('away');
    this.#publication = undefined;
  }

  /** Lets everything come. */
  settle(): void {
    for (let i = 0; i < 20; i++) {
      this.wait(settings.maxDelayMs);
      this.#carry(Number.POSITIVE_INFINITY);
    }
  }

  /** What the player has seen. */
  get seen(): string[] {
    return this.#player.seen.split(' ');
  }

  #carry(messages: number): void {
    const link = this.#link;
    if (link === undefined) return;
    for (const message of link.player.messages.slice(link.carried, link.carried + messages)) {
      link.carried++;
      this.#publication ??= this.#downstream.registry.attach(this.#downstream.key, {
        address: 'upstream',
        mayGoOn: true,
        onReplaced: () => {},
      });
      this.#publication.receive(frameOf(message));
    }
  }
}

/** The next piece of a programme, and how long after the one before, milliseconds; 0 is silence or a picture like the one before. */
interface Piece {
  readonly kind: 'K' | 'P' | 'A' | 'T' | 'header' | 'metadata';
  readonly ms: number;
  readonly size: number;
  readonly isAlike: boolean;
}

/** The words of a programme, which begins with a keyframe and audio. */
function* programme(pieces: readonly Piece[]): Generator<string> {
  let [videoAt, audioAt, number] = [1000, 1005, 10];
  yield `VH1@${videoAt} AH1@${videoAt} K1@${videoAt}:90 A2@${audioAt}`;
  for (const { kind, ms, size, isAlike } of pieces) {
    number++;
    const id = isAlike ? 0 : number;
    if (kind === 'A') {
      audioAt = Math.max(audioAt + ms, videoAt - 500);
      yield `A${id}@${audioAt}:${size}`;
    } else if (kind === 'T') yield `T${number}@${Math.max(videoAt, audioAt)}`;
    else {
      videoAt = Math.max(videoAt + ms, audioAt - 500);
      if (kind === 'header') yield `VH${number}@${videoAt} K${number}@${videoAt}:${size}`;
      else if (kind === 'metadata') yield `M${number}@${videoAt} K${number}@${videoAt}:${size}`;
      else yield `${kind}${id}@${videoAt}:${size}`;
    }
  }
}

const anyPiece: fc.Arbitrary<Piece> = fc.record({
  kind: fc.constantFrom('K', 'P', 'P', 'P', 'A', 'A', 'A', 'T', 'header', 'metadata'),
  ms: fc.constantFrom(0, 1, 20, 23, 40, 120),
  size: fc.constantFrom(0, 0, 70, 200, 4000),
  isAlike: fc.boolean(),
});

/** What happens between two words. */
const anyEvent: fc.Arbitrary<Step | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('wait'), ms: fc.integer({ min: 0, max: 200 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('carry'), messages: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'lose' }) },
  { weight: 2, arbitrary: fc.constant({ does: 'connect' }) },
);

/** Words without what was not said of sizes; headers and metadata without their times, which are those of the frames behind them. */
const bare = (words: readonly string[]): string[] =>
  words.map((word) => word.replace(/:\d+$/, '').replace(/^(M|VH|AH)(\d+)@\d+$/, '$1$2'));

const isPreface = (word: string) => /^(M|VH|AH)/.test(word);

test('whenever the link between two relays is lost, players get every frame once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPiece, anyEvent), { minLength: 5, maxLength: 120 }), (steps) => {
      const chain = new Chain();
      chain.connect();
      const sent: string[] = [];
      let i = 0;
      for (const words of programme(steps.map(([piece]) => piece))) {
        chain.take({ does: 'send', words });
        sent.push(...words.split(' '));
        const event = i === 0 ? undefined : steps[i - 1]?.[1];
        if (i === 0) chain.settle();
        if (event !== undefined) chain.take(event);
        i++;
      }
      chain.connect();
      chain.settle();
      expect(bare(chain.seen).filter((word) => !isPreface(word))).toEqual(
        bare(sent).filter((word) => !isPreface(word)),
      );
      expect(bare(chain.seen).filter(isPreface)).toEqual(bare(sent).filter(isPreface));
    }),
    { numRuns: 300 },
  );
});
