import { expect, test } from 'vitest';
import { media } from '../../../../support/fake-media.ts';
import { tagWord } from '../../../../support/http-client.ts';
import { simpleClientHandshake } from '../../../../support/server-scene.ts';
import { TestCluster } from '../../../../support/start-cluster.ts';
import { TestPlayer } from '../../../../support/test-player.ts';
import { TestPublisher } from '../../../../support/test-publisher.ts';
import { openTunnel, scatteredBy, TunnelRequests } from '../../../../support/tunnels.ts';

/** S0, S1 and S2, which come when all of C0 and C1 is there. */
const HELLO_ANSWER = 3073;

test('requests of one session come by any worker', async () => {
  await using cluster = await TestCluster.start({ http: { rtmpt: true, rtmptSameAddress: true } });
  using client = new TunnelRequests(cluster.port('http'), { keepAlive: false });
  const id = await client.open();
  const heard: number[] = [];
  for (let number = 0; number < 16; number++) {
    const body = simpleClientHandshake.subarray(number * 100, Math.min((number + 1) * 100, 1537));
    const answer = await client.post(`/send/${id}/${number}`, body);
    const again = await client.post(`/send/${id}/${number}`, body);
    expect([answer.status, again.status, again.body.equals(answer.body)]).toEqual([200, 200, true]);
    heard.push(answer.body.length - 1);
  }
  const late = heard.reduce((sum, bytes) => sum + bytes);
  await client.hear(id, 16, HELLO_ANSWER - late);
  using other = new TunnelRequests(cluster.port('http'), { keepAlive: false, localAddress: '127.0.0.2' });
  for (let i = 0; i < 8; i++) expect((await other.post(`/idle/${id}/40`)).status).toBe(404);
});

test('media comes whole by whatever worker, and sessions that are nowhere are told so', async () => {
  await using cluster = await TestCluster.start({ http: { rtmpt: true } });
  const port = cluster.port('http');
  using requests = new TunnelRequests(port, { keepAlive: false });
  const unknown = Array.from({ length: 9 }, (_, i) => requests.post(`/idle/${i % 3}.${'a'.repeat(22)}/0`));
  expect((await Promise.all(unknown)).map(({ status }) => status)).toEqual(Array(9).fill(404));
  const by = scatteredBy(requests);
  await using publisher = new TestPublisher(port, 'publish', 'live/a', await openTunnel(port, by));
  await publisher.started;
  await using player = new TestPlayer(port, 'play', 'live/a', await openTunnel(port, by));
  await using plain = TestPlayer.play(cluster.port('rtmp'), 'live/a');
  const large = { type: 9, timestamp: 40, payload: Buffer.alloc(300_000, '27010000000000') } as const;
  large.payload.set([0x27, 0x01]);
  const sent = [...media('VH1@0 AH1@0 K1@0 A1@10'), large, ...media('P1@80')];
  publisher.sendMedia(...sent);
  for (const one of [player, plain])
    expect((await one.mediaOf(sent.length)).map(tagWord)).toEqual(sent.map(tagWord));
});
