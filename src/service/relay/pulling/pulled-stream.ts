import { Position, type SwitchPoint } from '../../../stream/claims/switch-point.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { Publication } from '../../../stream/stream-registry.ts';

/** After a link has gone on where another left off, what the other had sent already may come for this long, milliseconds. */
const OVERLAP_MS = 5000;

type State =
  | { readonly at: 'absent' }
  | {
      readonly at: 'there';
      readonly publication: Publication;
      /** How far it has come, by the current link's timestamps. */
      readonly position: Position;
      /** While the current link may send what another has sent already. */
      readonly overlap: Overlap | undefined;
    };

interface Overlap {
  /** Milliseconds of the clock. */
  readonly until: number;
  /** How far the current link has come. */
  readonly position: Position;
}

/** A stream as a pull publishes it, whichever link it comes from. */
export class PulledStream {
  readonly #clock: Clock;
  readonly #attach: () => Publication;
  #state: State = { at: 'absent' };

  /** @param attach - makes the pull the source of the stream */
  constructor(clock: Clock, attach: () => Publication) {
    this.#clock = clock;
    this.#attach = attach;
  }

  /** How far it has come; undefined when it is not there. */
  get position(): Position | undefined {
    return this.#state.at === 'there' ? this.#state.position : undefined;
  }

  /** Passes a frame of the current link on, unless the link before it has sent it already; the first one brings the stream. */
  pass(frame: Frame): void {
    const { publication, position, overlap } = this.#state.at === 'there' ? this.#state : this.#begin();
    if (overlap !== undefined && overlap.until > this.#clock.now()) {
      overlap.position.take(frame);
      if (position.hasPassed(frame, overlap.position)) return;
    }
    position.take(frame);
    publication.receive(frame);
  }

  /**
   * The current link is another one. Where it brings the same programme it goes on after the last frame that was passed on,
   * else at its keyframe, which may be yet to come.
   */
  goOnAt(at: SwitchPoint): void {
    const state = this.#state;
    if (state.at === 'there' && at.position.isBeside(state.position)) {
      const overlap = { until: this.#clock.now() + OVERLAP_MS, position: new Position() };
      this.#state = { ...state, overlap };
      for (const frame of at.group) this.pass(frame);
      state.publication.announcePath();
    } else {
      this.#state = { at: 'absent' };
      for (const frame of at.frames()) this.pass(frame);
    }
  }

  /** The path of the current link has changed. */
  announcePath(): void {
    if (this.#state.at === 'there') this.#state.publication.announcePath();
  }

  /** No link brings it any more. @param how - `away`: another is looked for */
  leave(how: 'away' | 'ended'): void {
    const state = this.#state;
    this.#state = { at: 'absent' };
    if (state.at === 'there') state.publication.leave(how);
  }

  #begin(): State & { readonly at: 'there' } {
    const publication = this.#attach();
    const state = { at: 'there', publication, position: new Position(), overlap: undefined } as const;
    this.#state = state;
    return state;
  }
}
