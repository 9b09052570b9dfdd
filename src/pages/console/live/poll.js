// @ts-check

/** A round that took long is followed by a longer pause: the server has better things to do. */
const REST_FACTOR = 10;

/** Does something again and again: while a part of the page can be seen, and its server is there. */
export class Poll {
  #work;
  #everyMs;
  #isSeen = false;
  #isLive = false;
  /** Whether a round goes on, and whether another is wanted right after it. @type {'idle' | 'busy' | 'busy, again'} */
  #state = 'idle';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Element} part - of the page @param {number} everyMs @param {() => Promise<void>} work - what it rejects with is left to the next round */
  constructor(part, everyMs, work) {
    this.#work = work;
    this.#everyMs = everyMs;
    new IntersectionObserver(
      ([entry]) => {
        this.#isSeen = entry?.isIntersecting ?? false;
        this.#next(0);
      },
      { rootMargin: '200px' },
    ).observe(part);
    document.addEventListener('visibilitychange', () => this.#next(0));
  }

  /** @param {boolean} isLive - whether the server is there */
  setLive(isLive) {
    if (isLive === this.#isLive) return;
    this.#isLive = isLive;
    this.#next(0);
  }

  /** Does it as soon as may be. */
  hurry() {
    this.#next(0);
  }

  /** @param {number} delayMs */
  #next(delayMs) {
    clearTimeout(this.#timer);
    if (this.#isSeen && this.#isLive && !document.hidden)
      this.#timer = setTimeout(() => void this.#round(), delayMs);
  }

  async #round() {
    if (this.#state !== 'idle') {
      this.#state = 'busy, again';
      return;
    }
    this.#state = 'busy';
    const began = performance.now();
    await this.#work().catch(() => {});
    const restMs = Math.max(this.#everyMs, REST_FACTOR * (performance.now() - began));
    const isWanted = /** @type {string} */ (this.#state) === 'busy, again';
    this.#state = 'idle';
    this.#next(isWanted ? 0 : restMs);
  }
}
