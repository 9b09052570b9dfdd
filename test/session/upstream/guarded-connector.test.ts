import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HostList } from '../../../src/config/host-list.ts';
import type { ProxySettings } from '../../../src/config/proxy-settings.ts';
import { GuardedConnector, type LookupAll } from '../../../src/session/upstream/guarded-connector.ts';
import { ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RawServer } from '../../support/raw-server.ts';

const straight: ProxySettings = { url: null, bypass: [] };

/** Says of every name what is next, and of all that follows the last. */
function lookupOf(...answers: readonly (readonly string[])[]): LookupAll & { readonly asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupAll = (name, _options, onFound) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(name);
    const found = answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (answer.length > 0) setImmediate(onFound, null, found);
    else setImmediate(onFound, Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
  };
  return Object.assign(lookup, { asked });
}

function guardedBy(hosts: readonly string[], lookup?: LookupAll, proxy = straight): GuardedConnector {
  const list = new HostList(hosts);
  return new GuardedConnector(new ServerConnector(systemClock, { proxy }), () => list, lookup);
}

function outcome(connector: GuardedConnector, host: string, port: number): Promise<string> {
  return new Promise((resolve) =>
    connector.connect({ host, port, isTls: false }, (socket) => {
      if (socket instanceof Error) resolve(socket.message);
      else {
        resolve(`connected to ${socket.remoteAddress}`);
        socket.destroy();
      }
    }),
  );
}

describe('without a proxy', () => {
  test('a name is connected to at the addresses that are allowed, and at no other', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    const connector = guardedBy(['media.example', '127.0.0.1'], lookupOf(['127.0.0.9', '::1', '127.0.0.1']));
    expect(await outcome(connector, 'media.example', server.port)).toBe('connected to 127.0.0.1');
  });

  test('a name whose answer changes is looked at each time', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    const lookup = lookupOf(['127.0.0.1'], ['127.0.0.2'], ['169.254.169.254'], ['::ffff:127.0.0.3']);
    const connector = guardedBy(['media.example', '127.0.0.1'], lookup);
    const said = [];
    for (let i = 0; i < 4; i++) said.push(await outcome(connector, 'media.example', server.port));
    const where = `cannot reach media.example port ${server.port}:`;
    expect(said).toEqual([
      'connected to 127.0.0.1',
      `${where} 127.0.0.2 is a loopback address, and in no network of admin.hosts`,
      `${where} 169.254.169.254 is a link-local address, and in no network of admin.hosts`,
      `${where} 127.0.0.3 is a loopback address, and in no network of admin.hosts`,
    ]);
    expect(lookup.asked).toHaveLength(4);
  });

  test('what was allowed when it was asked for is looked at again when it is connected to', async () => {
    const connector = guardedBy(['media.example'], lookupOf(['8.8.8.8'], ['127.0.0.1']));
    const to = { host: 'media.example', port: 9, isTls: false };
    expect(await connector.objectionTo(to)).toBeUndefined();
    expect(await outcome(connector, 'media.example', 9)).toContain('127.0.0.1 is a loopback address');
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])(
    '%s is not connected to',
    async (host) => {
      const lookup = lookupOf(['8.8.8.8']);
      expect(await outcome(guardedBy(['media.example'], lookup), host, 9)).toContain('is a loopback address');
      expect(lookup.asked).toEqual([]);
    },
  );

  test('a name that is not listed is connected to where its address is', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    expect(await outcome(guardedBy(['127.0.0.0/8']), 'localhost', server.port)).toBe(
      'connected to 127.0.0.1',
    );
    expect(await outcome(guardedBy(['localhost']), 'localhost', server.port)).toContain(
      'is a loopback address',
    );
  });

  test('the list is that of the moment', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    let list = new HostList(['127.0.0.1']);
    const connector = new GuardedConnector(new ServerConnector(systemClock, { proxy: straight }), () => list);
    expect(await outcome(connector, '127.0.0.1', server.port)).toBe('connected to 127.0.0.1');
    list = new HostList([]);
    expect(await outcome(connector, '127.0.0.1', server.port)).toContain('is a loopback address');
  });

  test('who gives up is told nothing', async () => {
    const connector = guardedBy([]);
    let isTold = false;
    const giveUp = connector.connect({ host: '127.0.0.1', port: 9, isTls: false }, () => {
      isTold = true;
    });
    giveUp();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isTold).toBe(false);
  });

  test('a name that nobody knows now may be known later, if it is listed', async () => {
    const to = { host: 'media.example', port: 9, isTls: false };
    expect(await guardedBy(['media.example'], lookupOf([])).objectionTo(to)).toBeUndefined();
    expect(await guardedBy([], lookupOf([])).objectionTo(to)).toBe('media.example is not in admin.hosts');
  });
});

test('a lookup that takes too long is as good as none', async () => {
  const clock = new FakeClock(0);
  const list = new HostList(['media.example']);
  const endless: LookupAll = () => {};
  const connector = new GuardedConnector(
    new ServerConnector(clock, { proxy: straight }),
    () => list,
    endless,
  );
  const said = ['media.example', 'other.example'].map((host) =>
    connector.objectionTo({ host, port: 9, isTls: false }),
  );
  clock.advance(5000);
  expect(await Promise.all(said)).toEqual([undefined, 'other.example is not in admin.hosts']);
});

describe('through a proxy', () => {
  async function startProxy(): Promise<AsyncDisposable & { readonly asked: string[]; readonly url: string }> {
    const asked: string[] = [];
    const sockets: Socket[] = [];
    const server = createServer((client) => {
      sockets.push(client);
      client.on('error', () => {});
      client.once('data', (head) => {
        const [, host = '', port = ''] = /^CONNECT (.*):(\d+) /.exec(head.toString()) ?? [];
        asked.push(host);
        const upstream = connectTcp(Number(port), '127.0.0.1', () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n');
          client.pipe(upstream).pipe(client);
        });
        upstream.on('error', () => client.destroy());
        sockets.push(upstream);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    return {
      asked,
      url: `http://127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  }

  test('a name has to be listed by its name: the proxy alone knows the address', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    await using proxy = await startProxy();
    const lookup = lookupOf(['127.0.0.1']);
    const connector = guardedBy(['media.example', '127.0.0.0/8'], lookup, { url: proxy.url, bypass: [] });
    expect(await outcome(connector, 'media.example', server.port)).toBe('connected to 127.0.0.1');
    expect(await outcome(connector, 'other.example', server.port)).toBe(
      'other.example is not in admin.hosts by its name, and the proxy says nothing of its address',
    );
    expect(await outcome(connector, '127.0.0.1', server.port)).toBe('connected to 127.0.0.1');
    expect(await outcome(connector, '169.254.169.254', 80)).toContain('is a link-local address');
    expect(proxy.asked).toEqual(['media.example', '127.0.0.1']);
    expect(lookup.asked).toEqual([]);
  });

  test('the same holds where the proxy itself is asked for what a server has', async () => {
    const proxyAddress = { host: '127.0.0.1', port: 9, authorization: undefined };
    const connector = guardedBy(['media.example'], undefined, { url: 'http://127.0.0.1:9', bypass: [] });
    const said = await new Promise<Socket | Error>((resolve) => {
      connector.connectProxy(proxyAddress, { host: 'other.example', port: 80, isTls: false }, resolve);
    });
    expect(said).toMatchObject({ message: expect.stringContaining('other.example is not in admin.hosts') });
  });
});
