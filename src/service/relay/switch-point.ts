import { classifyFrame } from '../../stream/classify-frame.ts';
import { FrameType } from '../../stream/frame.ts';
import { PrefaceStore } from '../../stream/preface-store.ts';

/** A media message as an upstream sent it. */
export interface UpstreamMessage {
  readonly type: FrameType;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** Metadata and headers of a link that has not taken over yet, bytes. */
const MAX_PREFACE_BYTES = 16 * 2 ** 20;

/** Finds where a link can take over, and keeps what a decoder needs there: metadata, headers, and the frame itself. */
export class SwitchPoint {
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  #hasVideo = false;
  #last: UpstreamMessage | undefined;

  /** Takes a message of the link. @returns whether the link can take over at this one: at a keyframe, or at any audio without video */
  take(type: FrameType, timestamp: number, payload: Buffer): boolean {
    const frame = classifyFrame(type, timestamp, payload);
    if (frame.role === 'metadata' || frame.role === 'header') this.#prefaces.set(frame);
    if (type === FrameType.video) this.#hasVideo = true;
    const mayBegin = frame.role === 'coded' && (frame.isKeyframe || !this.#hasVideo);
    this.#last = mayBegin ? { type, timestamp, payload } : undefined;
    return mayBegin;
  }

  /** What the stream goes on with: metadata and headers, and the frame at which the link can take over if that was the last one. */
  *messages(): Generator<UpstreamMessage> {
    for (const { frame } of this.#prefaces.list) {
      yield { type: frame.type, timestamp: frame.timestamp, payload: frame.payload };
    }
    if (this.#last !== undefined) yield this.#last;
  }
}
