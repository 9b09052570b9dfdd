import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RosterEntry } from '../../src/config/house/roster-settings.ts';
import { rosterEntry } from '../../src/config/house/roster-settings.ts';
import { FileStore, type StoreHost } from '../../src/service/house/store/file-store.ts';
import type { HouseStore } from '../../src/service/house/store/house-store.ts';
import { RedisStore } from '../../src/service/house/store/redis-store.ts';
import { StateFolder } from '../../src/service/house/store/state-folder.ts';
import type { Clock } from '../../src/stream/clock.ts';
import { systemClock } from '../../src/stream/clock.ts';
import { RecordingLog } from './recording-log.ts';
import type { TestRedis } from './redis.ts';

/** A folder for one test, with folders of houses in it. */
export class StoreScene implements AsyncDisposable {
  readonly folder: string;
  readonly log: RecordingLog = new RecordingLog();
  /** Milliseconds since 1970. */
  wallMs: number = Date.parse('2026-03-01T18:00:00Z');
  readonly #open: { close(): Promise<void> }[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<StoreScene> {
    return new StoreScene(await mkdtemp(join(tmpdir(), 'streampump-store-')));
  }

  /** What a store needs, with the folder of one house. */
  async host(house = 'house'): Promise<StoreHost> {
    const folder = await StateFolder.open(join(this.folder, house));
    this.#open.push({ close: () => folder[Symbol.asyncDispose]() });
    return { folder, log: this.log, wallMs: () => this.wallMs };
  }

  async file(house?: string): Promise<FileStore> {
    return this.#opened(await FileStore.open(await this.host(house)));
  }

  async redis(redis: TestRedis, house?: string, clock: Clock = systemClock): Promise<RedisStore> {
    const settings = { place: redis.place, tls: {}, prefix: 'test:' };
    return this.#opened(await RedisStore.open(settings, { ...(await this.host(house)), clock }));
  }

  /** Ends all houses; their folders stay. */
  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #opened<Store extends HouseStore>(store: Store): Store {
    this.#open.push(store);
    return store;
  }
}

/** A relay of a roster, with what a test says of it. */
export function relayEntry(id: string, more: object = {}): RosterEntry {
  return rosterEntry.parse({ id, key: `secret-of-${id}-for-the-house`, ...more });
}
