import { crc32 } from 'node:zlib';
import { FlvTagReader } from '../../../src/protocol/flv/flv-tag-reader.ts';
import { bbbTags } from '../media.ts';
import type { TestPublisher } from '../test-publisher.ts';
import type { SteadyPublisher } from './steady-stream.ts';

/** How long the film is that is published over and over, milliseconds. */
const FILM_MS = 10_000;

interface Message {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** Coded audio or video in a word that no other frame has; headers, which every player gets at its own time, have none. */
export function flvWordOf({ type, timestamp, payload }: Message): string | undefined {
  const isCoded = (type === 8 || type === 9) && payload[1] !== 0;
  return isCoded ? `${type}@${timestamp}:${crc32(payload)}` : undefined;
}

/** Publishes real media over RTMP at its own pace. */
export class SteadyFilm implements SteadyPublisher {
  readonly #publisher: TestPublisher;
  readonly #film = bbbTags();
  #sent = 0;

  constructor(publisher: TestPublisher) {
    this.#publisher = publisher;
  }

  sendDue(nowMs: number): string[] {
    const words: string[] = [];
    for (;;) {
      const round = Math.floor(this.#sent / this.#film.length);
      const tag = this.#film[this.#sent % this.#film.length];
      if (tag === undefined) return words;
      const timestamp = round * FILM_MS + tag.timestamp;
      if (timestamp > nowMs) return words;
      this.#sent++;
      const message = { type: tag.type, timestamp, payload: tag.payload };
      const word = flvWordOf(message);
      if (round > 0 && word === undefined) continue; // headers once
      if (word !== undefined) words.push(word);
      this.#publisher.sendMedia(message as Parameters<TestPublisher['sendMedia']>[0]);
    }
  }

  cut(): Promise<void> {
    return this.#publisher.cut();
  }
}

/** The words of the tags in bytes that come. */
export class TagWords {
  readonly words: string[] = [];
  readonly #reader = new FlvTagReader({ maxTagBytes: 16 * 2 ** 20 });

  push(bytes: Buffer): void {
    this.#reader.push(bytes);
    for (const tag of this.#reader.tags()) {
      const word = flvWordOf(tag);
      if (word !== undefined) this.words.push(word);
    }
  }
}
