/** Brings the sources of a service's settings together; knows none of the settings. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { ConfigError, type ConfigFault } from '../errors.ts';
import { readEnvironment } from './environment.ts';
import { faultsOf, type LocatedFault } from './faults.ts';
import { resolveFileNames } from './file-names.ts';
import { readJsonc } from './jsonc.ts';
import { type Overlay, ownValue, type SettingPath, soundPart } from './setting-schema.ts';

/** Where settings come from: the command line wins over the environment, the environment over the file. */
export interface SettingSources {
  /** Path of the config file; without it there are the defaults. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** What the command line says, given the config of file and environment (not validated). */
  readonly options: (config: unknown) => readonly Overlay[];
}

/** Settings as they were read. */
export interface SettingReading<T> {
  /** All of them, or what of them is sound, with defaults for the rest. */
  readonly settings: T;
  /** All faults: those of the file by setting, the others by variable or option. */
  readonly error: ConfigError | undefined;
}

/** @throws ConfigError when the file cannot be read at all */
export function readSettings<T>(
  schema: z.ZodType<T>,
  { file, env, options }: SettingSources,
): SettingReading<T> {
  const config = new LayeredConfig(file === undefined ? {} : readConfigFile(file));
  const environment = readEnvironment(schema, env);
  for (const overlay of environment.settings) config.lay(overlay);
  for (const overlay of options(config.value)) config.lay(overlay);

  const result = schema.safeParse(config.value);
  const invalid = result.success ? [] : faultsOf(result.error, schema, config.value);
  const faults = [
    ...environment.faults.map((fault): SourcedFault => ({ ...fault, kind: 'environment' })),
    ...config.faults,
    ...invalid.map((fault) => config.source(fault)),
  ];
  const error = faults.length === 0 ? undefined : new ConfigError(sourceOf(faults, file), distinct(faults));
  return { settings: result.success ? result.data : soundPart(schema, config.value), error };
}

/** A fault and where the faulty value came from. */
interface SourcedFault extends ConfigFault {
  readonly kind: 'file' | Overlay['kind'];
}

/** The config of a file under what replaces parts of it. */
class LayeredConfig {
  readonly #file: unknown;
  readonly #overlays: Overlay[] = [];
  value: unknown;
  readonly faults: SourcedFault[] = [];

  constructor(file: unknown) {
    this.#file = file;
    this.value = file;
  }

  lay(overlay: Overlay): void {
    const { origin, kind, path, value } = overlay;
    const list = listOn(path, this.value);
    if (list === undefined) {
      this.value = replaceAt(this.value, path, value);
      this.#overlays.push(overlay);
    } else
      this.faults.push({ path: origin, problem: `${list} is a list, give the whole list instead`, kind });
  }

  /** Names the variable or option that a faulty value came from, or else its place in the file. */
  source({ path, problem }: LocatedFault): SourcedFault {
    const overlay =
      this.#overlays.findLast((candidate) => startsWith(path, candidate.path)) ?? this.#addedBy(path);
    if (overlay === undefined) return { path: path.join('.'), problem, kind: 'file' };
    const inside = path.slice(overlay.path.length);
    // An option holds one value, and an element of a list of strings is told by its own value.
    const isPlain = overlay.kind === 'command line' || (inside.length === 1 && typeof inside[0] === 'number');
    const place = isPlain || inside.length === 0 ? '' : `${inside.join('.')}: `;
    return { path: overlay.origin, problem: place + problem, kind: overlay.kind };
  }

  /** The overlay without which there would be nothing at the path. */
  #addedBy(path: SettingPath): Overlay | undefined {
    if (path.reduce(ownValue, this.#file) !== undefined) return undefined;
    return this.#overlays.find((candidate) => startsWith(candidate.path, path));
  }
}

/** An option that stands for several settings has a fault in each of them: it is told once. */
function distinct(faults: readonly ConfigFault[]): ConfigFault[] {
  const byText = new Map(faults.map(({ path, problem }) => [`${path}: ${problem}`, { path, problem }]));
  return [...byText.values()];
}

/** @throws ConfigError when it cannot be read or is not JSON, comments and trailing commas apart. */
function readConfigFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: `cannot be read: ${(error as Error).message}` }]);
  }
  const config = readJsonc(text.replace(/^\ufeff/, '')); // editors on Windows write a byte order mark
  if ('fault' in config) throw new ConfigError(file, [{ path: '', problem: config.fault }]);
  return resolveFileNames(config.value, dirname(file));
}

/** What a ConfigError names before its faults: the file if it has any, or else the other sources that have. */
function sourceOf(faults: readonly SourcedFault[], file: string | undefined): string {
  const kinds = new Set(faults.map(({ kind }) => kind));
  if (kinds.has('file') && file !== undefined) return file;
  return [...kinds].filter((kind) => kind !== 'file').join(' and ');
}

/** The path of the first list that stands where a path goes on by name. */
function listOn(path: SettingPath, config: unknown): string | undefined {
  let at = config;
  for (const [index, step] of path.entries()) {
    if (Array.isArray(at) && typeof step === 'string') return path.slice(0, index).join('.') || 'the config';
    at = ownValue(at, step);
  }
  return undefined;
}

/** A copy with another value at the path. What is neither object nor list is left for the schema to refuse. */
function replaceAt(config: unknown, path: SettingPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = replaceAt(ownValue(config, step), rest, value);
  if (Array.isArray(config)) return config.with(step as number, inner);
  if (config !== undefined && config !== null && typeof config !== 'object') return config;
  return { ...config, [step]: inner };
}

function startsWith(path: SettingPath, start: SettingPath): boolean {
  return start.every((step, index) => step === path[index]);
}
