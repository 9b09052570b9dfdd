import type { Clock } from '../../src/stream/clock.ts';
import type { PlayEndReason, Player } from '../../src/stream/player.ts';

/** A player of any form that takes all that it is sent at once. */
export class BytePlayer implements Player {
  readonly isRelay = false;
  readonly backlogBytes = 0;
  readonly takenBytes = 0;
  readonly #clock: Clock;
  #bytes: Buffer[] = [];
  #end: PlayEndReason | '' = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What it was sent since the last look. */
  look(): Buffer {
    const bytes = Buffer.concat(this.#bytes);
    this.#bytes = [];
    return bytes;
  }

  /** Why it is off its stream, if it is since the last look. */
  lookAtEnd(): PlayEndReason | '' {
    const end = this.#end;
    this.#end = '';
    return end;
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    this.#bytes.push(Buffer.from(bytes));
    if (onTaken !== undefined) this.#clock.next(onTaken);
  }

  onStart(): void {}

  onEnd(reason: PlayEndReason): void {
    this.#end = reason;
  }
}
