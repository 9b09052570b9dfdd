/** Says whether a target does with an input what it may never do. */
import type { Random } from '../../support/swarm/random.ts';
import { FuzzFault, type FuzzTarget } from './fuzz-target.ts';
import { inBytes, inOnePiece, inRandomPieces } from './pieces.ts';
import { valueText } from './value-text.ts';

/** One input may cost so much processor time, milliseconds, at the best of {@link TRIES}: a garbage collection may fall into one. */
const MAX_CPU_MS = 400;
const TRIES = 3;

/** One input may bring so much memory outside of the heap with it, bytes. */
const MAX_BUFFER_BYTES: number = 48 * 2 ** 20;

/** Longer inputs come byte by byte only now and then. */
const SHORT_BYTES = 2048;

/** What this thread has thrown where nobody could catch it. */
const uncaught: unknown[] = [];

/** From now on, what is thrown where nobody catches it counts as the fault of the input that is being read. */
export function catchUncaught(): void {
  process.on('uncaughtException', (error) => uncaught.push(error));
  process.on('unhandledRejection', (error) => uncaught.push(error));
}

/**
 * Has a target read an input, whole and cut.
 * @param maxCpuMs - what one reading may cost
 * @returns what is wrong with that, if anything is
 */
export async function findFault(
  target: FuzzTarget,
  input: Buffer,
  random: Random,
  maxCpuMs: number = MAX_CPU_MS,
): Promise<FuzzFault | undefined> {
  try {
    const whole = await attempt(target, input, inOnePiece, maxCpuMs);
    const isWhole = !target.isCut || input.length < 2;
    const cuts = isWhole ? [] : [(bytes: Buffer) => inRandomPieces(bytes, random)];
    if (!isWhole && (input.length <= SHORT_BYTES || random.chance(0.03))) cuts.push(inBytes);
    for (const cut of cuts) {
      const pieces = cut(input);
      const inPieces = await attempt(
        target,
        input,
        () => pieces.map((piece) => Buffer.from(piece)),
        maxCpuMs,
      );
      if (inPieces !== whole) return new FuzzFault('cut', differenceOf(whole, inPieces, pieces));
    }
    return undefined;
  } catch (error) {
    if (error instanceof FuzzFault) return error;
    throw error;
  }
}

/** @returns what came of it @throws FuzzFault */
async function attempt(
  target: FuzzTarget,
  input: Buffer,
  cut: (input: Buffer) => Buffer[],
  maxCpuMs: number,
): Promise<string> {
  let best = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    const pieces = cut(input);
    const buffersBefore = process.memoryUsage().arrayBuffers;
    const before = cpuMs();
    const result = await resultOf(target, pieces);
    best = Math.min(best, cpuMs() - before);
    const buffers = process.memoryUsage().arrayBuffers - buffersBefore;
    if (buffers > MAX_BUFFER_BYTES)
      throw new FuzzFault('memory', `${buffers} bytes of buffers for ${input.length}`);
    if (best <= maxCpuMs) return target.isCut ? valueText(result) : '';
  }
  throw new FuzzFault('slow', `${Math.round(best)} ms of processor time for ${input.length} bytes`);
}

async function resultOf(target: FuzzTarget, pieces: readonly Buffer[]): Promise<unknown> {
  uncaught.length = 0;
  try {
    const result = await target.read(pieces);
    if (uncaught.length > 0) throw uncaught[0];
    return result;
  } catch (error) {
    if (error instanceof FuzzFault) throw error;
    throw new FuzzFault(
      kindOf(error),
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

/** The error's name and where it came from: two inputs that end there show the same fault. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'threw';
  const frame = /\/((?:src|test)\/[^):]+:\d+)/.exec(error.stack ?? '')?.[1] ?? '';
  return `threw ${error.name} at ${frame}`;
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function differenceOf(whole: string, cut: string, pieces: readonly Buffer[]): string {
  let at = 0;
  while (at < whole.length && whole[at] === cut[at]) at++;
  const from = Math.max(0, at - 80);
  const sizes = pieces.map(({ length }) => length);
  const shown = sizes.length > 24 ? `${sizes.slice(0, 24).join(' ')} ...` : sizes.join(' ');
  return `whole:   ...${whole.slice(from, at + 160)}\n  cut (${shown}):\n           ...${cut.slice(from, at + 160)}`;
}
