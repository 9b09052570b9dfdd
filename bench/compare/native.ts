import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('../native', import.meta.url));

/** Programs in C, by what they do. */
export interface NativePrograms {
  readonly players: string;
  readonly publishers: string;
  readonly relays: string;
  readonly kernelFloor: string;
}

/** What each is made of, besides its own file. */
const shared = ['bytes.c'];
const rtmp = ['wire/chunk.c', 'wire/dialogue.c', 'wire/flv.c', 'paths.c', 'process-gauge.c', 'transport.c'];
const player = [...shared, ...rtmp, 'wire/http-body.c', 'player.c', 'samples.c'];
const parts = {
  players: player,
  relays: player,
  publishers: [...shared, ...rtmp],
  'kernel-floor': shared,
} as const;

/** Compiles them where a source is newer. @param folder - for what is built @throws Error with what the compiler says */
export function buildNative(folder: string): NativePrograms {
  mkdirSync(folder, { recursive: true });
  const newest = Math.max(...sourceFiles().map((file) => statSync(file).mtimeMs));
  const build = (name: keyof typeof parts): string => {
    const program = join(folder, name);
    if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) return program;
    const files = [`${name}.c`, ...parts[name]].map((file) => join(sources, file));
    const libraries = name === 'kernel-floor' ? [] : ['-lssl', '-lcrypto'];
    const options = ['-O2', '-std=gnu17', '-Wall', '-Wextra', '-Werror', '-o', program];
    execFileSync('gcc', [...options, ...files, ...libraries], { stdio: ['ignore', 'ignore', 'inherit'] });
    return program;
  };
  return {
    players: build('players'),
    publishers: build('publishers'),
    relays: build('relays'),
    kernelFloor: build('kernel-floor'),
  };
}

function sourceFiles(): string[] {
  const entries = readdirSync(sources, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
