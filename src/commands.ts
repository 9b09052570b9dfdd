import { Command, CommanderError } from 'commander';
import { describeLoad, type LoadCommand } from '../load-tester/load-command.ts';
import { describeCtl } from './commands/ctl/ctl-command.ts';
import { CtlFailure } from './commands/ctl/ctl-failure.ts';
import { describeHashKey } from './commands/hash-key-command.ts';
import { describeHashPassword } from './commands/hash-password-command.ts';
import { describeSign } from './commands/sign-command.ts';
import { complain } from './complaint.ts';
import { possibleSockets, socketSurroundings } from './config/admin/admin-socket.ts';
import {
  loadRelayConfig,
  type RelayConfigSources,
  type RelayOverrides,
  readRelayConfig,
} from './config/load-config.ts';
import type { RelaySettings } from './config/relay-settings.ts';
import { configFileOf } from './config/sources/load-settings.ts';
import { CredentialFileError } from './credentials/credential-file.ts';
import { bugText, ConfigError } from './errors.ts';
import type { Log } from './log.ts';
import { LogFileError } from './log-file.ts';
import { logStart, logStop, type RelayStop } from './relay-life.ts';
import { RelayLogs } from './relay-logs.ts';
import { onStopSignals, RelayProcess } from './relay-process.ts';
import { CertificateError } from './service/listen/authorities.ts';
import { canSharePorts, ListenError, type PortSharing } from './service/listen/listener.ts';
import { openFilesLimit } from './service/listen/open-files.ts';
import { PrivilegeError } from './service/privileges/account.ts';
import { adviseOnHandover, adviseOnLimits } from './service/relay/advice.ts';
import { HandoverError, Predecessor } from './service/relay/handover/predecessor.ts';
import { succeed } from './service/relay/handover/succeed.ts';
import { PreflightError, preflight, preflightText } from './service/relay/preflight.ts';
import type { Relay, RelayExtras } from './service/relay/relay.ts';
import type { Cluster } from './service/relay/workers/cluster.ts';
import { version } from './version.ts';

/** 0 stopped as asked, 1 this machine is not ready, 2 wrong usage or config, and whatever a check finds. */
const ExitCode = { stopped: 0, cannotRun: 1, wrongUsage: 2 } as const;

/** How long the end of a relay waits for a log that nobody reads, milliseconds. */
const FLUSH_MS = 500;

interface RelayOptions extends RelayOverrides {
  readonly config?: string;
  readonly check?: boolean;
  readonly replace?: boolean;
}

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

program
  .command('relay')
  .description('run a relay')
  .option(
    '-c, --config <file>',
    'read this configuration file (default: the one that STREAMPUMP_CONFIG names)',
  )
  .option('--host <address>', 'listen for publishers and players on this address')
  .option('--rtmp-port <port>', 'RTMP port; 0 picks a free one')
  .option('--http-port <port>', 'HTTP and WebSocket port; 0 picks a free one')
  .option('--admin-port <port>', 'port for metrics and health checks; 0 picks a free one')
  .option(
    '--upstream <url>',
    'pull every stream on demand from this relay or server, such as rtmp://parent or http://parent:8080; repeat it for failover, preferred first',
    (url: string, former: readonly string[] = []) => [...former, url],
  )
  .option(
    '--replace',
    'take over from the relay that runs here: bind its ports beside it, then have it drain',
  )
  .option('--check', 'report every problem that a start would run into, without opening a port, and exit')
  .action(runRelay);

describeLoad(program.command('load'), runLoad);
describeCtl(program.command('ctl'));
describeSign(program.command('sign'), () => {
  process.exitCode = ExitCode.cannotRun;
});
describeHashPassword(program.command('hash-password'));
describeHashKey(program.command('hash-key'));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

async function runRelay({ config, check, replace = false, ...overrides }: RelayOptions): Promise<void> {
  const sources = { env: process.env, overrides, file: config };
  if (check) return checkRelay(sources);
  const load = (): RelaySettings => loadRelayConfig(sources);
  const settings = load();
  const logs = await RelayLogs.open(settings);
  const { log } = logs;
  const { wanted, workers } = await countWorkers(settings);
  const openFiles = openFilesLimit();
  logStart(log, { version, config: configFileOf(sources), workers, openFiles });
  adviseOnLimits(log, openFiles);
  if (workers < wanted)
    log.warn('workers', 'this platform does not let several threads listen on one port: running one worker');

  let isOver = false;
  const exit = async (code: number, stop: RelayStop): Promise<void> => {
    if (isOver) return;
    isOver = true;
    log.catchUp();
    logStop(log, stop);
    await logs.close(FLUSH_MS);
    process.exit(code);
  };
  const fail = async (error: unknown): Promise<void> => {
    const isShown = process.stdout.isTTY && settings.log.file === null && settings.log.level !== 'silent';
    if (!isOver) await exit(exitCodeOf(error, isShown), { why: 'failure', problem: problemOf(error) });
  };
  process.on('uncaughtException', fail);
  const control = new RelayProcess({
    starting: () => starting,
    ...{ load, log, fail },
    exit: (stop) => exit(ExitCode.stopped, stop),
  });
  const handedOver = Promise.withResolvers<void>();
  const handover = { isReplacing: replace, onHandedOver: handedOver.resolve, process: control };
  const starting = prepare(settings, log, configFileOf(sources)).then(() =>
    startRelay(settings, workers, logs, handover),
  );
  void handedOver.promise
    .then(() => starting)
    .then((relay) => relay.drain())
    .then((sessions) => exit(ExitCode.stopped, { why: 'handed-over', sessions }), fail);
  process.on('SIGUSR2', () => void logs.reopen());
  control.obeySignals();
  await starting.catch(fail);
}

