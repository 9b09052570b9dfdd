import { expect, test } from 'vitest';
import { RawHttp } from '../../support/http-client.ts';
import { TestCluster } from '../../support/start-cluster.ts';
import { endPacket } from '../../support/wms/encoder-packets.ts';
import { MmshListener, pushPackets } from '../../support/wms/mmsh-words.ts';
import { pushPath } from '../../support/wms/push-scene.ts';

/** The head of a request of an encoder. */
function head(type: 'setup' | 'start', pushId: string, length: number): string {
  const fields = `Content-Type: application/x-wms-push${type}\nCookie: push-id=${pushId}\nContent-Length: ${length}`;
  return `POST ${pushPath} HTTP/1.1\nHost: x\n${fields}\n\n`;
}

test('each PushStart comes to another worker than the one before, and players of both miss nothing', async () => {
  await using cluster = await TestCluster.start({ play: { waitMs: 30_000 } });
  const open = async (worker: number): Promise<RawHttp> =>
    RawHttp.over(await cluster.connect(worker, 'http'));
  await using here = await open(0);
  await using there = await open(1);
  for (const player of [here, there])
    player.send('GET /streams/a HTTP/1.0\nUser-Agent: NSPlayer/9.0.0.2980\nPragma: xPlayStrm=1\n\n');
  await cluster.reaches('streampump_sessions{role="waiting",protocol="mmsh"}', 2);

  await using encoder = await open(0);
  encoder.send(head('setup', '0', 0));
  const [, pushId = ''] = await encoder.heard(/^HTTP\/1\.1 204 .*set-cookie: push-id=(\d+)\r\n/s);
  const parts = Array.from({ length: 12 }, (_, part) =>
    pushPackets(
      `${part === 0 ? 'VH1@0' : ''} ${part % 5 === 0 ? 'K' : 'P'}1@${part * 80} A1@${part * 80 + 40}`,
    ),
  );
  for (const [part, packets] of [...parts, endPacket(0)].entries()) {
    await using client = await open((part + 1) % 2);
    client.send(head('start', pushId, packets.length));
    client.send(packets);
    await client.heard(/^HTTP\/1\.1 204 .*\r\n\r\n$/s);
  }

  const times = Array.from({ length: 24 }, (_, packet) => packet * 40);
  for (const player of [here, there]) {
    await player.closed;
    const body = player.bytes.subarray(player.bytes.indexOf('\r\n\r\n') + 4);
    expect(new MmshListener().hear(body).join(' ')).toBe(`H ${times.join(' ')} E`);
  }
});
