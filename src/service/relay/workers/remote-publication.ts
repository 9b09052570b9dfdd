import { classifyFrame } from '../../../stream/classify-frame.ts';
import type { FrameType } from '../../../stream/frame.ts';
import { PrefaceStore } from '../../../stream/preface-store.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication, PublishConflict } from '../../../stream/stream-registry.ts';
import type { PortedFrame } from './frame-port.ts';
import type { PeerPublication, PeerWorker } from './peer-worker.ts';

/** Metadata and headers of a publication, bytes: kept for the case that its home moves. */
const MAX_PREFACE_BYTES = 4 * 2 ** 20;

/** A publisher of this worker whose stream another worker keeps. It stays when that worker dies: the stream moves, the publisher does not. */
export class RemotePublication implements Publication {
  readonly key: string;
  readonly home: number;
  readonly #source: Source;
  readonly #prefaces = new PrefaceStore(MAX_PREFACE_BYTES);
  readonly #onOver: (publication: RemotePublication) => void;
  #target: PeerPublication | Publication | undefined;

  private constructor(key: string, home: number, source: Source, onOver: (over: RemotePublication) => void) {
    this.key = key;
    this.home = home;
    this.#source = source;
    this.#onOver = onOver;
  }

  /** Publishes to the home of the stream; resolves with its answer. */
  static open(
    key: string,
    home: number,
    peer: PeerWorker,
    source: Source,
    onOver: (over: RemotePublication) => void,
  ): Promise<RemotePublication | PublishConflict> {
    const publication = new RemotePublication(key, home, source, onOver);
    return new Promise((resolve) => {
      publication.#publishTo(peer, (conflict) =>
        resolve(conflict === undefined ? publication : { conflict }),
      );
    });
  }

  receive(type: FrameType, timestamp: number, payload: Buffer): void {
    const frame = classifyFrame(type, timestamp, payload);
    if (frame.role === 'metadata' || frame.role === 'header') this.#prefaces.set(frame);
    this.#give({ type, timestamp, payload });
  }

  leave(how: 'away' | 'ended' | 'lost'): void {
    this.#target?.leave(how === 'away' ? 'lost' : how);
    this.#target = undefined;
    this.#onOver(this);
  }

  announcePath(): void {}

  /** The home has moved to another worker. */
  moveToPeer(peer: PeerWorker): void {
    this.#publishTo(peer, (conflict) => {
      if (conflict !== undefined) this.#onReplaced(conflict);
    });
    this.#repeatPrefaces();
  }

  /** The home has moved to this worker. */
  moveHere(publish: (source: Source) => Publication | PublishConflict): void {
    const published = publish(this.#source);
    if ('conflict' in published) this.#onReplaced(published.conflict);
    else {
      this.#target = published;
      this.#repeatPrefaces();
    }
  }

  #publishTo(peer: PeerWorker, onPublished: (conflict: string | undefined) => void): void {
    this.#target = peer.publish(this.key, this.#source, {
      onPublished,
      onReplaced: (address) => this.#onReplaced(address),
    });
  }

  #onReplaced(address: string): void {
    this.#target = undefined;
    this.#onOver(this);
    this.#source.onReplaced({ address, onReplaced: () => {} });
  }

  #repeatPrefaces(): void {
    for (const { frame } of this.#prefaces.list) this.#give(frame);
  }

  #give({ type, timestamp, payload }: PortedFrame): void {
    const target = this.#target;
    if (target === undefined) return;
    if ('send' in target) target.send({ type, timestamp, payload });
    else target.receive(type, timestamp, payload);
  }
}
