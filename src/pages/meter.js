// @ts-check

/** Over how long rates are measured, milliseconds. */
const WINDOW_MS = 3000;
/** After a beginning, which brings what was kept for it, rates mean nothing for so long, milliseconds. */
const SETTLE_MS = 1000;

/**
 * @typedef {object} Sample
 * @property {number} at - milliseconds
 * @property {number} bytes
 * @property {number} frames
 * @property {number} time - of the media, seconds
 */

/** Measures what arrives and what is shown. */
export class Meter {
  #video;
  #bytes = 0;
  /** @type {Sample[]} */
  #samples = [];
  #since = 0;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.#video = video;
  }

  /** Begins anew: what comes has nothing to do with what was. */
  reset() {
    this.#samples = [];
    this.#since = performance.now();
  }

  /** @param {number} bytes */
  receive(bytes) {
    this.#bytes += bytes;
  }

  /** To be called a few times a second. */
  tick() {
    const at = performance.now();
    if (at - this.#since < SETTLE_MS) return;
    const frames = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    this.#samples.push({ at, bytes: this.#bytes, frames, time: this.#video.currentTime });
    while ((this.#samples[0]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** Bits a second that arrive; undefined until known. */
  get bitRate() {
    const span = this.#span();
    return span === undefined ? undefined : (span.bytes * 8) / (span.ms / 1000);
  }

  /** Frames in a second of media, however fast it is shown; undefined until known. */
  get frameRate() {
    const span = this.#span();
    // after a jump it cannot be told
    if (span === undefined || span.time < 0.5 || span.time > (span.ms / 1000) * 1.5) return undefined;
    return span.frames / span.time;
  }

  #span() {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 900) return undefined;
    const { at, bytes, frames, time } = first;
    return {
      ms: last.at - at,
      bytes: last.bytes - bytes,
      frames: last.frames - frames,
      time: last.time - time,
    };
  }
}
