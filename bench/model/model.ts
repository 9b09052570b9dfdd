/**
 * What a relay's work costs: measures a relay under loads that differ in what most of the work is, finds the cost of each kind
 * of work that explains them best, says by how much these miss what was measured, and what they say of larger plans.
 * Usage: npm run bench:model [-- --rounds 3] [--out FOLDER] [--report] [--docs]; see docs/scaling.md
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fillMarks } from '../compare/docs-page.ts';
import { commitOf } from '../compare/machine-facts.ts';
import { measureCase } from '../compare/measure-case.ts';
import { openBench } from '../compare/open-bench.ts';
import { streampump } from '../compare/servers/streampump.ts';
import { spreadOf } from '../compare/statistics.ts';
import { machine } from '../tools.ts';
import { kindsOfWork, type MeasuredWork, type Work } from './cost-model.ts';
import { pageOf } from './model-page.ts';
import { points } from './points.ts';
import { WatchedWork } from './watched-work.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
    report: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1');
const out = resolve(values.out ?? join(root, 'bench', 'build'));
const file = join(out, 'model.json');
mkdirSync(out, { recursive: true });
if (!values.report) await measure();
if (!existsSync(file)) throw new Error(`nothing was measured: there is no ${file}`);
const record = JSON.parse(readFileSync(file, 'utf8')) as { where: string; measured: MeasuredWork[] };
const page = pageOf(record.where, record.measured);
console.log(page);
if (values.docs) {
  const docs = join(root, 'docs', 'scaling.md');
  writeFileSync(docs, fillMarks(readFileSync(docs, 'utf8'), 'cost model', page));
}

async function measure(): Promise<void> {
  const bench = openBench(root, out);
  const server = streampump('streampump', root);
  const found = new Map<string, MeasuredWork[]>(points.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, load } of round % 2 === 0 ? points : points.toReversed()) {
      const watched = new WatchedWork();
      const sample = await measureCase(server, load, bench, (running) => watched.watch(running));
      if (sample.refused !== undefined) throw new Error(`${name}: ${sample.refused}`);
      const measured = watched.work(name, load);
      console.error(`${name}: ${(100 * measured.core).toFixed(1)} % of the core`);
      found.get(name)?.push(measured);
    }
  }
  const where = `${machine()}, commit ${commitOf(root)}, ${new Date().toISOString().slice(0, 10)}, medians of ${rounds} rounds`;
  const measured = [...found].flatMap(([name, all]) => (all.length === 0 ? [] : [medianOf(name, all)]));
  writeFileSync(file, `${JSON.stringify({ where, measured }, undefined, 1)}\n`);
}

function medianOf(name: string, all: readonly MeasuredWork[]): MeasuredWork {
  const work = Object.fromEntries(
    kindsOfWork.map((kind) => [kind, median(all.map(({ work }) => work[kind]))]),
  ) as Record<keyof Work, number>;
  return { name, work, core: median(all.map(({ core }) => core)) };
}

function median(values: readonly number[]): number {
  return spreadOf(values)?.median ?? Number.NaN;
}
