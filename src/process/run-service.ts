import type { SettingReading } from '../config/sources/load-settings.ts';
import type { Log } from '../log.ts';
import type { ProcessControl } from '../service/admin/process-control.ts';
import { openFilesLimit } from '../service/listen/open-files.ts';
import { adviseOnLimits } from '../service/serving/advice.ts';
import { PreflightError, type PreflightFault } from '../service/serving/preflight.ts';
import type { SettingsSource } from '../service/serving/reconfigure.ts';
import { version } from '../version.ts';
import { ExitCode, exitCodeOf, failureText, tellFailure } from './failures.ts';
import { heedFaults } from './heed-faults.ts';
import { logStart, logStop, type ServiceStop } from './service-life.ts';
import { type LoggingSettings, ServiceLogs } from './service-logs.ts';
import { type RunningService, ServiceProcess } from './service-process.ts';

/** How long the end of a service waits for a log that nobody reads, milliseconds. */
const FLUSH_MS = 500;

/** What a service has of the process that it runs in. */
export interface ServiceHost {
  readonly logs: ServiceLogs;
  readonly process: ProcessControl;
  /** Its ports are a successor's: it is to drain. */
  onHandedOver(): void;
}

/** A service that a command runs: its settings are `S`. */
export interface CommandedService<S extends LoggingSettings> extends SettingsSource<S> {
  /** What it is, in its first line; undefined for a relay. */
  readonly what: string | undefined;
  /** Where its settings come from; undefined where there is no file. */
  readonly configFile: string | undefined;
  /** Like `load`, but gives what is sound next to the faults. */
  read(): SettingReading<S>;
  /** Everything on this machine that a start would stumble over. */
  preflight(settings: S): Promise<readonly PreflightFault[]>;
  /** How many threads are to serve; without it one. */
  countWorkers?(settings: S, log: Log): Promise<number>;
  start(settings: S, workers: number, host: ServiceHost): Promise<RunningService<S>>;
}

/** Runs a service until it is told to stop. @param end - ends the process */
export async function runService<S extends LoggingSettings>(
  service: CommandedService<S>,
  end: (code: ExitCode) => void,
): Promise<void> {
  const { what, configFile } = service;
  const settings = service.load();
  const logs = await ServiceLogs.open(settings);
  const { log } = logs;
  const workers = (await service.countWorkers?.(settings, log)) ?? 1;
  const openFiles = openFilesLimit();
  logStart(log, { version, what, config: configFile, workers, openFiles });
  adviseOnLimits(log, openFiles);

  let isOver = false;
  const exit = async (code: ExitCode, stop: ServiceStop): Promise<void> => {
    if (isOver) return;
    isOver = true;
    log.catchUp();
    logStop(log, stop);
    await logs.close(FLUSH_MS);
    end(code);
  };
  const fail = async (error: unknown): Promise<void> => {
    if (isOver) return;
    const isShown = process.stdout.isTTY && settings.log.file === null && settings.log.level !== 'silent';
    if (!isShown) tellFailure(error);
    await exit(exitCodeOf(error), { why: 'failure', problem: failureText(error) });
  };
  process.on('uncaughtException', fail);
  const control = new ServiceProcess({
    ...{ source: service, log, fail, starting: () => starting },
    exit: (stop) => exit(ExitCode.stopped, stop),
  });
  const handedOver = Promise.withResolvers<void>();
  const host: ServiceHost = { logs, process: control, onHandedOver: handedOver.resolve };
  const starting = service
    .preflight(settings)
    .then((faults) => heedFaults(faults, log))
    .then(() => service.start(settings, workers, host));
  void handedOver.promise
    .then(() => starting)
    .then((running) => running.drain())
    .then((sessions) => exit(ExitCode.stopped, { why: 'handed-over', sessions }), fail);
  process.on('SIGUSR2', () => void logs.reopen());
  control.obeySignals();
  await starting.catch(fail);
}

/** Says all that a start would stumble over. @returns how the command is to end */
export async function checkService<S extends LoggingSettings>(
  service: CommandedService<S>,
): Promise<ExitCode> {
  const { settings, error } = service.read();
  const faults = await service.preflight(settings);
  if (error !== undefined) tellFailure(error);
  if (faults.length > 0) tellFailure(new PreflightError(faults));
  if (error !== undefined || faults.length > 0) return ExitCode.wrongUsage;
  console.log('configuration is valid');
  return ExitCode.stopped;
}
