import { homedir } from 'node:os';
import { type RedisPlace, readRedisUrl, redisUrlProblem } from '../../../config/house/redis-url.ts';
import { type StateSurroundings, statePlace } from '../../../config/house/state-place.ts';
import type { RedisStoreSettings, StoreSettings } from '../../../config/house/store-settings.ts';
import { CredentialFileError, readCredentialLines } from '../../../credentials/credential-file.ts';
import type { Log } from '../../../log.ts';
import type { ClientTrust } from '../../../session/upstream/client-tls.ts';
import type { Clock } from '../../../stream/clock.ts';
import { FileStore } from './file-store.ts';
import type { HouseStore } from './house-store.ts';
import type { SharedRoster } from './shared-roster.ts';
import { StateFolder } from './state-folder.ts';

/** What a store is opened with. */
export interface StoreWish {
  readonly store: StoreSettings;
  readonly stateDir: string;
  /** For a Redis over TLS. */
  readonly tls: ClientTrust;
  readonly log: Log;
  readonly clock: Clock;
  /** Default: those of this process. */
  readonly surroundings?: StateSurroundings;
}

/** What a house keeps its things in. */
export interface OpenStore {
  readonly folder: StateFolder;
  readonly store: HouseStore;
  /** Undefined where the house is alone. */
  readonly shared: SharedRoster | undefined;
}

/**
 * Opens the folder of a house, and its store.
 * @param closing - ends both
 * @throws StoreError where the folder, or what is in it, cannot be used; CredentialFileError where `urlFile` cannot
 */
export async function openStore(wish: StoreWish, closing: AsyncDisposableStack): Promise<OpenStore> {
  const { store: settings, stateDir, tls, log, clock } = wish;
  const { surroundings = { env: process.env, home: homedir() } } = wish;
  const place = settings.type === 'redis' ? redisPlace(settings) : undefined;
  const folder = closing.use(await StateFolder.open(statePlace(stateDir, surroundings)));
  const host = { folder, log, wallMs: Date.now, clock };
  if (place === undefined || settings.type === 'file') {
    const store = await FileStore.open(host);
    closing.defer(() => store.close());
    return { folder, store, shared: undefined };
  }
  const { RedisStore } = await import('./redis-store.ts'); // a house that is alone does without
  const store = await RedisStore.open({ place, tls, prefix: settings.prefix }, host);
  closing.defer(() => store.close());
  return { folder, store, shared: store.roster };
}

/** Where the settings say that Redis is. @throws CredentialFileError */
export function redisPlace({ url, urlFile }: Pick<RedisStoreSettings, 'url' | 'urlFile'>): RedisPlace {
  const written = urlFile === null ? url : urlIn(urlFile);
  const place = readRedisUrl(written ?? '');
  if (place === undefined) throw new CredentialFileError(`${urlFile ?? 'store.url'}: ${redisUrlProblem('')}`);
  return place;
}

function urlIn(file: string): string {
  const [line, ...more] = readCredentialLines(file, redisUrlProblem);
  if (line === undefined || more.length > 0)
    throw new CredentialFileError(`${file}: expected one line, the URL of a Redis`);
  return line;
}
