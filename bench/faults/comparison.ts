import type { SeenFrame } from './seen-frame.ts';

/** What can be wrong with a frame that came, by what the source sent. */
export const oddities = ['doubled', 'disordered', 'shifted', 'unknown'] as const;
/** Came before; came after a later one; stands at another time than it would by the frame before it; was never sent. */
export type Oddity = (typeof oddities)[number];

/** How often something was wrong. */
export type Losses = Readonly<Record<Oddity | 'missing', number>>;

/** How much later than at the source a frame came. */
export interface Delay {
  /** When it came, by `performance.now`. */
  readonly atMs: number;
  readonly delayMs: number;
}

/** A frame that comes earlier than at the source, or stands at another time, gets so long for the source to have it, milliseconds. */
const PATIENCE_MS = 2000;

/** Holds what a player at the end of a chain gets against what a player at its source gets, frame by frame, as they come. */
export class Comparison {
  /** Of each frame that came and was sent, for the first time. */
  readonly delays: Delay[] = [];
  /** What was wrong, and when that was seen. */
  readonly #odd: { readonly what: Oddity; readonly atMs: number }[] = [];
  /** Places in the source of frames that have not come, and when a later one came. */
  readonly #missing = new Map<number, number>();
  readonly #shifts = new Set<number>();
  readonly #source: readonly SeenFrame[];
  readonly #seen: readonly SeenFrame[];
  readonly #placesOf = new Map<string, number[]>();
  /** Places of frames that came in this life of the player. */
  #came = new Set<number>();
  #indexed = 0;
  #compared = 0;
  /** Place of the latest frame that came; -1 before the first that both have. */
  #latest = -1;
  #latestOfLife = -1;
  #shift = 0;
  #life = 0;

  /** @param source - what came at the source, which grows @param seen - what came at the end, which grows */
  constructor(source: readonly SeenFrame[], seen: readonly SeenFrame[]) {
    this.#source = source;
    this.#seen = seen;
  }

  /** Looks at what has come since. @param nowMs - by `performance.now`; infinite: nothing more comes at the source */
  advance(nowMs: number): void {
    for (; this.#indexed < this.#source.length; this.#indexed++) this.#index(this.#indexed);
    for (; this.#compared < this.#seen.length; this.#compared++) {
      const frame = this.#seen[this.#compared] as SeenFrame;
      const place = this.#placeOf(frame);
      const isCertain = place !== undefined && this.#farness(frame, place) === 0;
      if (!isCertain && nowMs - frame.atMs < PATIENCE_MS) return;
      if (place !== undefined) this.#onFrame(frame, place);
      else if (this.#latest >= 0) this.#odd.push({ what: 'unknown', atMs: frame.atMs });
    }
  }

  /** What was wrong in a time: by when it was seen, both by `performance.now`. */
  lossesBetween(fromMs: number, untilMs: number): Losses {
    const isWithin = (atMs: number): boolean => atMs >= fromMs && atMs < untilMs;
    const counts = { missing: 0, doubled: 0, disordered: 0, shifted: 0, unknown: 0 };
    for (const { what, atMs } of this.#odd) if (isWithin(atMs)) counts[what]++;
    for (const atMs of this.#missing.values()) if (isWithin(atMs)) counts.missing++;
    return counts;
  }

  /** What was wrong at all times. */
  get losses(): Losses {
    return this.lossesBetween(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Frames that came and were sent, each once. */
  get count(): number {
    return this.delays.length;
  }

  /** By how much frames stood at other times than at the source, milliseconds. */
  get shifts(): readonly number[] {
    return [...this.#shifts];
  }

  #index(place: number): void {
    const { content } = this.#source[place] as SeenFrame;
    const places = this.#placesOf.get(content);
    if (places === undefined) this.#placesOf.set(content, [place]);
    else places.push(place);
  }

  /** Of several with these bytes, such as silence, the one nearest to its time. */
  #placeOf(frame: SeenFrame): number | undefined {
    return this.#placesOf
      .get(frame.content)
      ?.reduce((nearest, place) =>
        this.#farness(frame, place) <= this.#farness(frame, nearest) ? place : nearest,
      );
  }

  /** How far a frame is from the time of a place, as far as it is known by how much times are shifted. */
  #farness({ timestamp }: SeenFrame, place: number): number {
    return Math.abs(timestamp - this.#shift - (this.#source[place] as SeenFrame).timestamp);
  }

  #onFrame({ atMs, timestamp, life }: SeenFrame, place: number): void {
    const source = this.#source[place] as SeenFrame;
    if (life !== this.#life) {
      this.#life = life;
      this.#came = new Set(); // who comes again gets some that came before
      this.#latestOfLife = -1;
    }
    const isLate = this.#missing.delete(place);
    if (isLate || place > this.#latest) this.delays.push({ atMs, delayMs: atMs - source.atMs });
    if (this.#latest >= 0) for (let at = this.#latest + 1; at < place; at++) this.#missing.set(at, atMs);
    if (this.#came.has(place)) this.#odd.push({ what: 'doubled', atMs });
    else if (place < this.#latestOfLife) this.#odd.push({ what: 'disordered', atMs });
    const shift = timestamp - source.timestamp;
    if (shift !== this.#shift) {
      this.#odd.push({ what: 'shifted', atMs });
      this.#shifts.add(shift);
      this.#shift = shift;
    }
    this.#came.add(place);
    this.#latestOfLife = Math.max(this.#latestOfLife, place);
    this.#latest = Math.max(this.#latest, place);
  }
}
