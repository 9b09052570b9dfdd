import { type Clock, every } from '../../stream/clock.ts';

/** How often it is asked, milliseconds. */
const BEAT_MS = 2000;

/** What is heard of a heart. */
export interface HeartbeatEvents {
  /** It has not answered, so many times in a row by now. */
  onMissed(count: number): void;
  /** It answers again. */
  onBack(): void;
}

/** Asks again and again whether somebody is there, one question at a time. */
export class Heartbeat {
  readonly #stop: () => void;
  #isAsking = false;
  #missed = 0;
  #isOver = false;

  /** @param ping - rejects where there is no answer in time */
  constructor(clock: Clock, ping: () => Promise<void>, events: HeartbeatEvents) {
    this.#stop = every(clock, BEAT_MS, () => {
      if (!this.#isAsking) void this.#beat(ping, events);
    });
  }

  stop(): void {
    this.#isOver = true;
    this.#stop();
  }

  async #beat(ping: () => Promise<void>, { onMissed, onBack }: HeartbeatEvents): Promise<void> {
    this.#isAsking = true;
    const isThere = await ping().then(
      () => true,
      () => false,
    );
    this.#isAsking = false;
    if (this.#isOver) return;
    if (!isThere) onMissed(++this.#missed);
    else if (this.#missed > 0) {
      this.#missed = 0;
      onBack();
    }
  }
}
