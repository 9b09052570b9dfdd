import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../free-port.ts';
import { startHouse, type TestHouse } from '../start-house.ts';
import { startRelay, type TestRelay } from '../start-relay.ts';

/** A relay of a fleet of a test: fields of its roster entry, and of its own config. */
export interface FleetRelayWish {
  readonly id: string;
  readonly roster?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A house and its relays, all in this process. */
export interface TestFleet extends AsyncDisposable {
  readonly house: TestHouse;
  readonly relays: ReadonlyMap<string, TestRelay>;
  /** Throws where there is none. */
  relay(id: string): TestRelay;
}

/** Starts a house and its relays; resolves when each relay goes by what the house has given it. @param config - of the house */
export async function startFleet(
  wishes: readonly FleetRelayWish[],
  config: Readonly<Record<string, unknown>> = {},
): Promise<TestFleet> {
  await using stack = new AsyncDisposableStack();
  const ports = await freePorts(2 * wishes.length);
  const places = wishes.map(({ id, roster = {} }, at) => {
    const [rtmp, http] = ports.slice(2 * at);
    const urls = { rtmp: `rtmp://127.0.0.1:${rtmp}`, http: `http://127.0.0.1:${http}` };
    const key = `the-secret-key-of-${id}`;
    return { rtmp, http, entry: { id, key, networks: [{ cidr: '127.0.0.0/8' }], urls, ...roster } };
  });
  const house = stack.use(
    await startHouse({
      config: { telemetryIntervalMs: 200, offlineAfterMs: 2000, ...config },
      roster: places.map(({ entry }) => entry),
    }),
  );
  const relays = new Map<string, TestRelay>();
  for (const [at, { id, config: own = {} }] of wishes.entries()) {
    const [keyFile, copyFile] = ['key', 'copy'].map((name) => join(house.folder, `${id}.${name}`));
    await writeFile(String(keyFile), `the-secret-key-of-${id}\n`);
    const { rtmp, http } = places[at] ?? {};
    const place = (port: number | undefined) => ({ host: '127.0.0.1', port });
    const listen = { rtmp: place(rtmp), http: place(http), ...(own['listen'] as object | undefined) };
    const link = { url: house.url('').replace(/\/$/, ''), id, keyFile, copyFile, insecure: true };
    relays.set(id, stack.use(await startRelay({ ...own, listen, house: link })));
  }
  const relay = (id: string): TestRelay => {
    const found = relays.get(id);
    if (found === undefined) throw new Error(`there is no relay ${id}`);
    return found;
  };
  for (const { log } of relays.values()) await log.waitFor('house-order', { what: 'config' });
  const ended = stack.move();
  return { house, relays, relay, [Symbol.asyncDispose]: () => ended.disposeAsync() };
}
