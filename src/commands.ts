import { Command, CommanderError } from 'commander';
import { describeLoad, type LoadCommand } from '../load-tester/load-command.ts';
import {
  loadRelayConfig,
  type RelayConfigSources,
  type RelayOverrides,
  readRelayConfig,
} from './config/load-config.ts';
import type { RelaySettings } from './config/relay-settings.ts';
import { ConfigError } from './errors.ts';
import { type Log, openLog } from './log.ts';
import { LogOutput } from './log-output.ts';
import { CertificateError } from './service/listen/certificate.ts';
import { ListenError } from './service/listen/listener.ts';
import { adviseOnLimits } from './service/relay/advice.ts';
import { PreflightError, preflight, preflightText } from './service/relay/preflight.ts';
import { reconfigure } from './service/relay/reconfigure.ts';
import { Relay } from './service/relay/relay.ts';
import type { Cluster } from './service/relay/workers/cluster.ts';
import { version } from './version.ts';

/** 0 stopped as asked, 1 this machine is not ready, 2 wrong usage or config, and whatever a check finds. */
const ExitCode = { stopped: 0, cannotRun: 1, wrongUsage: 2 } as const;

/** A signal that comes again so soon is the same one: a terminal sends Ctrl-C to npm as well, which passes it on. Milliseconds. */
const SAME_SIGNAL_MS = 500;

/** How long the end of a relay waits for a log that nobody reads, milliseconds. */
const FLUSH_MS = 500;

interface RelayOptions extends RelayOverrides {
  readonly config?: string;
  readonly check?: boolean;
}

const program = new Command('streampump')
  .description(
    'A live-stream reflector: one source in, thousands of players out, relays that pull from relays.',
  )
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .exitOverride();

program
  .command('relay')
  .description('run a relay')
  .option('-c, --config <file>', 'read this configuration file')
  .option('--host <address>', 'listen for publishers and players on this address')
  .option('--rtmp-port <port>', 'RTMP port, 0 for a free one')
  .option('--http-port <port>', 'HTTP and WebSocket port, 0 for a free one')
  .option('--admin-port <port>', 'port of metrics and health, 0 for a free one')
  .option(
    '--upstream <url>',
    'pull every stream on demand from this relay or server, such as rtmp://parent or http://parent:8080',
  )
  .option('--check', 'report every problem that a start would run into, without opening a port, and exit')
  .action(runRelay);

describeLoad(program.command('load'), runLoad);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

async function runRelay({ config, check, ...overrides }: RelayOptions): Promise<void> {
  const sources = { env: process.env, overrides, file: config };
  if (check) return checkRelay(sources);
  const load = (): RelaySettings => loadRelayConfig(sources);
  const settings = load();
  const output = LogOutput.standard();
  const log = await openLog(settings.log, settings.name, output);
  const exit = async (code: number): Promise<never> => {
    await output.flush(FLUSH_MS);
    process.exit(code);
  };
  adviseOnLimits(log);
  const starting = startRelay(settings, log);
  obeySignals(starting, load, log, exit);
  await starting.catch((error: unknown) => exit(exitCodeOf(error)));
}

/** Says all that a start would stumble over. */
async function checkRelay(sources: RelayConfigSources): Promise<void> {
  const { settings, error } = readRelayConfig(sources);
  const faults = await preflight(settings);
  if (error !== undefined) tell(error);
  if (faults.length > 0) tell(new PreflightError(faults));
  if (error !== undefined || faults.length > 0) process.exitCode = ExitCode.wrongUsage;
  else console.log('configuration is valid');
}

/** Warns of what a relay can run with. @throws PreflightError with all that it cannot run with */
async function prepare(settings: RelaySettings, log: Log): Promise<void> {
  const { warnings = [], obstacles = [] } = Object.groupBy(await preflight(settings), ({ kind }) =>
    kind === 'date' ? 'warnings' : 'obstacles',
  );
  if (obstacles.length > 0) throw new PreflightError(obstacles);
  for (const fault of warnings) log.warn('certificate', preflightText(fault));
}

/** A relay of one thread pays nothing for those that have several. */
async function startRelay(settings: RelaySettings, log: Log): Promise<Relay | Cluster> {
  await prepare(settings, log);
  if (settings.workers === 1) return Relay.start(settings, log);
  const { Cluster, workerCount } = await import('./service/relay/workers/cluster.ts');
  if (workerCount(settings.workers) === 1) return Relay.start(settings, log);
  const { canSharePorts } = await import('./service/relay/workers/shared-ports.ts');
  if (await canSharePorts()) return Cluster.start(settings, log);
  log.warn('workers', 'this platform does not let several threads listen on one port: one worker runs');
  return Relay.start(settings, log);
}

/** SIGTERM and SIGINT end the test with a report of what was measured until then, a second one stops at once. */
async function runLoad({ plan, thresholds, json }: LoadCommand): Promise<void> {
  const { load } = await import('../load-tester/load.ts');
  const stopping = new AbortController();
  onStopSignals(
    () => stopping.abort(),
    () => process.exit(ExitCode.cannotRun),
  );
  const outputs = { out: process.stdout, err: process.stderr, json };
  process.exitCode = await load(plan, thresholds, stopping.signal, outputs);
}

/** SIGTERM and SIGINT drain and stop, a second one stops at once; SIGHUP reads the configuration again. */
function obeySignals(
  starting: Promise<Relay | Cluster>,
  load: () => RelaySettings,
  log: Log,
  exit: (code: number) => Promise<never>,
): void {
  const stop = (signal: string): void => {
    log.info('signal', `${signal}: stopping, once more to stop at once`);
    void starting
      .then((relay) => relay.drain())
      .then(() => ExitCode.stopped, exitCodeOf)
      .then(exit);
  };
  onStopSignals(stop, () => process.exit(ExitCode.stopped));
  let configured: Promise<unknown> = starting;
  process.on('SIGHUP', () => {
    configured = configured
      .then(() => starting) // one after the other
      .then(
        (relay) => reconfigure(relay, load, log),
        () => {}, // the start itself tells
      );
  });
}

/** Calls `first` for the first SIGTERM or SIGINT, and `again` for every later one. */
function onStopSignals(first: (signal: string) => void, again: () => void): void {
  let heard: { readonly signal: string; readonly atMs: number } | undefined;
  const hear = (signal: string): void => {
    const atMs = performance.now();
    if (heard === undefined) {
      heard = { signal, atMs };
      first(signal);
    } else if (signal !== heard.signal || atMs - heard.atMs > SAME_SIGNAL_MS) again();
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, hear);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.stopped : ExitCode.wrongUsage;
  tell(error);
  return error instanceof ConfigError ? ExitCode.wrongUsage : ExitCode.cannotRun;
}

/** Says why the command does not run; where that is a fault of our own, where it was thrown. */
function tell(error: unknown): void {
  const isKnown = [ConfigError, PreflightError, ListenError, CertificateError].some(
    (type) => error instanceof type,
  );
  console.error(isKnown ? (error as Error).message : error);
}
