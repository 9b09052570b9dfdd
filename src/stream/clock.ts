/** Time as the stream core sees it: what is real in a relay and driven by hand in a test. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /**
   * Calls back once, `ms` milliseconds from now and never before `after` returned.
   * @returns a function which cancels it; harmless once it is done.
   */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once, as soon as what runs now has returned. */
  next(callback: () => void): void;
  /** Calls back once, as soon as what has already been received is read. */
  soon(callback: () => void): void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  next: queueMicrotask,
  soon(callback) {
    setImmediate(callback);
  },
};

/**
 * Calls back again and again, `ms` milliseconds after each call and never before `every` returned.
 * @param callback - told how late it is called, milliseconds
 * @returns a function which ends it
 */
export function every(clock: Clock, ms: number, callback: (latenessMs: number) => void): () => void {
  let stop: () => void;
  const schedule = (): void => {
    const dueAt = clock.now() + ms;
    stop = clock.after(ms, () => {
      schedule();
      callback(clock.now() - dueAt);
    });
  };
  schedule();
  return () => stop();
}
