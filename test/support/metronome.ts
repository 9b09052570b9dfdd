import { media, wordFor } from './fake-media.ts';
import type { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';

/** Publishes a numbered frame every 20 ms, every 25th a keyframe. */
export class Metronome implements AsyncDisposable {
  readonly sent: string[] = [];
  /** Resolves when the relay has let go of it: it sends no more. */
  readonly gone: Promise<void>;
  readonly #publisher: TestPublisher;
  readonly #timer: NodeJS.Timeout;

  private constructor(publisher: TestPublisher) {
    this.#publisher = publisher;
    this.gone = publisher.ended.then(
      () => clearInterval(this.#timer),
      () => clearInterval(this.#timer),
    );
    publisher.sendMedia(...media('M1@0 VH1@0 AH1@0'));
    this.#timer = setInterval(() => {
      const number = this.sent.length;
      const kind = number % 25 === 0 ? 'K' : number % 2 === 0 ? 'P' : 'A';
      const messages = media(`${kind}${number}@${1000 + number * 20}:600`);
      this.sent.push(...messages.map(wordFor));
      publisher.sendMedia(...messages);
    }, 20);
  }

  static async start(port: number, key: string): Promise<Metronome> {
    return new Metronome(await TestPublisher.start(port, key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#publisher.cut();
  }
}

/** What a player saw, from its first keyframe on, beside what was sent from there on. */
export function compare(player: TestPlayer, sent: readonly string[]): { seen: string[]; expected: string[] } {
  const words = player.media.map(wordFor).filter((word) => !/^[AV]H/.test(word));
  return { seen: words, expected: sent.slice(sent.indexOf(words[0] ?? '')).slice(0, words.length) };
}
