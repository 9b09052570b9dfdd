import type { Frame } from '../../../stream/frame.ts';
import type { FrameTap } from '../../../stream/frame-taps.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import { type FrameRoute, FrameSender } from './frame-port.ts';
import type { ToPeer } from './messages.ts';

/** What a copy of a stream has sent its players. */
export interface CopyTotals {
  readonly sentBytes: number;
  readonly droppedFrames: number;
}

/** What a subscriber needs of the worker that keeps the stream. */
export interface SubscriberHost extends FrameRoute {
  readonly registry: StreamRegistry;
  post(message: ToPeer): void;
}

/** Another worker that gets a stream whose home is here. */
export class Subscriber implements FrameTap {
  readonly key: string;
  path: readonly string[];
  readonly #id: number;
  readonly #host: SubscriberHost;
  readonly #sender: FrameSender;
  /** Whether what comes now was there before. */
  #isCatchingUp = true;

  constructor(id: number, key: string, path: readonly string[], host: SubscriberHost) {
    this.key = key;
    this.path = path;
    this.#id = id;
    this.#host = host;
    this.#sender = new FrameSender(host, (frames) => host.post({ say: 'frames', id, frames }));
    host.registry.tap(key, this);
    this.#isCatchingUp = false;
  }

  /** It has taken so many bytes. */
  onTaken(bytes: number): void {
    this.#sender.onTaken(bytes);
  }

  /** It does not want the stream any more, or is gone. @param totals - what it has sent its players */
  leave({ sentBytes, droppedFrames }: CopyTotals = { sentBytes: 0, droppedFrames: 0 }): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const { totals } = stream.broadcast;
    totals.sentBytes += sentBytes;
    totals.sentElsewhere += sentBytes;
    totals.droppedFrames += droppedFrames;
    stream.untap(this);
  }

  onBegin(path: readonly string[]): void {
    this.#sender.begin();
    this.#host.post({ say: 'begin', id: this.#id, path, isCatchUp: this.#isCatchingUp });
  }

  onCaughtUp(): void {
    this.#sender.onCaughtUp();
    this.#host.post({ say: 'caught-up', id: this.#id });
  }

  onFrame(frame: Frame): void {
    const isSent = this.#sender.send(frame, this.#isCatchingUp);
    const stream = this.#stream;
    if (!isSent && stream !== undefined) stream.broadcast.totals.droppedFrames++;
  }

  onPath(path: readonly string[]): void {
    this.#host.post({ say: 'path', id: this.#id, path });
  }

  onAway(): void {
    this.#sender.flush();
    this.#host.post({ say: 'away', id: this.#id });
  }

  onNotFound(): void {
    this.#host.post({ say: 'not-found', id: this.#id });
  }

  onEnd(): void {
    this.#sender.flush();
    this.#host.post({ say: 'end', id: this.#id });
  }

  get #stream(): LiveStream | undefined {
    return this.#host.registry.get(this.key);
  }
}
