import type { Frame } from '../../../stream/frame.ts';
import type { FrameTap } from '../../../stream/frame-taps.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { ResumePoint } from '../../../stream/resuming/resume-point.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import type { WaitingThere } from './messages.ts';
import type { FrameSender } from './passing/frame-sender.ts';
import type { PeerLink } from './passing/peer-link.ts';

/** What a copy of a stream has sent its players. */
export interface CopyTotals {
  readonly sentBytes: number;
  readonly droppedFrames: number;
}

/** Another worker that gets a stream whose home is here. */
export class Subscriber implements FrameTap {
  readonly key: string;
  path: readonly string[];
  resumePoint: ResumePoint | undefined;
  readonly #id: number;
  readonly #registry: StreamRegistry;
  readonly #link: PeerLink;
  readonly #sender: FrameSender;
  /** Whether what comes now was there before. */
  #isCatchingUp = true;

  /** @param link - to the worker that has subscribed */
  constructor(id: number, key: string, waiting: WaitingThere, registry: StreamRegistry, link: PeerLink) {
    this.key = key;
    this.path = waiting.path;
    this.resumePoint = waiting.resumePoint;
    this.#id = id;
    this.#registry = registry;
    this.#link = link;
    this.#sender = link.sender({ way: 'fromHome', id });
    registry.tap(key, this);
    this.#isCatchingUp = false;
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

  onBegin(path: readonly string[], goesOn = false): void {
    if (!goesOn) this.#sender.begin();
    const mayGoOn = this.#stream?.source?.mayGoOn === true;
    this.#link.post({ say: 'begin', id: this.#id, path, isCatchUp: this.#isCatchingUp, mayGoOn, goesOn });
  }

  onCaughtUp(): void {
    this.#sender.onCaughtUp();
    this.#link.post({ say: 'caught-up', id: this.#id });
  }

  onFrame(frame: Frame): void {
    const isSent = this.#sender.send(frame, this.#isCatchingUp);
    const stream = this.#stream;
    if (!isSent && stream !== undefined) stream.broadcast.totals.droppedFrames++;
  }

  onPath(path: readonly string[]): void {
    this.#link.post({ say: 'path', id: this.#id, path });
  }

  onAway(): void {
    this.#link.post({ say: 'away', id: this.#id });
  }

  onNotFound(): void {
    this.#link.post({ say: 'not-found', id: this.#id });
  }

  onEnd(): void {
    this.#link.post({ say: 'end', id: this.#id });
  }

  get #stream(): LiveStream | undefined {
    return this.#registry.get(this.key);
  }
}
