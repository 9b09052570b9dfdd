import type { ConfigFault } from '../../errors.ts';
import { ownValue, pathText, type SettingPath } from '../setting-schema.ts';
import type { LocatedFault } from './faults.ts';
import { type JsoncText, placeText, type TextPlace } from './jsonc.ts';
import type { Overlay, SettingLayer } from './overlay.ts';

/** What a config file says, and what it is called. */
export interface NamedText extends JsoncText {
  readonly name: string;
}

/** The config of a file under what replaces parts of it, and all that is found to be wrong with it. */
export class LayeredConfig {
  /** What the file and the layers say; not validated. */
  value: unknown;
  readonly #file: NamedText;
  readonly #overlays: Overlay[] = [];
  readonly #found: SourcedFault[] = [];

  constructor(file: NamedText) {
    this.#file = file;
    this.value = file.value === undefined ? {} : file.value;
    for (const { place, path, problem } of file.faults)
      this.#found.push({ kind: 'file', place, path: pathText(path), problem });
  }

  lay({ settings, faults }: SettingLayer): void {
    for (const { origin, kind, problem } of faults) this.#found.push({ kind, path: origin, problem });
    for (const overlay of settings) {
      const { origin, kind, path, value } = overlay;
      const problem = listProblem(path, this.value);
      if (problem !== undefined) this.#found.push({ kind, path: origin, problem });
      else {
        this.value = replaceAt(this.value, path, value);
        this.#overlays.push(overlay);
      }
    }
  }

  /** Adds a fault: of the variable or option that the value came from, or else of its place in the file. */
  report({ path, problem }: LocatedFault): void {
    const overlay = this.#overlays.findLast((candidate) => startsWith(path, candidate.path));
    const adder = overlay ?? this.#adderOf(path);
    if (overlay !== undefined) {
      const inside = path.slice(overlay.path.length);
      // An option holds one value, and an element of a list of strings is told by its own value.
      const isPlain =
        overlay.kind === 'command line' || (inside.length === 1 && typeof inside[0] === 'number');
      this.#reportOf(overlay, isPlain ? [] : inside, problem);
    } else if (adder !== undefined) this.#reportOf(adder, startsWith(adder.path, path) ? [] : path, problem);
    // Of a file that cannot be understood nobody knows what it has or lacks.
    else if (this.#file.value !== undefined)
      this.#found.push({ kind: 'file', place: this.#file.placeOf(path), path: pathText(path), problem });
  }

  /** All that was found, each once: those of the file in its order, then those of the environment and the command line. */
  get faults(): readonly ConfigFault[] {
    const faults = this.#found.toSorted(inOrder).map(({ kind, place, path, problem }) => {
      const parts = kind === 'file' ? [this.#file.name, placeText(place)] : [kind];
      return { source: parts.filter((part) => part !== '').join(': '), path, problem };
    });
    return [...new Map(faults.map((fault) => [Object.values(fault).join('\n'), fault])).values()];
  }

  #reportOf({ kind, origin }: Overlay, path: SettingPath, problem: string): void {
    const place = path.length === 0 ? '' : `${pathText(path)}: `;
    this.#found.push({ kind, path: origin, problem: place + problem });
  }

  /** The overlay without which nothing would be where the path leads through. */
  #adderOf(path: SettingPath): Overlay | undefined {
    if (this.#file.value === undefined) return undefined;
    const starts = path.map((_, index) => path.slice(0, index + 1));
    const missing = starts.find((start) => (start.reduce(ownValue, this.#file.value) ?? null) === null);
    return missing && this.#overlays.find((candidate) => startsWith(candidate.path, missing));
  }
}

/** A fault and where the faulty value came from. */
interface SourcedFault {
  readonly kind: (typeof kinds)[number];
  readonly place?: TextPlace | undefined;
  readonly path: string;
  readonly problem: string;
}

const kinds = ['file', 'environment', 'command line'] as const;

function inOrder(one: SourcedFault, other: SourcedFault): number {
  const rank = ({ kind, place }: SourcedFault) => [kinds.indexOf(kind), place?.line ?? 0, place?.column ?? 0];
  const [first, second] = [rank(one), rank(other)];
  return (
    first.map((number, index) => number - (second[index] ?? 0)).find((difference) => difference !== 0) ?? 0
  );
}

/** What is wrong with a path that goes on by name where the config has a list. */
function listProblem(path: SettingPath, config: unknown): string | undefined {
  const starts = path.map((_, index) => path.slice(0, index + 1));
  const list = starts
    .slice(0, -1)
    .find((start) => Array.isArray(start.reduce(ownValue, config)) && typeof path[start.length] === 'string');
  return (
    list && `${pathText(list)} is a list, set ${pathText(path.slice(list.length))} in its entries instead`
  );
}

/** A copy with another value at the path. What is neither object nor list is left for the schema to refuse. */
function replaceAt(config: unknown, path: SettingPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = replaceAt(ownValue(config, step), rest, value);
  if (Array.isArray(config)) return typeof step === 'number' ? config.with(step, inner) : config;
  if (config !== undefined && config !== null && typeof config !== 'object') return config;
  return { ...config, [step]: inner };
}

function startsWith(path: SettingPath, start: SettingPath): boolean {
  return start.every((step, index) => step === path[index]);
}
