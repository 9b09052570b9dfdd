import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HouseSettings, houseSettings } from '../../src/config/house/house-settings.ts';
import { House, type HouseExtras } from '../../src/service/house/house.ts';
import type { Clock } from '../../src/stream/clock.ts';
import { RecordingLog } from './recording-log.ts';

/** A house of its own for one test, on free ports. */
export interface TestHouse extends AsyncDisposable {
  readonly house: House;
  readonly log: RecordingLog;
  readonly settings: HouseSettings;
  /** Its folder, with the roster, the token and its state; removed at the end. */
  readonly folder: string;
  /** Headers that show the token of an operator. */
  readonly token: { readonly authorization: string };
  /** Port of the first listener of a protocol. */
  port(protocol: string): number;
  /** URL on the public listener. */
  url(path: string): string;
  rtmpUrl(key: string): string;
  /** URL on the admin listener. */
  adminUrl(path: string): string;
  /** The JSON of an answer of the admin listener. */
  get(path: string): Promise<unknown>;
}

/** What a house is started with. */
export interface TestHouseWish extends Omit<HouseExtras, 'process'> {
  /** As in a config file; listeners are on free ports of 127.0.0.1 unless named. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** As in a roster file; default: no relay. */
  readonly roster?: readonly unknown[];
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Starts a house in this process. */
export async function startHouse({
  config = {},
  roster = [],
  clock,
  ...extras
}: TestHouseWish = {}): Promise<TestHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-house-'));
  const rosterFile = join(folder, 'roster.json');
  const adminTokenFile = join(folder, 'token');
  await writeFile(rosterFile, JSON.stringify(roster));
  await writeFile(adminTokenFile, 'operator-token\n');
  const { listen, ...rest } = config as { readonly listen?: Record<string, unknown> };
  const local = { host: '127.0.0.1', port: 0 };
  const settings = houseSettings.parse({
    admin: { socket: null },
    ...{ rosterFile, adminTokenFile, stateDir: join(folder, 'state') },
    ...rest,
    listen: { rtmp: local, http: local, admin: local, ...listen },
  });
  const log = new RecordingLog();
  const house = await House.start(settings, log, clock, extras);
  const port = (protocol: string): number => {
    const listener = house.listeners.find((candidate) => candidate.protocol === protocol);
    if (listener === undefined) throw new Error(`the house does not listen for ${protocol}`);
    return listener.address.port;
  };
  const adminUrl = (path: string): string => `http://127.0.0.1:${port('admin')}${path}`;
  return {
    ...{ house, log, settings, folder, port, adminUrl },
    token: { authorization: 'Bearer operator-token' },
    url: (path) => `http://127.0.0.1:${port('http')}${path}`,
    rtmpUrl: (key) => `rtmp://127.0.0.1:${port('rtmp')}/${key}`,
    get: async (path) => (await fetch(adminUrl(path))).json(),
    [Symbol.asyncDispose]: async () => {
      await house.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
