import { Random } from '../../support/swarm/random.ts';
import { allTargets } from '../targets/all-targets.ts';
import { keepRegression } from './corpus.ts';
import type { Find } from './fuzz-target-run.ts';
import type { ThreadNews } from './fuzz-thread.ts';
import { minimize } from './minimize.ts';
import { runThread } from './watched-thread.ts';

/** An input that hangs may take so long while it is made smaller, processor time, and all of that so long, milliseconds. */
const SMALLER_HANG_CPU_MS = 3000;
const MAX_SMALLER_MS = 90_000;

/** What is fuzzed, and for how long. */
export interface CampaignWish {
  readonly seed: number;
  /** Processor time of all targets together, milliseconds. */
  readonly cpuMs: number;
  /** One of all targets alone; all without it. */
  readonly target?: string | undefined;
  readonly onLine: (line: string) => void;
}

/** Fuzzes every target for its share of the time, in an order that follows from the seed. @returns how many different finds there were */
export async function runCampaign({ seed, cpuMs, target, onLine }: CampaignWish): Promise<number> {
  let finds = 0;
  const onFind = (find: Find): void => {
    finds++;
    const file = keepRegression(find.target, find.kind, Buffer.from(find.input));
    onLine(`FIND in ${find.target}, input ${find.iteration} of seed ${seed}: ${find.kind}`);
    onLine(`  ${find.input.length} bytes are kept in ${file}`);
    onLine(`  ${find.message}`);
  };
  const left = new Map(Object.entries(sharesOf(target, seed, cpuMs)));
  while (left.size > 0) {
    let at = '';
    const onNews = (news: ThreadNews): void => {
      if (news.is === 'begun') {
        at = news.target;
        left.delete(at);
      } else if (news.is === 'find') onFind(news.find);
      else if (news.is === 'done') onLine(lineOf(news.run));
    };
    const end = await runThread({ does: 'fuzz', seed, targets: Object.fromEntries(left) }, { onNews });
    if (end.how === 'done') break;
    if (at === '') throw new Error(end.message); // of the fuzzer itself
    const input = end.how === 'hang' ? await smallestHang(at, end.input) : end.input;
    onFind({ target: at, kind: end.how, message: end.message, input, iteration: -1 });
  }
  return finds;
}

/** How long each target gets, milliseconds. */
function sharesOf(only: string | undefined, seed: number, cpuMs: number): Record<string, number> {
  const names = Object.keys(allTargets).filter((name) => only === undefined || name === only);
  const random = new Random(seed);
  const shuffled = names.map((name) => ({ name, at: random.next() })).sort((a, b) => a.at - b.at);
  const shares = shuffled.map(({ name }) => [name, allTargets[name]?.share ?? 1] as const);
  const all = shares.reduce((sum, [, share]) => sum + share, 0);
  return Object.fromEntries(shares.map(([name, share]) => [name, (cpuMs * share) / all]));
}

/** Each try is a thread of its own. */
function smallestHang(target: string, input: Buffer): Promise<Buffer> {
  return minimize(
    input,
    async (less) => {
      const end = await runThread(
        { does: 'read', seed: 1, target, input: less },
        { hangCpuMs: SMALLER_HANG_CPU_MS },
      );
      return end.how === 'hang';
    },
    MAX_SMALLER_MS,
  );
}

function lineOf({
  target,
  iterations,
  cpuMs,
}: {
  target: string;
  iterations: number;
  cpuMs: number;
}): string {
  const perSecond = Math.round((iterations * 1000) / Math.max(1, cpuMs));
  return `${target}: ${iterations} inputs, ${perSecond} a second`;
}
