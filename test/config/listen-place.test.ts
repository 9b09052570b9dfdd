import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv4, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clash, listenClashes, listenPlaces } from '../../src/config/listen-place.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';

const at = (host: string, port = 7) => ({ protocol: 'rtmp', index: 0, setting: 'listen.rtmp', host, port });

test('names every listener by its setting', () => {
  const local = { host: '127.0.0.1', port: 1 };
  const { listen } = relaySettings.parse({ listen: { http: [local, { ...local, port: 2 }], admin: null } });
  expect(listenPlaces(listen).map(({ setting, port }) => [setting, port])).toEqual([
    ['listen.rtmp', 1935],
    ['listen.http.0', 1],
    ['listen.http.1', 2],
  ]);
});

test('of listeners on one port the later one is told, with the first that is in its way', () => {
  const listen = relaySettings.parse({
    listen: { rtmp: { port: 1 }, http: { port: 2 }, admin: { port: 3 } },
  }).listen;
  expect(listenClashes(listenPlaces(listen))).toEqual([]);
  const places = listenPlaces({
    rtmp: [at('::1', 1), at('::', 1)],
    http: [at('0.0.0.0', 1), at('::1', 2)],
    admin: [{ host: 5, port: 1 }, null, 'x'],
  });
  expect(listenClashes(places).map(({ place, holder }) => `${place.setting} by ${holder.setting}`)).toEqual([
    'listen.rtmp.1 by listen.rtmp.0',
    'listen.http.0 by listen.rtmp.1',
  ]);
});

test.each([
  ['relay.example', 'RELAY.example', true],
  ['relay.example', '0.0.0.0', false],
  ['relay.example', '::', true],
  ['fe80::1%eth0', 'fe80::1%eth1', false],
  ['fe80::1%eth0', 'fe80:0::1%eth0', true],
])('%s and %s: %s', (one, other, isClash) => {
  expect(clash(at(one), at(other))).toBe(isClash);
});

const hosts = ['0.0.0.0', '127.0.0.1', '127.0.0.2', '::', '::1', '0:0::1', '::ffff:127.0.0.1', '::ffff:0:0'];
const host = fc.constantFrom(...hosts);

test('two listeners clash both ways round, and never on port 0 or on two ports', () => {
  fc.assert(
    fc.property(host, host, fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2), (one, other, a, b) => {
      expect(clash(at(one, a), at(other, b))).toBe(clash(at(other, b), at(one, a)));
      if (a === 0 || a !== b) expect(clash(at(one, a), at(other, b))).toBe(false);
    }),
  );
});

/** Whether one server can listen on a host while another listens on the same port of a second one. */
async function bothListen(one: string, other: string): Promise<boolean> {
  const servers: Server[] = [];
  const listen = async (on: string, port: number): Promise<number> => {
    const server = createServer().listen(port, on);
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  try {
    await listen(other, await listen(one, 0));
    return true;
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('EADDRINUSE');
    return false;
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

test.runIf(process.platform === 'linux')('listeners clash if and only if the kernel says so', async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  const usable = own.includes('::1') ? hosts : hosts.filter(isIPv4);
  for (const one of usable) {
    for (const other of usable) {
      const isClash = clash(at(one), at(other));
      // Somebody else may have the port that the first got, so more than one is tried.
      const attempts = isClash ? 1 : 3;
      let isPossible = false;
      for (let i = 0; i < attempts && !isPossible; i++) isPossible = await bothListen(one, other);
      expect([one, other, isPossible]).toEqual([one, other, !isClash]);
    }
  }
});
