import { hash } from 'node:crypto';
import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import { media } from './fake-media.ts';
import type { MediaMessage } from './test-client.ts';
import type { TestPlayer } from './test-player.ts';
import type { TestPublisher } from './test-publisher.ts';

/** How often it sends, milliseconds of the wall clock, and how many frames of video make a keyframe group. */
const PERIOD_MS = 5;
const GROUP = 8;

/** Sends one frame of video and one of audio each time, from when it is made. */
export class SteadyPublisher implements Disposable {
  readonly sent: MediaMessage[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(publisher: TestPublisher) {
    const send = (messages: readonly MediaMessage[]): void => {
      this.sent.push(...messages);
      publisher.sendMedia(...messages);
    };
    send(media('VH1@0 AH1@0'));
    let count = 0;
    this.#timer = setInterval(() => {
      const at = count * 40;
      send(media(`${count % GROUP === 0 ? 'K' : 'P'}${count}@${at} A${count}@${at + 20}`));
      count++;
    }, PERIOD_MS);
  }

  /** Sends nothing more; resolves when a player has the last frame. */
  async stop(player: TestPlayer): Promise<void> {
    this[Symbol.dispose]();
    const last = this.sent.at(-1);
    await player.waitFor(({ payload }) => last?.payload.equals(payload) === true);
  }

  /** What a player got, and what was sent from its first frame on: times and hashes of frames without headers. */
  gotAndSent(player: TestPlayer): readonly [got: readonly string[], sent: readonly string[]] {
    const got = framesOf(player.messages);
    const sent = framesOf(this.sent);
    return [got, sent.slice(sent.indexOf(got[0] ?? ''))];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Resolves when a player has got so many messages more. */
export async function more(player: TestPlayer, count: number): Promise<void> {
  const enough = player.messages.length + count;
  await player.waitFor(() => player.messages.length >= enough);
}

function framesOf(messages: readonly MediaMessage[]): string[] {
  return messages
    .filter(({ type, payload }) => type !== MessageType.dataAmf0 && payload[1] === 1)
    .map(({ type, timestamp, payload }) => `${type}@${timestamp} ${hash('sha256', payload)}`);
}
