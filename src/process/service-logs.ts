/** Where a service's lines go: to its log, and to its access log if it has one. */
import { complain } from '../complaint.ts';
import type { AccessLogSettings, LogSettings } from '../config/log-settings.ts';
import { type Log, openLog } from '../log.ts';
import { LogFile } from '../log-file.ts';
import { LogOutput } from '../log-output.ts';
import { tellMissingLines } from '../service/access-log/access-log.ts';

/** The settings that say where lines go, and who writes them. */
export interface LoggingSettings {
  readonly name: string;
  readonly log: LogSettings;
  readonly accessLog: AccessLogSettings;
}

/** The logs of a service, open. */
export class ServiceLogs {
  readonly log: Log;
  /** Undefined where there is no access log. */
  readonly access: LogOutput | undefined;
  readonly #main: LogOutput;
  readonly #files: readonly LogFile[];

  private constructor(log: Log, main: LogOutput, access: LogFile | undefined, files: readonly LogFile[]) {
    this.log = log;
    this.#main = main;
    this.access = access?.output;
    this.#files = files;
  }

  /** Opens what the settings name. @throws LogFileError */
  static async open({ log: settings, accessLog, name }: LoggingSettings): Promise<ServiceLogs> {
    const file = settings.file === null ? undefined : await LogFile.open(settings.file);
    const access = accessLog.file === null ? undefined : await LogFile.open(accessLog.file);
    const main = file?.output ?? LogOutput.standard();
    const log = await openLog(settings, name, main, file === undefined && process.stdout.isTTY);
    if (file !== undefined)
      main.onFault = (problem) => complain('failed', `lines of ${file.path} are lost: ${problem}`);
    if (access !== undefined) {
      const { output, path } = access;
      output.onMissing = (lines) => tellMissingLines(log, lines);
      output.onFault = (problem) =>
        log.error('log-file', `lines of ${path} are lost: ${problem}`, { file: path });
    }
    return new ServiceLogs(
      log,
      main,
      access,
      [file, access].filter((one) => one !== undefined),
    );
  }

  /** Lines go to the files that have the names now: the old ones were moved away. Where one cannot be opened, they go on to the old one. */
  async reopen(): Promise<void> {
    for (const file of this.#files) {
      const { path } = file;
      try {
        await file.reopen();
        this.log.info('log-file', `opened ${path} again`, { file: path });
      } catch (error) {
        const text = `${(error as Error).message}; lines go on to the file that was open`;
        this.log.error('log-file', text, { file: path });
      }
    }
  }

  /** The last line is written; resolves when everything is, or after this time, milliseconds. */
  async close(withinMs: number): Promise<void> {
    this.#main.close();
    await Promise.all([this.#main.flush(withinMs), this.access?.flush(withinMs)]);
  }
}
