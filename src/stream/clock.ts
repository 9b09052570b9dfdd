/** Time as the stream core sees it: what is real in a relay and driven by hand in a test. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /**
   * Calls back once, `ms` milliseconds from now and never before `after` returned.
   * @returns a function which cancels it; harmless once it is done.
   */
  after(ms: number, callback: () => void): () => void;
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
  soon(callback) {
    setImmediate(callback);
  },
};
