import type { StreamIntake } from '../stream-format.ts';
import type { UpstreamEvents } from './upstream.ts';
import type { UpstreamInput, UpstreamReader } from './upstream-input.ts';

/** What reads a stream that a server sends as a publisher would. `ended`: the stream is over, it says. */
export type ServedIntake = Pick<StreamIntake, 'push' | 'frames' | 'end'> & { readonly ended?: 'no' | 'over' };

/** Reads what an upstream sends as publishers send it, too. */
export class IntakeReader implements UpstreamReader {
  readonly #input: UpstreamInput;
  readonly #events: UpstreamEvents;
  readonly #intake: ServedIntake;

  constructor(input: UpstreamInput, events: UpstreamEvents, intake: ServedIntake) {
    this.#input = input;
    this.#events = events;
    this.#intake = intake;
  }

  push(bytes: Buffer): void {
    this.#intake.push(bytes);
  }

  tell(): void {
    for (const frame of this.#intake.frames()) {
      if (this.#input.isOver) return; // told to leave
      this.#events.onMedia(frame);
    }
    if (this.#intake.ended === 'over')
      this.#input.end({ kind: 'ended', description: 'the server has ended the stream' });
  }

  end(): void {
    this.#intake.end();
  }
}
