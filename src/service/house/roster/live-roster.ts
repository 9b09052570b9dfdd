import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { Audience } from '../audience.ts';
import type { HouseStore } from '../store/house-store.ts';
import { isSameRoster, type SharedRoster } from '../store/shared-roster.ts';
import { keepingSame, type MergedRoster, mergeRoster } from './merge-roster.ts';
import type { Roster } from './roster.ts';
import { RosterFile } from './roster-file.ts';

/** What a roster needs of the house. */
export interface LiveRosterHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<HouseStore, 'decisions' | 'onDecisions'>;
  /** That of all houses; undefined where this one is alone. */
  readonly shared: SharedRoster | undefined;
}

/** The roster as it is: what its file says, or else the roster that houses share, with what houses have decided. */
export class LiveRoster implements Roster {
  readonly #host: LiveRosterHost;
  readonly #listeners: Audience<[]>;
  readonly #stopListening: readonly (() => void)[];
  #file: RosterFile | undefined;
  #merged: MergedRoster = mergeRoster([], { draining: [], provisioned: [], routes: {} });
  #told = new Set<string>();

  private constructor(host: LiveRosterHost) {
    const { log, store, shared } = host;
    this.#host = host;
    this.#listeners = new Audience(log);
    const stopDecisions = store.onDecisions(() => this.#merge());
    const stopShared = shared?.onChange((entries) => this.#onShared(entries));
    this.#stopListening = stopShared === undefined ? [stopDecisions] : [stopDecisions, stopShared];
  }

  /** @param file - null: the roster that houses share. @throws ConfigError with all faults of the file */
  static async open(file: string | null, host: LiveRosterHost): Promise<LiveRoster> {
    const roster = new LiveRoster(host);
    try {
      await roster.reread(file);
      return roster;
    } catch (error) {
      roster.close();
      throw error;
    }
  }

  get entries(): ReadonlyMap<string, RosterEntry> {
    return this.#merged.entries;
  }

  isDraining(relay: string): boolean {
    return this.#merged.draining.has(relay);
  }

  onChange(tell: () => void): () => void {
    return this.#listeners.add(tell);
  }

  /** Resolves when what is being read now has been read. */
  get settled(): Promise<void> {
    return this.#file?.settled ?? Promise.resolve();
  }

  /**
   * Reads the roster again, perhaps from another file, or from none.
   * @returns the faults for which the old one stays
   * @throws ConfigError where a file is read for the first time
   */
  async reread(file: string | null): Promise<readonly string[]> {
    if (this.#file !== undefined && file !== null) return this.#file.reread(file);
    const { clock, log, shared } = this.#host;
    const host = { clock, log, onRead: (entries: readonly RosterEntry[]) => this.#onRead(entries) };
    const opened = file === null ? undefined : await RosterFile.open(file, host);
    this.#file?.close();
    this.#file = opened;
    if (opened !== undefined) shared?.put(opened.entries);
    this.#merge();
    return [];
  }

  close(): void {
    this.#file?.close();
    for (const stop of this.#stopListening) stop();
  }

  #onRead(entries: readonly RosterEntry[]): void {
    this.#host.shared?.put(entries);
    this.#merge();
  }

  #onShared(entries: readonly RosterEntry[]): void {
    if (this.#file === undefined) this.#merge();
    else if (!isSameRoster(this.#file.entries, entries)) {
      const relays = this.#file.entries.length;
      const text =
        'another house has another roster file: this one goes by its own, and houses without one by the other';
      this.#host.log.warn('roster', text, { relays });
    }
  }

  #merge(): void {
    const { store, shared } = this.#host;
    const written = this.#file?.entries ?? shared?.entries ?? [];
    const former = this.#merged;
    this.#merged = keepingSame(former, mergeRoster(written, store.decisions));
    this.#tellMisfits();
    const { entries, draining } = this.#merged;
    if (entries !== former.entries || draining !== former.draining) this.#listeners.tell();
  }

  /** Each once, for as long as it does not fit. */
  #tellMisfits(): void {
    const { entries, misfits } = this.#merged;
    const relays = entries.size;
    for (const misfit of misfits)
      if (!this.#told.has(misfit)) this.#host.log.warn('roster', misfit, { relays });
    this.#told = new Set(misfits);
  }
}
