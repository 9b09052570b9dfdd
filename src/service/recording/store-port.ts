import type { RecordingSettings } from '../../config/recordings/recording-settings.ts';
import type { Log } from '../../log.ts';
import type { StoreLink } from '../../recording/link/store-link.ts';
import type { StoreUsage } from '../../recording/process/store-messages.ts';
import type { UploadFigures } from '../../recording/store/recording-uploads.ts';
import type { RecordingStoreSettings } from '../../recording/store/store-settings.ts';
import type { ServerConnector } from '../../session/upstream/server-connector.ts';
import type { Clock } from '../../stream/clock.ts';
import type { StoreSupervisor } from './store-supervisor.ts';

/** A start waits so long for the store, milliseconds: what comes before it answers would have to wait for it. */
const START_MS = 3000;

/** What a relay's store needs of it. */
export interface StorePortHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Where threads reach the store from now on. @param path - of its socket */
  onSocket(path: string): void | Promise<void>;
  /** Says how uploads go out. */
  readonly connector: Pick<ServerConnector, 'settings'>;
}

/** The store of a relay, a process of its own, where the settings name a folder: it is loaded and started only then. */
export class StorePort {
  readonly #host: StorePortHost;
  #supervisor: StoreSupervisor | undefined;

  constructor(host: StorePortHost) {
    this.#host = host;
  }

  /** Starts the store, as whom the process is now; resolves when it answers, or has failed, or in a while: a disk may hang. */
  async open(settings: RecordingSettings | null): Promise<void> {
    if (settings === null) return;
    const [{ StoreSupervisor }, { startStore }, { SocketLink }] = await Promise.all([
      import('./store-supervisor.ts'),
      import('../../recording/process/start-store.ts'),
      import('../../recording/link/socket-link.ts'),
    ]);
    this.#supervisor = new StoreSupervisor(this.#storeSettings(settings), {
      ...this.#host,
      start: startStore,
      open: (path, events) => new SocketLink(path, events),
    });
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#host.clock.after(START_MS, resolve);
    await Promise.race([this.#supervisor.start(), late]);
    cancel();
  }

  /** Whether there is one at all. */
  get isOpen(): boolean {
    return this.#supervisor !== undefined;
  }

  /** The main thread's connection to it; undefined while there is none. */
  get link(): StoreLink | undefined {
    return this.#supervisor?.link;
  }

  /** Undefined while there is none. */
  get socketPath(): string | undefined {
    return this.#supervisor?.socketPath;
  }

  /** Of the process, for tests. */
  get pid(): number | undefined {
    return this.#supervisor?.pid;
  }

  /** How uploads stand; undefined where there are none. */
  get uploads(): UploadFigures | undefined {
    return this.#supervisor?.uploads;
  }

  /** What the process takes; undefined while there is none. */
  get usage(): StoreUsage | undefined {
    return this.#supervisor?.usage;
  }

  configure(settings: RecordingSettings | null): void {
    if (settings !== null) this.#supervisor?.configure(this.#storeSettings(settings));
  }

  /** Ends it, once it has finished what is recorded. */
  async close(): Promise<void> {
    await this.#supervisor?.close();
  }

  #storeSettings({
    folder,
    minFreeBytes,
    retention,
    encryption,
    upload,
  }: RecordingSettings): RecordingStoreSettings {
    const own = { folder, minFreeBytes, retention, encryption };
    if (upload === null) return own;
    const { proxy, trust } = this.#host.connector.settings;
    return { ...own, upload: { ...upload, proxy, ca: trust?.ca } };
  }
}
