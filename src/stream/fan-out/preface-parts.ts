import type { Preface } from '../cache/preface-store.ts';
import { prefaceRun } from './frame-run.ts';
import { Part } from './part.ts';
import type { StartPoint } from './start-point.ts';
import type { Packing } from './wire-form.ts';

/**
 * Selections of metadata and headers take so many bytes in one flush and packing: whoever would be sent yet another one is
 * sent all of them, which need no more memory however many players there are.
 */
const MAX_SELECTED_BYTES = 256 * 1024;

/** The metadata and headers that hold at one frame, at the time of it, as players need them who begin or go on there. */
export class PrefaceParts {
  readonly #packing: Packing;
  readonly #start: StartPoint;
  #opening: Part | undefined;
  /** By the versions that they are made of. */
  readonly #parts = new Map<string, Part>();
  #selectedBytes = 0;

  constructor(packing: Packing, start: StartPoint) {
    this.#packing = packing;
    this.#start = start;
  }

  /** All of them, for a player that begins. */
  get opening(): Part {
    const { prefaces } = this.#start;
    this.#opening ??=
      this.#packing.beginning === undefined ? this.#select(prefaces) : this.#part(prefaces, 'begin');
    return this.#opening;
  }

  /** Those that are newer than `version`, perhaps more, for a player that goes on. */
  newerThan(version: number): Part {
    return this.#select(this.#start.prefaces.filter((preface) => preface.version > version));
  }

  /** Those that another packing leaves out, perhaps more, for a player that goes on. */
  beyond(former: Packing, withVideo: boolean): Part {
    const isMissing = ({ frame }: Preface): boolean =>
      !former.includes(frame) && (withVideo || frame.kind !== 'video');
    return this.#select(this.#start.prefaces.filter(isMissing));
  }

  #select(chosen: readonly Preface[]): Part {
    const key = chosen.map(({ version }) => version).join();
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part = this.#part(chosen, 'go on');
    if (!this.#packing.isRare && chosen.length < this.#start.prefaces.length) {
      if (this.#selectedBytes + part.length > MAX_SELECTED_BYTES) return this.#select(this.#start.prefaces);
      this.#selectedBytes += part.length;
    }
    this.#parts.set(key, part);
    return part;
  }

  #part(prefaces: readonly Preface[], does: 'begin' | 'go on'): Part {
    return new Part([prefaceRun(this.#packing, prefaces, this.#start.timestamp, does)]);
  }
}
