import type { Frame } from '../../../stream/frame.ts';
import type { Publication } from '../../../stream/stream-registry.ts';

/** A stream as a pull publishes it, whichever link it comes from. */
export class PulledStream {
  readonly #attach: () => Publication;
  /** Undefined while no link brings it. */
  #publication: Publication | undefined;

  /** @param attach - makes the pull the source of the stream: anew for each link, which may go on where the one before was */
  constructor(attach: () => Publication) {
    this.#attach = attach;
  }

  /** Passes a frame of the current link on; the first one brings the stream. */
  pass(frame: Frame): void {
    this.#publication ??= this.#attach();
    this.#publication.receive(frame);
  }

  /** The current link is another one. @param frames - what it has brought so far */
  goOnWith(frames: Iterable<Frame>): void {
    this.#publication = undefined;
    for (const frame of frames) this.pass(frame);
  }

  /** The path of the current link has changed. */
  announcePath(): void {
    this.#publication?.announcePath();
  }

  /** No link brings it any more. @param how - `away`: another is looked for */
  leave(how: 'away' | 'ended'): void {
    const publication = this.#publication;
    this.#publication = undefined;
    publication?.leave(how);
  }
}
