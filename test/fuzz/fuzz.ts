/** `npm run fuzz`: gives bad inputs to everything that reads what a peer sends. */
import { runCampaign } from './engine/campaign.ts';
import { type FuzzOptions, readOptions } from './fuzz-options.ts';
import { allTargets } from './targets/all-targets.ts';

const { minutes, seed, target } = optionsOrExit();
console.log(`npm run fuzz -- --minutes ${minutes} --seed ${seed}${target ? ` --target ${target}` : ''}`);
const finds = await runCampaign({
  seed,
  cpuMs: minutes * 60_000,
  target,
  onLine: (line) => console.log(line),
});
console.log(finds === 0 ? `seed ${seed}: no finds` : `seed ${seed}: ${finds} finds`);
process.exitCode = finds === 0 ? 0 : 1;

function optionsOrExit(): FuzzOptions {
  try {
    return readOptions(process.argv.slice(2), Object.keys(allTargets));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