/** How many threads are wanted, and how many the platform can have. */
async function countWorkers(
  settings: RelaySettings,
): Promise<{ readonly wanted: number; readonly workers: number }> {
  if (settings.workers === 1) return { wanted: 1, workers: 1 };
  const { workerCount } = await import('./service/relay/workers/cluster.ts');
  const wanted = workerCount(settings.workers);
  return { wanted, workers: wanted === 1 || (await canSharePorts()) ? wanted : 1 };
}

/** Says all that a start would stumble over. */
async function checkRelay(sources: RelayConfigSources): Promise<void> {
  const { settings, error } = readRelayConfig(sources);
  const faults = await preflight(settings, configFileOf(sources));
  if (error !== undefined) tell(error);
  if (faults.length > 0) tell(new PreflightError(faults));
  if (error !== undefined || faults.length > 0) process.exitCode = ExitCode.wrongUsage;
  else console.log('configuration is valid');
}

/** Warns of what a relay can run with. @throws PreflightError with all that it cannot run with */
async function prepare(settings: RelaySettings, log: Log, configFile: string | undefined): Promise<void> {
  const faults = await preflight(settings, configFile);
  const obstacles = faults.filter(({ kind }) => kind !== 'date' && kind !== 'later');
  if (obstacles.length > 0) throw new PreflightError(obstacles);
  for (const fault of faults)
    log.warn(fault.kind === 'date' ? 'certificate' : 'unreadable', preflightText(fault));
}

/** A relay of one thread pays nothing for those that have several. */
async function startRelay(
  settings: RelaySettings,
  workers: number,
  { log, access: accessLog }: RelayLogs,
  {
    isReplacing,
    ...control
  }: Pick<RelayExtras, 'onHandedOver' | 'process'> & { readonly isReplacing: boolean },
): Promise<Relay | Cluster> {
  const predecessor = isReplacing
    ? await Predecessor.find(possibleSockets(settings.admin.socket, socketSurroundings()), settings.listen)
    : undefined;
  if (predecessor !== undefined) adviseOnHandover(log);
  const sharing = await sharingWith(predecessor);
  const extras = { sharing, replaces: predecessor, accessLog, ...control };
  const relay = await (workers === 1
    ? startThread(settings, log, extras)
    : startThreads(settings, log, extras));
  if (predecessor !== undefined) await succeed(predecessor, relay, log);
  return relay;
}

/** How the ports are bound: where nobody is replaced a relay is alone on them, and can be replaced where the platform lets two share. */
async function sharingWith(predecessor: Predecessor | undefined): Promise<PortSharing> {
  if (await canSharePorts()) return predecessor === undefined ? 'later' : 'now';
  if (predecessor === undefined) return 'none';
  throw new HandoverError('--replace: this platform does not let two relays share their ports');
}

async function startThread(settings: RelaySettings, log: Log, extras: RelayExtras): Promise<Relay> {
  const { Relay } = await import('./service/relay/relay.ts'); // no other command needs it
  return Relay.start(settings, log, undefined, extras);
}

async function startThreads(settings: RelaySettings, log: Log, extras: RelayExtras): Promise<Cluster> {
  const { Cluster } = await import('./service/relay/workers/cluster.ts');
  return Cluster.start(settings, log, undefined, extras);
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

/** The exit code that says what went wrong; unless it is shown already, standard error says it in words. */
function exitCodeOf(error: unknown, isShown = false): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.stopped : ExitCode.wrongUsage;
  if (!isShown) tell(error);
  return error instanceof ConfigError ? ExitCode.wrongUsage : ExitCode.cannotRun;
}

/** Says why the command does not run. */
function tell(error: unknown): void {
  complain(error instanceof ConfigError ? 'config' : 'failed', problemOf(error));
}

/** What went wrong, for people; where that is a fault of our own, where it was thrown. */
function problemOf(error: unknown): string {
  const known = [
    CtlFailure,
    ConfigError,
    PreflightError,
    ListenError,
    CertificateError,
    CredentialFileError,
    LogFileError,
    PrivilegeError,
    HandoverError,
  ];
  const isKnown = known.some((type) => error instanceof type);
  return isKnown ? (error as Error).message : bugText(error);
}
