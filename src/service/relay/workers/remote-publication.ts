import { type CacheLimits, KeyframeGroup } from '../../../stream/cache/keyframe-group.ts';
import { type Frame, isPreface, type PrefaceFrame } from '../../../stream/frame.ts';
import { ownMemory } from '../../../stream/own-memory.ts';
import { KeptFrames, type KeptPlace } from '../../../stream/resuming/kept-frames.ts';
import type { ResumePoint } from '../../../stream/resuming/resume-point.ts';
import type { Source, SourceLeft } from '../../../stream/source.ts';
import type { Publication, PublishConflict } from '../../../stream/stream-registry.ts';
import type { HomeAnswer, PeerWorker } from './peer-worker.ts';

/** Who has a stream that has moved, as long as that is not known. */
const ANOTHER = 'another worker';

/**
 * A publisher of this worker whose stream another worker keeps. It stays when that worker dies: the stream moves, the publisher does
 * not, and what the streams of other workers may not have got is sent again.
 */
export class RemotePublication implements Publication {
  readonly key: string;
  /** Resolves with the answer of the home of the stream. */
  readonly answer: Promise<RemotePublication | PublishConflict>;
  readonly #source: Source;
  readonly #limits: CacheLimits;
  /** For the case that its home moves; not any more where that is this worker. */
  readonly #kept: KeyframeGroup;
  #isKeeping = true;
  readonly #onOver: (publication: RemotePublication) => void;
  #target: Publication | undefined;
  #holds: HomeAnswer = {};
  /** Whether the present home has to be given what another one had. */
  #isBehind = false;
  /** Whether what it sent counted at a home that is gone. */
  #counted = false;
  /** Set until the first answer. */
  #resolve: ((answer: RemotePublication | PublishConflict) => void) | undefined;

  /**
   * @param limits - of what is kept
   * @param onOver - called when it has left, was replaced or refused
   */
  constructor(key: string, source: Source, limits: CacheLimits, onOver: (over: RemotePublication) => void) {
    this.key = key;
    this.#source = source;
    this.#limits = limits;
    this.#kept = new KeyframeGroup(limits);
    this.#kept.wantPast();
    this.#onOver = onOver;
    const { promise, resolve } = Promise.withResolvers<RemotePublication | PublishConflict>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  get counts(): boolean {
    return this.#target?.counts ?? this.#counted;
  }

  get goesOnFrom(): readonly PrefaceFrame[] | undefined {
    return this.#holds.goesOnFrom;
  }

  get resumePoint(): ResumePoint | undefined {
    return this.#holds.resumePoint;
  }

  /** Whether it has found the home of its stream. */
  get isConnected(): boolean {
    return this.#target !== undefined;
  }

  receive(frame: Frame): void {
    if (this.#isKeeping) this.#keep(frame);
    if (!this.#isBehind) this.#target?.receive(frame);
  }

  leave(how: SourceLeft, onPaused?: () => void): void {
    if (this.#target === undefined) onPaused?.();
    else this.#target.leave(how, onPaused);
    this.#end();
  }

  announcePath(): void {}

  /** Nobody waits for the answer any more: leaves at once, unless it is there. */
  giveUp(): void {
    if (this.#resolve === undefined) return;
    this.leave('lost');
    this.#onAnswer({});
  }

  /** The home of the stream is another worker. */
  publishTo(peer: PeerWorker): void {
    const target = peer.publish(this.key, this.#asSource(), {
      onPublished: (answer) => {
        if (this.#target !== target) return;
        this.#onAnswer(answer);
        if (!('conflict' in answer)) this.#catchUp(answer, (frames) => target.repeat(frames));
      },
      onReplaced: (address) => {
        if (this.#target === target) this.#onReplaced(address);
      },
      onRecording: (...told) => this.#source.recording?.onState?.(...told),
    });
    this.#target = target;
  }

  /** The home of the stream is this worker now. */
  publishHere(publish: (source: Source) => Publication | PublishConflict): void {
    const published = publish({ ...this.#asSource(), onReplaced: (by) => this.#onReplaced(by.address) });
    if ('conflict' in published) {
      this.#onAnswer(published);
      return;
    }
    this.#target = published;
    this.#onAnswer(published);
    this.#catchUp(published, (frames) => {
      for (const frame of frames) published.receive(frame);
    });
    this.#keepNothing();
  }

  /** The home of the stream is gone; there will be another. */
  disconnect(): void {
    this.#counted = this.counts;
    this.#target = undefined;
    this.#isBehind = true;
  }

  #keep(frame: Frame): void {
    if (isPreface(frame)) ownMemory(frame);
    this.#kept.take(frame, frame.role === 'coded' && frame.isKeyframe && this.#limits.resumeMs > 0);
  }

  #keepNothing(): void {
    this.#isKeeping = false;
    this.#kept.clear();
  }

  /** What it has sent may be elsewhere, by the home that it has lost. */
  #asSource(): Source {
    const { address, origin, series, recording, path = [], mayGoOn = false } = this.#source;
    const hasMoved = this.#kept.hasFrames;
    const own = { address, origin, series, recording, path };
    return { ...own, mayGoOn: mayGoOn || hasMoved, onReplaced: () => {} };
  }

  #onAnswer(answer: HomeAnswer | PublishConflict): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (!('conflict' in answer)) {
      if (resolve !== undefined) this.#holds = answer; // it was told that for good
      for (const preface of answer.goesOnFrom ?? []) this.#kept.take(preface, false);
      resolve?.(this);
    } else if (resolve === undefined) this.#onReplaced(ANOTHER);
    else {
      this.#end();
      resolve(answer);
    }
  }

  #catchUp({ resumePoint }: HomeAnswer, repeat: (frames: Iterable<Frame>) => void): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    const kept = new KeptFrames(this.#kept.sections);
    const place = placeToRepeat(kept, resumePoint);
    if (place === undefined) repeat(this.#kept.prefaces.map(({ frame }) => frame));
    else repeat(kept.from(place));
  }

  #onReplaced(address: string): void {
    this.#end();
    this.#source.onReplaced({ address, onReplaced: () => {} });
  }

  #end(): void {
    this.#target = undefined;
    this.#keepNothing();
    this.#onOver(this);
  }
}

/**
 * Where a home begins that has a stream anew: where it is, or where others are, else at the keyframe before the latest, as all that
 * follows may be missing somewhere.
 */
function placeToRepeat(kept: KeptFrames, point: ResumePoint | undefined): KeptPlace | undefined {
  const place = point && (kept.placeOf(point) ?? kept.placeOf(point, false));
  if (place !== undefined) return place;
  const { length } = kept.sections;
  return length === 0 ? undefined : { section: Math.max(0, length - 2), index: 0 };
}
