import type { MediaFormat } from '../../src/media-url.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../src/session/upstream/upstream.ts';
import { frames } from './fake-media.ts';

/** An upstream that says what the test wants. */
export class FakeUpstream implements Upstream {
  readonly url: string;
  readonly format: MediaFormat;
  readonly waiting: readonly string[];
  /** When it was opened, milliseconds of the test's clock. */
  readonly openedAt: number;
  readonly #events: UpstreamEvents;
  /** Whether it answers pings. */
  isAlive = true;
  isClosed = false;
  signsOfLife = 0;
  receivedBytes = 0;
  pings = 0;

  constructor(
    url: string,
    waiting: readonly string[],
    openedAt: number,
    events: UpstreamEvents,
    format: MediaFormat = 'flv',
  ) {
    this.url = url;
    this.format = format;
    this.waiting = waiting;
    this.openedAt = openedAt;
    this.#events = events;
  }

  ping(): void {
    this.pings++;
    if (this.isAlive) this.signsOfLife++;
  }

  close(): void {
    this.isClosed = true;
  }

  /** Accepts to send the stream. */
  start(path: readonly string[] = []): void {
    this.#events.onStart(path);
  }

  /** Sends a script of {@link frames}. */
  send(script: string): void {
    for (const frame of frames(script)) this.#events.onMedia(frame);
  }

  path(path: readonly string[]): void {
    this.#events.onPath(path);
  }

  dry(isDry: boolean): void {
    this.#events.onDry(isDry);
  }

  askToReconnect(url?: string): void {
    this.#events.onReconnectRequest(url);
  }

  end(kind: UpstreamEnd['kind'], description: string = kind, url?: string): void {
    this.#events.onEnd({ kind, description, ...(url === undefined ? {} : { url }) });
  }
}
