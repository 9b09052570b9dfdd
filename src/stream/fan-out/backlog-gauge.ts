/** How far behind a player may fall. */
export interface BacklogLimits {
  readonly maxBacklogBytes: number;
  readonly maxBacklogMs: number;
}

/**
 * Measures how far behind a player is that has a backlog: how many bytes, how old the oldest, and since when nothing moved.
 * Made when a backlog shows and thrown away when it is gone, so that players who keep up cost nothing.
 */
export class BacklogGauge {
  #accepted: number;
  #takenBytes: number;
  #progressAt: number;
  /** For each write since: how much had been accepted after it, and when that was. */
  readonly #marks: { readonly accepted: number; readonly at: number }[];

  /** @param takenBytes - what the socket has taken in its life */
  constructor(backlogBytes: number, takenBytes: number, now: number) {
    this.#accepted = backlogBytes;
    this.#takenBytes = takenBytes;
    this.#progressAt = now;
    this.#marks = [{ accepted: backlogBytes, at: now }];
  }

  /** When the socket was last seen to have taken something, milliseconds of the clock. */
  get progressAt(): number {
    return this.#progressAt;
  }

  /** Notes bytes that were written to the player, or wait for it. */
  accept(bytes: number, now: number): void {
    this.#accepted += bytes;
    this.#marks.push({ accepted: this.#accepted, at: now });
  }

  /** Notes how large the backlog is now; how much of the limits it uses up: 1 and more is too much. */
  pressure(backlogBytes: number, now: number, limits: BacklogLimits): number {
    const ageMs = this.ageMs(backlogBytes, now);
    return Math.max(backlogBytes / limits.maxBacklogBytes, ageMs / limits.maxBacklogMs);
  }

  /** Notes how large the backlog is now; how old the oldest of it is, milliseconds. */
  ageMs(backlogBytes: number, now: number): number {
    const taken = this.#accepted - backlogBytes;
    let done = 0;
    while (done < this.#marks.length && (this.#marks[done]?.accepted ?? 0) <= taken) done++;
    if (done > 0) this.#marks.splice(0, done);
    return now - (this.#marks[0]?.at ?? now);
  }

  /** Notes what the socket has taken in its life; how long that has been so much, milliseconds: as far as was looked at. */
  idleMs(takenBytes: number, now: number): number {
    if (takenBytes !== this.#takenBytes) {
      this.#takenBytes = takenBytes;
      this.#progressAt = now;
    }
    return now - this.#progressAt;
  }
}
