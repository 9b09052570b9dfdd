// The whole check behind `npm test`: lint and format, types, then all tests with a minute of fuzzing beside them; stops at the
// first step that fails.
// Arguments go on to vitest. The last line of output is always `N passed, N failed`, with `, N skipped` if there are any.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
};

/** Runs one step and prints its name, then outcome and seconds; a step without its own screen shows its output if it fails. */
function passes(name, [command, ...args], { stdio = 'pipe', extraEnv = {} } = {}) {
  console.log(`${name}...`);
  const startedAt = performance.now();
  const step = spawnSync(command, args, {
    cwd: root,
    env: { ...env, ...extraEnv },
    stdio: ['ignore', stdio, stdio],
    maxBuffer: 2 ** 28,
  });
  const ok = step.status === 0;
  if (!ok) process.stdout.write(`${step.stdout ?? ''}${step.stderr ?? ''}`);
  if (step.error !== undefined) console.log(`${command}: ${step.error.message}`);
  if (step.signal !== null) console.log(`${command}: ended by ${step.signal}`);
  console.log(`${name}: ${ok ? 'ok' : 'FAILED'}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return ok;
}

/** Runs vitest and counts. Whatever makes vitest fail beyond its failed tests is one failure more. */
function countTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-check-'));
  const countsFile = join(folder, 'counts.json');
  try {
    const reporters = ['--reporter=default', '--reporter=./scripts/count-reporter.mjs'];
    const ok = passes('tests', ['vitest', 'run', '--allowOnly=false', ...reporters, ...args], {
      stdio: 'inherit',
      extraEnv: { CHECK_COUNTS_FILE: countsFile, NODE_COMPILE_CACHE: join(folder, 'compiled') }, // hundreds of relays start
    });
    const counts = readCounts(countsFile);
    const ranNone = counts.passed + counts.failed === 0;
    if (ranNone) console.log('no test ran');
    return (!ok || ranNone) && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fuzzes with another seed each time, in what the tests leave of the processor while they wait. @returns its end, and what it says */
function startFuzzing() {
  const folder = mkdtempSync(join(tmpdir(), 'streampump-fuzz-'));
  const file = join(folder, 'output.txt');
  const output = openSync(file, 'w');
  const fuzzing = spawn('node', ['test/fuzz/fuzz.ts', '--minutes', '1'], {
    cwd: root,
    env,
    stdio: ['ignore', output, output],
  });
  const exited = once(fuzzing, 'exit');
  setPriority(fuzzing.pid, constants.priority.PRIORITY_LOW);
  closeSync(output);
  return async () => {
    console.log('fuzzing...');
    const [code] = await exited;
    process.stdout.write(readFileSync(file, 'utf8'));
    rmSync(folder, { recursive: true, force: true });
    console.log(`fuzzing: ${code === 0 ? 'ok' : 'FAILED'}`);
    return code === 0;
  };
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function check(args) {
  const steps = [
    ['lint', ['biome', 'ci', '--error-on-warnings', '--colors=off', '.']],
    ['types', ['tsc', '--noEmit']],
    ['types of the pages', ['tsc', '-p', 'src/pages']],
  ];
  const good = steps.every(([name, command]) => passes(name, command));
  if (!good) return { passed: 0, failed: 1, skipped: 0 };
  if (args.length > 0) return countTests(args);
  const fuzzed = startFuzzing();
  const counts = countTests(args);
  const { passed, failed } = counts;
  return (await fuzzed()) ? { ...counts, passed: passed + 1 } : { ...counts, failed: failed + 1 };
}

const { passed, failed, skipped } = await check(process.argv.slice(2));
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
