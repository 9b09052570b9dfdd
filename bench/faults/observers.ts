import { setTimeout as sleep } from 'node:timers/promises';
import { type HashedFrame, hashingArgs, readHashes } from '../../test/support/probe.ts';
import type { RunningTool } from '../../test/support/run-tool.ts';
import type { Chain } from './chain.ts';
import type { ChainEnd } from './chain-network.ts';
import { Comparison, type Losses } from './comparison.ts';
import type { ChainProtocol } from './fault-options.ts';
import { RecordingPlayer } from './recording-player.ts';
import { LAST, STUDIO } from './topology.ts';

/** A stream that is there plays within this time on a busy machine, milliseconds. */
const START_MS = 30_000;
const LOOK_MS = 50;
/** So much media both ends are to have before anything happens, frames. */
const ENOUGH_FRAMES = 100;
/** What is on its way gets so long to come, milliseconds. */
const LAST_MS = 1500;

/** A player at each end of a chain, and what their comparison says. */
export interface Watch {
  readonly protocol: ChainProtocol;
  readonly source: RecordingPlayer;
  readonly end: RecordingPlayer;
  readonly comparison: Comparison;
}

/** What ffmpeg has got of one stream of the programme at the last hop, held against what it has got at the studio. */
export interface WitnessFindings {
  readonly stream: 'video' | 'audio';
  readonly packets: number;
  readonly losses: Losses;
}

/** Who plays at both ends of a chain: players of ours, and ffmpeg. */
export class Observers implements AsyncDisposable {
  readonly watches: readonly Watch[];
  readonly #witnesses: readonly [RunningTool, RunningTool];
  readonly #complaints: string[] = [];
  readonly #stack: AsyncDisposableStack;
  #areLeaving = false;

  private constructor(
    watches: readonly Watch[],
    witnesses: readonly [RunningTool, RunningTool],
    stack: AsyncDisposableStack,
  ) {
    this.watches = watches;
    this.#witnesses = witnesses;
    this.#stack = stack;
    for (const witness of witnesses)
      void witness.exited.then(() => {
        if (!this.#areLeaving) this.#complaints.push(`ffmpeg has left: ${witness.stderr.slice(-500)}`);
      });
  }

  /** Resolves when everybody plays. Those at the studio have begun before. */
  static async gather(chain: Chain, protocol: ChainProtocol): Promise<Observers> {
    await using stack = new AsyncDisposableStack();
    const ways: readonly ChainProtocol[] = protocol === 'mmsh' ? ['mmsh'] : ['rtmp', 'http'];
    const playAt = (end: ChainEnd, way: ChainProtocol): RecordingPlayer =>
      stack.use(new RecordingPlayer(chain.urlAt(end, way), chain.network.connect));
    const hashAt = (end: ChainEnd): RunningTool =>
      stack.use(chain.network.run('ffmpeg', hashingArgs(chain.urlAt(end, ways[0] ?? 'rtmp'))));
    const sources = ways.map((way) => playAt(STUDIO, way));
    const sourceWitness = hashAt(STUDIO);
    await until(
      () => sources.every(({ frames }) => frames.length > ENOUGH_FRAMES),
      'nobody plays at the studio',
    );
    const watches = ways.map((way, at): Watch => {
      const source = sources[at] as RecordingPlayer;
      const end = playAt(LAST, way);
      return { protocol: way, source, end, comparison: new Comparison(source.frames, end.frames) };
    });
    const witness = hashAt(LAST);
    const isWitnessThere = (): boolean => witness.stdoutBuffer.length > 0;
    await until(
      () => watches.every(({ end }) => end.frames.length > ENOUGH_FRAMES) && isWitnessThere(),
      'nobody plays at the last hop',
    );
    for (const { source } of watches) source.partings.length = 0; // before there was a stream
    return new Observers(watches, [sourceWitness, witness], stack.move());
  }

  /** Looks at what has come since. */
  advance(): void {
    for (const { comparison } of this.watches) comparison.advance(performance.now());
  }

  /** What went wrong that makes the comparison worth less. */
  get complaints(): readonly string[] {
    const partings = this.watches.flatMap(({ source }) => source.partings);
    return [...this.#complaints, ...partings.map(({ reason }) => `a player at the studio: ${reason}`)];
  }

  /** Has those at the last hop go, then those at the studio. @returns what ffmpeg has got */
  async leave(): Promise<readonly WitnessFindings[]> {
    const [sourceWitness, witness] = this.#witnesses;
    this.#areLeaving = true;
    for (const { end } of this.watches) end[Symbol.dispose]();
    await witness.stop();
    await sleep(LAST_MS);
    await sourceWitness.stop();
    for (const { source, comparison } of this.watches) {
      source[Symbol.dispose]();
      comparison.advance(Number.POSITIVE_INFINITY);
    }
    const [sent, got] = [sourceWitness, witness].map(({ stdoutBuffer }) =>
      readHashes(stdoutBuffer.toString()),
    );
    return (['video', 'audio'] as const).map((stream) =>
      witnessFindings(stream, sent?.[stream], got?.[stream]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function witnessFindings(
  stream: 'video' | 'audio',
  sent: readonly HashedFrame[] = [],
  got: readonly HashedFrame[] = [],
): WitnessFindings {
  const framesOf = (frames: readonly HashedFrame[]) =>
    frames.map(({ dtsMs, size, hash }) => ({
      content: `${size} ${hash}`,
      timestamp: dtsMs,
      atMs: 0,
      life: 1,
    }));
  const comparison = new Comparison(framesOf(sent), framesOf(got));
  comparison.advance(Number.POSITIVE_INFINITY);
  return { stream, packets: comparison.count, losses: comparison.losses };
}

async function until(isSo: () => boolean, complaint: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(complaint);
    await sleep(LOOK_MS);
  }
}
