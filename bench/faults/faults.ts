/**
 * Breaks chains of relays in every way that is bound to happen, one fault after the other or two at once, and holds what players at
 * the last hop get against what players at the source get, frame by frame. Ends with exit code 1 when a frame is missing, comes
 * twice, in another order or at another time, or when delay stays longer than it may.
 */
import { whyNoMachines } from '../../test/support/networks/machine.ts';
import { optionsOrExit, reportRun } from '../reported-run.ts';
import { commit, machine } from '../tools.ts';
import { type FaultOptions, readOptions, usage } from './fault-options.ts';
import { brokenBy, type FaultReport, formatFaults } from './fault-report.ts';
import { type ChainFindings, tryChain } from './trial.ts';

const options = optionsOrExit(() => readOptions(process.argv.slice(2)), usage);
await reportRun({
  name: 'faults',
  out: options.out,
  run: (signal) => runFaults(options, signal),
  format: formatFaults,
  isBroken: ({ broken }) => broken.length > 0,
});

/** @param signal - ends it before its time, with a report of what was found until then */
async function runFaults(asked: FaultOptions, signal: AbortSignal): Promise<FaultReport> {
  console.error(`--seed ${asked.seed}`);
  const isPlain = asked.isPlain || whyNoMachines !== undefined;
  if (whyNoMachines !== undefined) console.error(`${whyNoMachines}; links are not broken`);
  const chains: ChainFindings[] = [];
  for (const hops of asked.hops)
    if (!signal.aborted) chains.push(await tryChain(hops, { ...asked, isPlain }, signal));
  return {
    machine: machine(),
    commit: commit(),
    command: `npm run faults -- ${process.argv.slice(2).join(' ')} (seed ${asked.seed})`,
    date: new Date().toISOString(),
    chains,
    broken: chains.flatMap((chain) => brokenBy(chain, asked.areTwo)),
  };
}
