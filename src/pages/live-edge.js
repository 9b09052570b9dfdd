// @ts-check

/** How much is kept ready while all goes well, and at most, seconds. */
const CALM_TARGET = 0.7;
const MAX_TARGET = 3;

/** Every interruption makes the network look so much worse, every tick without one so much better. */
const WORSE = 1.5;
const BETTER = 0.999;

/** From so much above the target on, the picture runs faster, or jumps, seconds. */
const RUN_FROM = 0.4;
const JUMP_FROM = 4;

/** Speeds: so that it is hardly seen, and that nothing is heard but the speed. */
const FASTEST = 1.25;
const SLOWER = 0.95;

/** Over how long the newest picture is looked for that came without delay, milliseconds. */
const EDGE_WINDOW_MS = 15_000;

/** Keeps a video element near the end of what has arrived, and tells how near. */
export class LiveEdge {
  #video;
  #target = CALM_TARGET;
  /** Whether to go to the newest picture as soon as there is one. */
  #mustJump = true;
  #end = 0;
  /** Smallest differences between clock and newest picture, seconds: of this window and of the one before. */
  #offset = Number.POSITIVE_INFINITY;
  #formerOffset = Number.POSITIVE_INFINITY;
  #windowSince = 0;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** Seconds of media that wait to be shown. */
  get buffer() {
    return Math.max(0, this.#end - this.#video.currentTime);
  }

  /** Seconds from the newest picture of the relay to the one that is shown; undefined until known. */
  get delay() {
    const offset = Math.min(this.#offset, this.#formerOffset);
    if (!Number.isFinite(offset)) return undefined;
    return Math.max(this.buffer, performance.now() / 1000 - offset - this.#video.currentTime);
  }

  /** Another stream begins in the element. */
  reset() {
    this.#end = 0;
    this.#offset = this.#formerOffset = Number.POSITIVE_INFINITY;
    this.#mustJump = true;
  }

  /** What was missed is of no use. */
  jump() {
    this.#mustJump = true;
  }

  /** The element ran out of media while more was on its way. */
  onStall() {
    this.#target = Math.min(MAX_TARGET, this.#target * WORSE);
  }

  /** To be called a few times a second. */
  tick() {
    const { buffered } = this.#video;
    if (buffered.length === 0) return;
    this.#measure(buffered.end(buffered.length - 1));
    this.#target = Math.max(CALM_TARGET, this.#target * BETTER);
    if (this.#video.paused) return;
    if (this.#mustJump || this.buffer > this.#target + JUMP_FROM || this.#isBeforeGap(buffered)) {
      this.#mustJump = false;
      this.#jump(buffered);
    }
    this.#pace();
  }

  /** @param {number} end */
  #measure(end) {
    const now = performance.now();
    if (now - this.#windowSince > EDGE_WINDOW_MS) {
      this.#windowSince = now;
      this.#formerOffset = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
    }
    if (end !== this.#end) this.#offset = Math.min(this.#offset, now / 1000 - end);
    this.#end = end;
  }

  /** Whether there is media, but none where the picture stands. @param {TimeRanges} buffered */
  #isBeforeGap(buffered) {
    const { currentTime, readyState } = this.#video;
    return (
      readyState <= HTMLMediaElement.HAVE_CURRENT_DATA && buffered.start(buffered.length - 1) > currentTime
    );
  }

  /** @param {TimeRanges} buffered */
  #jump(buffered) {
    const start = buffered.start(buffered.length - 1);
    const place = Math.max(start + 0.01, this.#end - this.#target);
    if (place > this.#video.currentTime + 0.1) this.#video.currentTime = place;
  }

  #pace() {
    const surplus = this.buffer - this.#target;
    const { playbackRate } = this.#video;
    let rate = playbackRate;
    if (surplus > RUN_FROM) rate = Math.min(FASTEST, 1.05 + 0.05 * Math.floor(surplus));
    else if (surplus < -this.#target / 2) rate = SLOWER;
    else if (playbackRate > 1 ? surplus <= 0.1 : surplus >= -0.1) rate = 1;
    if (rate !== playbackRate) this.#video.playbackRate = rate;
  }
}
