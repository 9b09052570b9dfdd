import type { LiveStream } from '../../../stream/live-stream.ts';
import type { Follower } from '../../followers.ts';
import { Forward, type ForwardHost } from './forward.ts';

/** All forwards of a relay: each stream's are there while it is live. */
export class Forwards implements Follower {
  readonly #host: ForwardHost;
  readonly #urlsOf: (key: string) => readonly string[];
  readonly #forwards = new Map<LiveStream, readonly Forward[]>();

  /** @param urlsOf - where the stream of a key is to be published, without placeholders */
  constructor(host: ForwardHost, urlsOf: (key: string) => readonly string[]) {
    this.#host = host;
    this.#urlsOf = urlsOf;
  }

  *[Symbol.iterator](): Generator<Forward> {
    for (const forwards of this.#forwards.values()) yield* forwards;
  }

  /** Forwards that are at work stay. */
  onStreamLive(stream: LiveStream): void {
    const forwards = this.#forwards.get(stream) ?? [];
    if (forwards.length > 0 && forwards.every(({ isOver }) => !isOver)) return;
    for (const forward of forwards) forward.stop();
    const urls = this.#urlsOf(stream.key);
    if (urls.length === 0) return;
    this.#forwards.set(
      stream,
      urls.map((url) => new Forward(stream, url, this.#host)),
    );
  }

  onStreamMoved(stream: LiveStream): void {
    this.onStreamLive(stream);
  }

  onStreamEnded(stream: LiveStream): void {
    for (const forward of this.#forwards.get(stream) ?? []) forward.stop();
    this.#forwards.delete(stream);
  }
}
