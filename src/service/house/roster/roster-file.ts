import { loadRoster } from '../../../config/house/load-roster.ts';
import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { ConfigError } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { FileWatch, lookAt } from '../../file-watch.ts';

/** So many faults of one roster are logged; more are counted. */
const MAX_FAULTS = 20;

/** What a roster file needs of the house. */
export interface RosterFileHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Told the roster when it has been read again. */
  onRead(entries: readonly RosterEntry[]): void;
}

/** The file with the roster: read again when it has changed and stands still, or when asked to; with a fault in it the old one stays as a whole. */
export class RosterFile {
  readonly #host: RosterFileHost;
  readonly #watch: FileWatch;
  #file: string;
  #entries: readonly RosterEntry[];
  #faults: readonly string[] = [];

  private constructor(file: string, look: string, entries: readonly RosterEntry[], host: RosterFileHost) {
    this.#file = file;
    this.#entries = entries;
    this.#host = host;
    const { clock, log } = host;
    this.#watch = new FileWatch(look, {
      clock,
      log,
      files: () => [this.#file],
      readAgain: () => this.#readAgain(),
    });
  }

  /** Reads it for the first time. @throws ConfigError with all faults */
  static async open(file: string, host: RosterFileHost): Promise<RosterFile> {
    const look = await lookAt([file]);
    return new RosterFile(file, look, loadRoster(file), host);
  }

  get entries(): readonly RosterEntry[] {
    return this.#entries;
  }

  /** Resolves when what is being read now has been read. */
  get settled(): Promise<void> {
    return this.#watch.settled;
  }

  /** Reads it again, from another file if one is given. @returns the faults for which the old roster stays */
  async reread(file: string = this.#file): Promise<readonly string[]> {
    this.#file = file;
    await this.#watch.reread();
    return this.#faults;
  }

  close(): void {
    this.#watch.close();
  }

  async #readAgain(): Promise<void> {
    const { log, onRead } = this.#host;
    try {
      this.#entries = loadRoster(this.#file);
      this.#faults = [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#faults = error.message.split('\n');
      this.#tellFaults();
      return;
    }
    const relays = this.#entries.length;
    log.info('roster', `roster read again: ${relays} relays`, { relays });
    onRead(this.#entries);
  }

  #tellFaults(): void {
    const { log } = this.#host;
    const relays = this.#entries.length;
    for (const fault of this.#faults.slice(0, MAX_FAULTS))
      log.error('roster', `the old roster stays: ${fault}`, { relays });
    const more = this.#faults.length - MAX_FAULTS;
    if (more > 0)
      log.error('roster', `the old roster stays: ${more} more faults, --check prints all`, { relays });
  }
}
