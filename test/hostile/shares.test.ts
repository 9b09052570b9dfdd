import { expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { RawHttp } from '../support/http-client.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

interface Attacked extends AsyncDisposable {
  port(protocol: string): number;
  metric(name: string): Promise<number>;
}

const MOST = 40;
const shares = [{ players: MOST }, { per: 'address', players: 2 }];
const used = 'streampump_share_used_ratio{match="**",per="all",limit="players"}';

/** A player from the address of this number, and what it was told. */
async function attempt(port: number, number: number) {
  const client = await RawHttp.open(port, `127.9.${number >> 7}.${1 + (number & 127)}`);
  client.send('GET /live/a.flv HTTP/1.1\nHost: x\n\n');
  const [, status] = await client.heard(/^HTTP\/1\.1 (\d+) /);
  return { client, status: Number(status) };
}

test.each<{ workers: number; start: (config: Record<string, unknown>) => Promise<Attacked> }>([
  { workers: 1, start: startRelay },
  { workers: 2, start: (config) => TestCluster.start(config) },
])(
  'hundreds of addresses that hammer one limit get all of it and no more, and leave nothing behind, with $workers workers',
  async ({ start }) => {
    await using relay = await start({ limits: { shares } });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const port = relay.port('http');
    for (let round = 0; round < 3; round++) {
      const attempts = await Promise.all(Array.from({ length: 300 }, (_, i) => attempt(port, i)));
      const inside = attempts.filter(({ status }) => status === 200);
      expect([inside.length, await relay.metric(used)]).toEqual([MOST, 1]);
      expect(new Set(attempts.map(({ status }) => status))).toEqual(new Set([200, 503]));
      publisher.sendMedia(...media(`K${round + 2}@${(round + 1) * 1000}`));
      await Promise.all(inside.map(({ client }) => client.heard(/FLV/)));
      for (const { client } of attempts) client.socket.destroy();
      while ((await relay.metric(used)) > 0); // what is given back is on its way
    }
    const own = await Promise.all(Array.from({ length: 8 }, () => attempt(port, 1)));
    expect(own.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429, 429, 429, 429, 429]);
    for (const { client } of own) client.socket.destroy();
    expect(await relay.metric('streampump_rejected_total{reason="share-limit"}')).toBe(6);
    expect(await relay.metric('streampump_rejected_total{reason="capacity-limit"}')).toBe(3 * (300 - MOST));
  },
  60_000,
);
