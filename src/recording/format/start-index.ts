/** More places are thinned out: an hour with a keyframe in each second, bytes in a head for 64 KiB. */
export const MAX_PLACES = 3600;

/** Without video a player can begin anywhere: so far are its places apart, milliseconds. */
const AUDIO_GAP_MS = 5000;

/** Where players can begin. When there are too many places, every second one goes, and of those to come as many. */
export class StartIndex {
  readonly timesMs: number[] = [];
  readonly offsets: number[] = [];
  /** Of so many places that come one is kept. */
  #stride = 1;
  #skipped = 0;

  /** A place where a decoder can begin. @param timeMs - not before that of the last place */
  add(timeMs: number, offset: number): void {
    if (this.timesMs.length > 0 && ++this.#skipped < this.#stride) return;
    this.#skipped = 0;
    this.timesMs.push(timeMs);
    this.offsets.push(offset);
    if (this.timesMs.length === MAX_PLACES) this.#thin();
  }

  /** A place in a file without video: kept some seconds after the last one. */
  addAudio(timeMs: number, offset: number): void {
    const last = this.timesMs.at(-1);
    if (last === undefined || timeMs >= last + AUDIO_GAP_MS) this.add(timeMs, offset);
  }

  #thin(): void {
    this.#stride *= 2;
    for (const list of [this.timesMs, this.offsets]) {
      const kept = list.filter((_, at) => at % 2 === 0);
      list.splice(0, list.length, ...kept);
    }
  }
}
