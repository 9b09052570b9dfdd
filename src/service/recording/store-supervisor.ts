import type { Log } from '../../log.ts';
import type { StoreLink, StoreLinkEvents } from '../../recording/link/store-link.ts';
import type { StoreProcess, StoreProcessEvents } from '../../recording/process/start-store.ts';
import type { StoreUsage } from '../../recording/process/store-messages.ts';
import type { UploadFigures } from '../../recording/store/recording-uploads.ts';
import type { RecordingStoreSettings } from '../../recording/store/store-settings.ts';
import type { Clock } from '../../stream/clock.ts';
import { Heartbeat } from './heartbeat.ts';

/** A store that has ended is started again after the first of these times, each time after twice as long, milliseconds. */
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;

/** One that has run for so long begins with the first of them again, milliseconds. */
const STEADY_MS = 60_000;

/** A store that has not answered so many times in a row is ended and started again. */
const MOST_MISSED = 2;

/** A store that was asked to end and does not is ended after this time, milliseconds. */
const STOP_MS = 5000;

/** A connection to the store that can be ended. */
export type ClosableLink = StoreLink & { close(): void; destroy(): void };

/** What a supervisor needs. */
export interface StoreSupervisorHost {
  readonly clock: Clock;
  readonly log: Log;
  start(settings: RecordingStoreSettings, events: StoreProcessEvents): Promise<StoreProcess>;
  /** @param path - of the store's socket */
  open(path: string, events: StoreLinkEvents): ClosableLink;
  /** Where threads reach the store from now on. @param path - of its socket */
  onSocket(path: string): void | Promise<void>;
}

/** Keeps a store running: starts it, looks whether it answers, and starts another one where it does not, or has ended. */
export class StoreSupervisor {
  readonly #host: StoreSupervisorHost;
  #settings: RecordingStoreSettings;
  #process: StoreProcess | undefined;
  #link: ClosableLink | undefined;
  #heartbeat: Heartbeat | undefined;
  #startedAt = 0;
  #uploads: UploadFigures | undefined;
  #usage: StoreUsage | undefined;
  #restartMs = FIRST_RESTART_MS;
  #cancelRestart: () => void = () => {};
  #isClosed = false;

  constructor(settings: RecordingStoreSettings, host: StoreSupervisorHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** The connection of whoever supervises; undefined while there is none. */
  get link(): StoreLink | undefined {
    return this.#link;
  }

  /** Where threads reach the store; undefined while there is none. */
  get socketPath(): string | undefined {
    return this.#link === undefined ? undefined : this.#process?.socketPath;
  }

  /** Of the process; undefined while there is none. For tests and operators. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How its uploads stand, since it was started; undefined where it has none. */
  get uploads(): UploadFigures | undefined {
    return this.#uploads;
  }

  /** What the process takes; undefined while there is none. */
  get usage(): StoreUsage | undefined {
    return this.#usage;
  }

  configure(settings: RecordingStoreSettings): void {
    this.#settings = settings;
    this.#process?.configure(settings);
  }

  /** Starts it; resolves when it answers, or has failed: then it is tried again. */
  async start(): Promise<void> {
    if (this.#isClosed) return;
    const { clock, log } = this.#host;
    this.#startedAt = clock.now();
    try {
      const store = await this.#host.start(this.#settings, {
        onTold: (level, sentence) => log[level]('store-process', sentence),
        onUploads: (figures) => {
          this.#uploads = figures;
        },
        onUsage: (usage) => {
          this.#usage = usage;
        },
        onExit: (fault) => this.#onExit(fault),
      });
      this.#process = store;
      await store.ready;
      if (this.#isClosed) return;
      await this.#listen(store);
    } catch (error) {
      if (this.#process === undefined) this.#onExit((error as Error).message); // else it was told as its exit
    }
  }

  /** Has it finish what is recorded, and ends it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRestart();
    this.#heartbeat?.stop();
    this.#link?.close();
    this.#link = undefined;
    const store = this.#process;
    if (store === undefined) return;
    const cancel = this.#host.clock.after(STOP_MS, () => {
      this.#host.log.warn('store-process', 'the store did not end in time and is killed');
      store.kill();
    });
    await store.stop();
    cancel();
  }

  async #listen(store: StoreProcess): Promise<void> {
    const { clock, log } = this.#host;
    const link = this.#host.open(store.socketPath, { onState: () => {} });
    this.#link = link;
    this.#heartbeat = new Heartbeat(clock, () => link.ping(), {
      onMissed: (count) => {
        if (count < MOST_MISSED) return;
        log.error('store-process', 'the store does not answer and is started again');
        store.kill();
      },
      onBack: () => {},
    });
    await this.#host.onSocket(store.socketPath);
  }

  #onExit(fault: string): void {
    const { clock, log } = this.#host;
    this.#process = undefined;
    this.#usage = undefined;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#link?.destroy();
    this.#link = undefined;
    if (this.#isClosed) return;
    if (clock.now() - this.#startedAt > STEADY_MS) this.#restartMs = FIRST_RESTART_MS;
    const seconds = this.#restartMs / 1000;
    const text = `the store has ended${fault === '' ? '' : `: ${fault}`}; it is started again in ${seconds} s`;
    log.error('store-process', text);
    this.#cancelRestart = clock.after(this.#restartMs, () => void this.start());
    this.#restartMs = Math.min(2 * this.#restartMs, LAST_RESTART_MS);
  }
}
