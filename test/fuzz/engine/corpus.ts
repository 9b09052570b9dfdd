import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';

const corpusFolder = fileURLToPath(new URL('../corpus/', import.meta.url));
const regressionFolder = fileURLToPath(new URL('../regressions/', import.meta.url));

/** Who says what is in a capture. */
export type Direction = 'to-server' | 'to-client';

/** A recorded direction of a connection. */
export interface Capture {
  /** Name of its file. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The captures of a direction whose names begin with one of these, such as `rtmp-publish`. @throws Error when there are none */
export function captures(direction: Direction, ...starts: readonly string[]): Capture[] {
  const names = readdirSync(corpusFolder)
    .filter((name) => name.endsWith(`.${direction}`) && starts.some((start) => name.startsWith(start)))
    .sort();
  if (names.length === 0) throw new Error(`no capture ${starts.join(' or ')} ${direction}`);
  return names.map((name) => ({ name, bytes: readFileSync(join(corpusFolder, name)) }));
}

/** A find that is kept, for a test to show that it is mended. */
export interface Regression {
  readonly target: string;
  readonly file: string;
  readonly input: Buffer;
}

/** All finds that are kept. */
export function regressions(): Regression[] {
  if (!existsSync(regressionFolder)) return [];
  return readdirSync(regressionFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: target }) =>
      readdirSync(join(regressionFolder, target))
        .sort()
        .map((file) => ({ target, file, input: readFileSync(join(regressionFolder, target, file)) })),
    );
}

/** Keeps a find. @param kind - what is wrong, in a word @returns the path of its file */
export function keepRegression(target: string, kind: string, input: Buffer): string {
  const folder = join(regressionFolder, target);
  mkdirSync(folder, { recursive: true });
  const word = /^\w+/.exec(kind)?.[0] ?? 'fault';
  const path = join(folder, `${word}-${crc32(input).toString(16).padStart(8, '0')}.bin`);
  writeFileSync(path, input);
  return path;
}
