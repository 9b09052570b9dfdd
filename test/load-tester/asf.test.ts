import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPublication } from '../../load-tester/publishing/open-publication.ts';
import { parsePublishTarget } from '../../load-tester/target.ts';
import { asfHeader, asfPacket } from '../support/asf-maker.ts';
import { runLoad } from '../support/load-run.ts';
import { startRelay } from '../support/start-relay.ts';
import { servedPacket } from '../support/wms/encoder-packets.ts';

const packetBytes = 400;
const header = asfHeader({ packetBytes });
const packets = Array.from({ length: 50 }, (_, i) =>
  asfPacket({
    packetBytes,
    sendTimeMs: i * 40,
    payloads: [
      { stream: 2, isKey: i % 25 === 0, data: 100 },
      { stream: 1, data: 30 },
    ],
  }),
);
const whole = { afFlags: 0x0c };

/** A server that answers every request with this, as long as the scope lasts. */
async function serve(
  answer: RequestListener,
): Promise<AsyncDisposable & { readonly mmshUrl: string; readonly rawUrl: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    mmshUrl: `mmsh://127.0.0.1:${port}/streams/a`,
    rawUrl: `http://127.0.0.1:${port}/streams/a.asf`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Packets of MMSH, numbered from 100. @param numberOf - the LocationId of a packet, by its index */
function framed(numberOf = (index: number): number => 100 + index): Buffer {
  const data = packets.map((packet, i) => servedPacket('D', packet, { locationId: numberOf(i) }));
  return Buffer.concat([servedPacket('H', header, whole), ...data, Buffer.from('2445040000000000', 'hex')]);
}

const brief = ['--players', '4', '--ramp', '200', '--probes', '4', '--max-failures', '4'];

describe.concurrent('counts what a server sends', () => {
  const counted = {
    played: 4,
    packets: 4 * packets.length,
    videoMessages: 4 * packets.length,
    audioMessages: 4 * packets.length,
    mediaBytes: 4 * packets.length * packetBytes,
    mediaMs: 4 * 49 * 40,
    stampedMessages: 0,
  };

  test('over MMSH', async () => {
    const agents: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      agents.push(request.headers['user-agent']);
      response.end(framed());
    });
    const { report } = await runLoad([server.mmshUrl, ...brief]);
    expect(report.counts).toMatchObject(counted);
    expect(report.failures).toMatchObject([{ reason: 'the stream has ended', count: 4 }]);
    expect(agents).toEqual(Array(4).fill(expect.stringMatching(/^NSPlayer\//)));
  });

  test('as raw ASF', async () => {
    await using server = await serve((_, response) => response.end(Buffer.concat([header, ...packets])));
    const { report } = await runLoad([server.rawUrl, ...brief]);
    expect(report.counts).toMatchObject(counted);
    expect(report.failures).toMatchObject([{ reason: 'the stream has ended', count: 4 }]);
  });
});

test.concurrent.each<{ fault: string; body: Buffer; failure: object }>([
  {
    fault: 'leaves packets out',
    body: framed((index) => (index < 20 ? index : index + 3)),
    failure: { reason: 'gap in LocationId', count: 12, example: '23 behind 19' },
  },
  {
    fault: 'sends a packet twice',
    body: framed((index) => (index < 20 ? index : index - 1)),
    failure: { reason: 'LocationId goes back', count: 4, example: '19 behind 19' },
  },
  {
    fault: 'breaks its framing',
    body: Buffer.concat([framed().subarray(0, -8), Buffer.from('garbage!')]),
    failure: { reason: 'corrupt data: MMSH_PACKET_INVALID', count: 4 },
  },
  {
    fault: 'sends packets longer than its header says',
    body: Buffer.concat([framed().subarray(0, -8), servedPacket('D', Buffer.alloc(packetBytes + 1))]),
    failure: { reason: 'corrupt data: ASF_PACKET_INVALID', count: 4 },
  },
])('finds a server that $fault', async ({ body, failure }) => {
  await using server = await serve((_, response) => response.end(body));
  const { report } = await runLoad([server.mmshUrl, ...brief]);
  expect(report.failures).toContainEqual(expect.objectContaining(failure));
});

test.concurrent('counts players that a server refuses', async () => {
  await using server = await serve((_, response) => response.writeHead(406).end());
  const { report } = await runLoad([server.mmshUrl, ...brief]);
  expect(report.failures).toMatchObject([{ reason: 'refused: HTTP 406', count: 4 }]);
});

/** A second of 25 pictures, with sound, as an ASF file with room for stamps. */
async function makeFile(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-asf-'));
  const path = join(folder, 'film.asf');
  const bytes = Array.from({ length: 25 }, (_, i) =>
    asfPacket({
      packetBytes: 500,
      sendTimeMs: 3000 + i * 40,
      payloads: [
        { stream: 1, data: 30, time: 3000 + i * 40 },
        { stream: 2, isKey: i % 10 === 0, data: 360, time: 3000 + i * 40 },
      ],
    }),
  );
  const fileHeader = asfHeader({ packetBytes: 500, isBroadcast: false, packetCount: bytes.length });
  await writeFile(path, Buffer.concat([fileHeader, ...bytes]));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe.concurrent('plays from a relay what it pushes to it', () => {
  test.each([
    { form: 'over MMSH', scheme: 'mmsh', path: '/streams/a', publishTo: [] },
    { form: 'as raw ASF', scheme: 'http', path: '/streams/a.asf', publishTo: ['/streams/a_push'] },
  ])('$form', async ({ scheme, path, publishTo }) => {
    await using relay = await startRelay();
    await using file = await makeFile();
    const place = `127.0.0.1:${relay.port('http')}`;
    const { exitCode, report } = await runLoad([
      `${scheme}://${place}${path}`,
      ...['--publish', file.path, ...publishTo.flatMap((push) => ['--publish-to', `http://${place}${push}`])],
      ...['--players', '12', '--probes', '4', '--slow', '20', '--churn', '4'],
      ...['--ramp', '40', '--warm-up', '0.2', '--duration', '2'],
    ]);
    expect(report.failures).toEqual([]);
    expect(exitCode).toBe(0);
    const { counts, percentiles } = report;
    expect(counts).toMatchObject({ failed: 0, missingMessages: 0, strangeStamps: 0 });
    expect(counts.packets).toBe(counts.stampedMessages);
    // 25 packets a second for two seconds at four players
    expect(percentiles.latencyMs.count).toBeGreaterThan(100);
    expect(percentiles.bitRateMbps.p50).toBeGreaterThan(0.05);
    expect(percentiles.bitRateMbps.p50).toBeLessThan(0.2);
  });
});

test.concurrent.each([
  { form: 'over MMSH', scheme: 'mmsh', path: '/streams/a' },
  { form: 'as raw ASF', scheme: 'http', path: '/streams/a.asf' },
])('a stream that ends is told alike by every player $form', async ({ scheme, path }) => {
  await using relay = await startRelay({ publish: { graceMs: 0 } });
  await using file = await makeFile();
  const place = `127.0.0.1:${relay.port('http')}`;
  const target = parsePublishTarget(`http://${place}/streams/a_push`);
  if (target === undefined) throw new Error('no place to publish');
  const publisher = await openPublication({ file: file.path, target });
  const run = runLoad([`${scheme}://${place}${path}`, ...brief, '--probes', '2', '--duration', '60']);
  await relay.log.waitFor('play', { stream: 'streams/a' }, { count: 4 });
  await publisher.close();
  const { report } = await run;
  expect(report.failures).toMatchObject([{ reason: 'the stream has ended', count: 4 }]);
  expect(report.counts).toMatchObject({ played: 4, missingMessages: 0 });
});
