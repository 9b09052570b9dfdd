import { expect } from 'vitest';
import { media, wordFor } from './fake-media.ts';
import type { TestRelay } from './start-relay.ts';
import { TestPlayer } from './test-player.ts';
import { TestPublisher } from './test-publisher.ts';

/** A publisher and a player who mind their own business while others misbehave. */
export class Witness implements AsyncDisposable {
  readonly #publisher: TestPublisher;
  readonly #player: TestPlayer;
  readonly #sent: string[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(publisher: TestPublisher, player: TestPlayer) {
    this.#publisher = publisher;
    this.#player = player;
    this.#send('VH1@0 AH1@0 K1@0');
    this.#timer = setInterval(() => this.#sendNext(), 20);
  }

  /** Begins to publish and play `quiet/witness`. */
  static async start(relay: TestRelay): Promise<Witness> {
    const player = TestPlayer.play(relay.port('rtmp'), 'quiet/witness');
    await relay.log.waitFor('play', { stream: 'quiet/witness' });
    return new Witness(await TestPublisher.start(relay.port('rtmp'), 'quiet/witness'), player);
  }

  /** Holds the relay to it that the player got every frame that the publisher has sent, and gets more. */
  async expectUndisturbed(): Promise<void> {
    this.#sendNext();
    const count = this.#sent.length;
    await this.#player.mediaOf(count);
    const seen = this.#player.media.slice(0, count).map(wordFor);
    expect(seen).toEqual(this.#sent.slice(0, count));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#publisher.cut(), this.#player.cut()]);
  }

  #sendNext(): void {
    const number = this.#sent.length;
    this.#send(`${number % 50 === 0 ? 'K' : 'P'}${number}@${number * 20}:800`);
  }

  #send(script: string): void {
    const messages = media(script);
    this.#sent.push(...messages.map(wordFor));
    this.#publisher.sendMedia(...messages);
  }
}
