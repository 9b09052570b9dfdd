// @ts-check

/** Over how long rates are measured, milliseconds. */
const WINDOW_MS = 3000;
/** After a beginning, which brings what was kept for it, rates mean nothing for so long, milliseconds. */
const SETTLE_MS = 1000;

/** Measures what arrives and what is shown. */
export class Meter {
  #video;
  #bytes = 0;
  /** With the time of the media in seconds. @type {{ atMs: number, bytes: number, frames: number, time: number }[]} */
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
    const atMs = performance.now();
    if (atMs - this.#since < SETTLE_MS) return;
    const frames = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    this.#samples.push({ atMs, bytes: this.#bytes, frames, time: this.#video.currentTime });
    while ((this.#samples[0]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#samples.shift();
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
    if (first === undefined || last === undefined || last.atMs - first.atMs < 900) return undefined;
    return {
      ms: last.atMs - first.atMs,
      bytes: last.bytes - first.bytes,
      frames: last.frames - first.frames,
      time: last.time - first.time,
    };
  }
}
