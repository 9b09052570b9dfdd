import { expect, test } from 'vitest';
import { asfHeader, asfPacket } from '../../support/asf-maker.ts';
import { RawHttp } from '../../support/http-client.ts';
import { headOf, type MmshAsking } from '../../support/mmsh-scene.ts';
import { TestCluster } from '../../support/start-cluster.ts';

/** A header, a packet in which a key frame starts, and one in which another frame does. */
const opening = Buffer.concat([
  asfHeader(),
  ...[0, 40].map((time) =>
    asfPacket({ sendTimeMs: time, payloads: [{ stream: 2, isKey: time === 0, time, data: 100 }] }),
  ),
]);

test('a player describes at one worker and plays at another, by one client-id that plays once', async () => {
  await using relay = await TestCluster.start();
  await using publisher = RawHttp.over(await relay.connect(0, 'http'));
  publisher.send('PUT /live/a.asf HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n');
  publisher.send(`${opening.length.toString(16)}\n`);
  publisher.send(opening);
  publisher.send('\n');
  await relay.reaches('streampump_streams', 1);
  const ask = async (worker: number, asking: MmshAsking): Promise<RawHttp> => {
    const client = RawHttp.over(await relay.connect(worker, 'http'));
    client.send(headOf(asking));
    return client;
  };

  await using description = await ask(1, {});
  expect(await description.all()).toMatch(/^HTTP\/1\.1 200 .*vnd\.ms\.wms-hdr\.asfv1.*\r\n\r\n\$H/s);
  const [, id = ''] = await description.heard(/client-id=(\d+)/);
  const play = { pragmas: ['xPlayStrm=1', `client-id=${id}`] };
  await using player = await ask(0, play);
  await player.heard(new RegExp(`client-id=${id}\r\n.*\r\n\r\n\\$H.*\\$D.*\\$D`, 's'));
  expect(player.text).not.toContain('xResetStrm');
  await using second = await ask(1, play);
  await second.heard(/^HTTP\/1\.1 429 .*client-id plays already/s);
  player.socket.destroy();
  await relay.reaches('streampump_sessions{role="player",protocol="mmsh"}', 0);
  await using third = await ask(1, play);
  await third.heard(/^HTTP\/1\.1 200 .*\$H.*\$D.*\$D/s);
  expect(await relay.metric('streampump_sessions{role="player",protocol="mmsh"}')).toBe(1);
});
