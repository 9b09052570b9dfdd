/** `npm run fuzz`: gives bad inputs to everything that reads what a peer sends. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCampaign } from './engine/campaign.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (!(minutes > 0) || !Number.isSafeInteger(seed))
  throw new Error('expected --minutes and --seed to be numbers');

console.log(
  `npm run fuzz -- --minutes ${minutes} --seed ${seed}${values.target ? ` --target ${values.target}` : ''}`,
);
const finds = await runCampaign({
  seed,
  cpuMs: minutes * 60_000,
  target: values.target,
  onLine: (line) => console.log(line),
});
console.log(finds === 0 ? `seed ${seed}: no finds` : `seed ${seed}: ${finds} finds`);
process.exitCode = finds === 0 ? 0 : 1;
