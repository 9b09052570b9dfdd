/**
 * Settings that only the config file may have. Whoever sets a variable of a process, or an option, need not be whoever may say which
 * programs it runs: that is who may write the file.
 */
import { statSync } from 'node:fs';
import { ownValue, pathText, type SettingPath } from '../setting-schema.ts';
import type { LocatedFault } from './faults.ts';
import type { SettingLayer } from './overlay.ts';

/** Anybody may write the file. */
const WORLD_WRITABLE = 0o002;

/** Where such a setting stands; `*` is any element of a list. */
export type FileOnlyPath = readonly string[];

/** A layer without what only the file may say; that is a fault of it. */
export function withoutFileOnly(
  { settings, faults }: SettingLayer,
  fileOnly: readonly FileOnlyPath[],
): SettingLayer {
  const wrong = settings.flatMap(({ origin, kind, path, value }) =>
    fileOnly.flatMap((wanted) =>
      placesIn(value, restOf(wanted, path)).map((place) => ({
        ...{ overlay: path, origin, kind },
        problem: `${pathText(place)}: only the config file may have this setting`,
      })),
    ),
  );
  const paths = new Set(wrong.map(({ overlay }) => overlay));
  return {
    settings: settings.filter(({ path }) => !paths.has(path)),
    faults: [...faults, ...wrong.map(({ origin, kind, problem }) => ({ origin, kind, problem }))],
  };
}

/** What is wrong with a file that has such settings, at each of them. @param name - of the file */
export function untrustedPlaces(
  name: string,
  config: unknown,
  fileOnly: readonly FileOnlyPath[],
): readonly LocatedFault[] {
  const places = fileOnly.flatMap((wanted) => placesIn(config, wanted));
  if (places.length === 0 || !isWorldWritable(name)) return [];
  const problem = 'everybody may write this file, expected one that only you may write: chmod o-w';
  return places.map((path) => ({ path, problem }));
}

function isWorldWritable(name: string): boolean {
  if (process.platform === 'win32') return false; // the mode says nothing there
  const { mode = 0 } = statSync(name, { throwIfNoEntry: false }) ?? {};
  return (mode & WORLD_WRITABLE) !== 0;
}

/** What is left of a path behind another one; undefined where that does not lead there. */
function restOf(wanted: FileOnlyPath, path: SettingPath): FileOnlyPath | undefined {
  const leadsThere = path.every((step, index) => wanted[index] === '*' || wanted[index] === step);
  return leadsThere && path.length <= wanted.length ? wanted.slice(path.length) : undefined;
}

/** Where a value has something at such a path. */
function placesIn(
  value: unknown,
  wanted: FileOnlyPath | undefined,
  at: SettingPath = [],
): readonly SettingPath[] {
  if (wanted === undefined || (value ?? null) === null) return [];
  const [step, ...rest] = wanted;
  if (step === undefined) return [at];
  if (step !== '*') return placesIn(ownValue(value, step), rest, [...at, step]);
  const elements = Array.isArray(value) ? value : [];
  return elements.flatMap((element, index) => placesIn(element, rest, [...at, index]));
}
