import { MAX_PREFACE_BYTES, PrefaceStore } from '../../../stream/cache/preface-store.ts';
import { type Frame, isPreface, type PrefaceFrame } from '../../../stream/frame.ts';
import { ownMemory } from '../../../stream/own-memory.ts';
import type { Source, SourceLeft } from '../../../stream/source.ts';
import type { Publication, PublishConflict } from '../../../stream/stream-registry.ts';
import type { PeerWorker } from './peer-worker.ts';

/** Who has a stream that has moved, as long as that is not known. */
const ANOTHER = 'another worker';

/** A publisher of this worker whose stream another worker keeps. It stays when that worker dies: the stream moves, the publisher does not. */
export class RemotePublication implements Publication {
  readonly key: string;
  /** Resolves with the answer of the home of the stream. */
  readonly answer: Promise<RemotePublication | PublishConflict>;
  readonly #source: Source;
  /** For the case that its home moves. */
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  readonly #onOver: (publication: RemotePublication) => void;
  #target: Publication | undefined;
  #goesOnFrom: readonly PrefaceFrame[] | undefined;
  /** Whether what it sent counted at a home that is gone. */
  #counted = false;
  /** Set until the first answer. */
  #resolve: ((answer: RemotePublication | PublishConflict) => void) | undefined;

  /** @param onOver - called when it has left, was replaced or refused */
  constructor(key: string, source: Source, onOver: (over: RemotePublication) => void) {
    this.key = key;
    this.#source = source;
    this.#onOver = onOver;
    const { promise, resolve } = Promise.withResolvers<RemotePublication | PublishConflict>();
    this.answer = promise;
    this.#resolve = resolve;
  }

  get counts(): boolean {
    return this.#target?.counts ?? this.#counted;
  }

  get goesOnFrom(): readonly PrefaceFrame[] | undefined {
    return this.#goesOnFrom;
  }

  /** Whether it has found the home of its stream. */
  get isConnected(): boolean {
    return this.#target !== undefined;
  }

  receive(frame: Frame): void {
    if (isPreface(frame)) {
      ownMemory(frame);
      this.#prefaces.set(frame);
    }
    this.#target?.receive(frame);
  }

  leave(how: SourceLeft, onPaused?: () => void): void {
    if (this.#target === undefined) onPaused?.();
    else this.#target.leave(how, onPaused);
    this.#target = undefined;
    this.#onOver(this);
  }

  announcePath(): void {}

  /** Nobody waits for the answer any more: leaves at once, unless it is there. */
  giveUp(): void {
    if (this.#resolve === undefined) return;
    this.leave('lost');
    this.#onAnswer(undefined);
  }

  /** The home of the stream is another worker. */
  publishTo(peer: PeerWorker): void {
    const target = peer.publish(this.key, this.#source, {
      onPublished: (conflict, goesOnFrom) => {
        if (this.#target !== target) return;
        this.#goOnFrom(goesOnFrom);
        this.#onAnswer(conflict);
      },
      onReplaced: (address) => {
        if (this.#target === target) this.#onReplaced(address);
      },
    });
    this.#target = target;
    this.#repeatPrefaces();
  }

  /** The home of the stream is this worker now. */
  publishHere(publish: (source: Source) => Publication | PublishConflict): void {
    const { address, origin, series, path = [] } = this.#source;
    const published = publish({
      address,
      origin,
      series,
      path,
      onReplaced: (by) => this.#onReplaced(by.address),
    });
    const isConflict = 'conflict' in published;
    if (!isConflict) {
      this.#target = published;
      this.#goOnFrom(published.goesOnFrom);
    }
    this.#onAnswer(isConflict ? published : undefined);
    this.#repeatPrefaces();
  }

  /** The home of the stream is gone; there will be another. */
  disconnect(): void {
    this.#counted = this.counts;
    this.#target = undefined;
  }

  #onAnswer(conflict: PublishConflict | undefined): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    if (conflict === undefined) resolve?.(this);
    else if (resolve === undefined) this.#onReplaced(ANOTHER);
    else {
      this.#target = undefined;
      this.#onOver(this);
      resolve(conflict);
    }
  }

  /** What it was told first, it was told for good: its home may move, and then it is no series there. */
  #goOnFrom(prefaces: readonly PrefaceFrame[] | undefined): void {
    this.#goesOnFrom ??= prefaces;
    for (const preface of prefaces ?? []) this.#prefaces.set(preface);
  }

  #onReplaced(address: string): void {
    this.#target = undefined;
    this.#onOver(this);
    this.#source.onReplaced({ address, onReplaced: () => {} });
  }

  #repeatPrefaces(): void {
    for (const { frame } of this.#prefaces.list) this.#target?.receive(frame);
  }
}
