import { Command, CommanderError } from 'commander';
import { describeLoad, type LoadCommand } from '../load-tester/load-command.ts';
import { describeCtl } from './commands/ctl/ctl-command.ts';
import { describeHashKey, ruleKey } from './commands/hash-key-command.ts';
import { describeHashPassword } from './commands/hash-password-command.ts';
import { describeHouse, type HouseOptions } from './commands/house-command.ts';
import { describeInspect, type InspectRequest } from './commands/inspect-command.ts';
import { describeRecordingKey } from './commands/recording-key-command.ts';
import { describeRelay, type RelayOptions } from './commands/relay-command.ts';
import { describeSign } from './commands/sign-command.ts';
import { complain } from './complaint.ts';
import { ExitCode, exitCodeOf, tellFailure } from './process/failures.ts';
import type { CommandedService } from './process/run-service.ts';
import type { LoggingSettings } from './process/service-logs.ts';
import { optimize } from './quick-start.ts';
import { version } from './version.ts';

const program = new Command('streampump')
  .description(
    'Takes a live stream, pushed by an encoder or pulled from a server, and serves it to thousands of players.',
  )
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .showSuggestionAfterError(false) // it would take --port for --host
  .configureOutput({
    outputError: (text) => complain('usage', `${text.trim().replace(/\.$/, '')}; --help shows what there is`),
  })
  .exitOverride();

describeRelay(program.command('relay'), runRelay);
describeHouse(program.command('house'), runHouse, async (join) => {
  const { joinFleet } = await import('./process/join-fleet.ts');
  await joinFleet(join);
});
describeLoad(program.command('load'), runLoad);
describeInspect(program.command('inspect'), runInspect);
describeCtl(program.command('ctl'));
describeSign(program.command('sign'), () => {
  process.exitCode = ExitCode.cannotRun;
});
describeHashPassword(program.command('hash-password'));
describeHashKey(program.command('hash-key'), ruleKey);
describeRecordingKey(program.command('recording-key'));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = endOf(error);
}

async function runRelay({ config, check, replace = false, ...overrides }: RelayOptions): Promise<void> {
  const { relayService } = await import('./process/relay-service.ts'); // no other command needs it
  await run(relayService({ env: process.env, overrides, file: config }, replace), check);
}

async function runHouse({ config, check }: HouseOptions): Promise<void> {
  const { houseService } = await import('./process/house-service.ts');
  await run(houseService({ env: process.env, file: config }), check);
}

async function run<S extends LoggingSettings>(service: CommandedService<S>, isCheck = false): Promise<void> {
  const { checkService, runService } = await import('./process/run-service.ts');
  if (isCheck) process.exitCode = await checkService(service);
  else await runService(service, (code) => process.exit(code));
}

/** SIGTERM and SIGINT end the test with a report of what was measured until then, a second one stops at once. */
async function runLoad({ plan, thresholds, json }: LoadCommand): Promise<void> {
  optimize();
  const { load } = await import('../load-tester/load.ts');
  const { onStopSignals } = await import('./process/stop-signals.ts');
  const stopping = new AbortController();
  onStopSignals(
    () => stopping.abort(),
    () => process.exit(ExitCode.cannotRun),
  );
  const outputs = { out: process.stdout, err: process.stderr, json };
  process.exitCode = await load(plan, thresholds, stopping.signal, outputs);
}

/** SIGTERM and SIGINT end what is shown with what it has come to. */
async function runInspect(request: InspectRequest): Promise<void> {
  const { inspect } = await import('./commands/inspect/inspect.ts');
  const { onStopSignals } = await import('./process/stop-signals.ts');
  const stopping = new AbortController();
  onStopSignals(
    () => stopping.abort(),
    () => process.exit(ExitCode.cannotRun),
  );
  const isFine = await inspect(request, process.stdout, stopping.signal);
  if (!isFine) process.exitCode = ExitCode.cannotRun;
}

/** The exit code that says what went wrong, which standard error says in words. */
function endOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.stopped : ExitCode.wrongUsage;
  tellFailure(error);
  return exitCodeOf(error);
}
