import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openProtocol } from '../../load-tester/protocols/open-protocol.ts';
import { parseTarget } from '../../load-tester/target.ts';
import { everySplit } from '../support/every-split.ts';
import { mediaWord, runLoad } from '../support/load-run.ts';
import { bbbPath, bbbTags } from '../support/media.ts';

const target = parseTarget('http://host/live/a.flv?k=1');

/** What a player hears when a server answers this. */
function hear(parts: readonly Buffer[]): string[] {
  const heard: string[] = [];
  if (target === undefined) throw new Error('no URL of a stream');
  const protocol = openProtocol(target, {
    send: (bytes) => heard.push(...bytes.toString('latin1').split('\r\n').slice(0, 2)),
    onMedia: (media) => heard.push(mediaWord(media)),
    onRefused: (code, description) => heard.push(`refused ${code}: ${description}`),
    onEnded: (reason) => heard.push(reason),
  });
  protocol.start();
  for (const part of parts) protocol.receive(Buffer.from(part));
  return heard;
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n';
const flv = Buffer.from(
  '464c5601050000000900000000 08000002000017000000 00af01 0000000d'.replaceAll(' ', ''),
  'hex',
);
const request = ['GET /live/a.flv?k=1 HTTP/1.1', 'Host: host'];

test('reads a plain body at every split', () => {
  const wire = Buffer.concat([Buffer.from(`${head}\r\n`), flv]);
  for (const parts of everySplit(wire)) expect(hear(parts)).toEqual([...request, '8@23 af01']);
});

test('reads a chunked body at every split', () => {
  const wire = Buffer.concat([
    Buffer.from(`${head}transfer-encoding: Chunked\r\n\r\n4\r\n`),
    flv.subarray(0, 4),
    Buffer.from(`\r\n${(flv.length - 4).toString(16)}\r\n`),
    flv.subarray(4),
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
  for (const parts of everySplit(wire)) {
    expect(hear(parts)).toEqual([...request, '8@23 af01', 'the response has ended']);
  }
});

test('reads a body with a length at every split', () => {
  const wire = Buffer.concat([Buffer.from(`${head}Content-Length: ${flv.length}\r\n\r\n`), flv]);
  for (const parts of everySplit(wire)) {
    expect(hear(parts)).toEqual([...request, '8@23 af01', 'the response has ended']);
  }
});

test.each([
  ['404 Not Found', 'refused HTTP 404: HTTP/1.1 404 Not Found'],
  ['302 Found', 'refused HTTP 302: HTTP/1.1 302 Found'],
])('takes %s for a refusal', (status, refusal) => {
  const answer = `HTTP/1.1 ${status}\r\nLocation: http://elsewhere/\r\n\r\nFLV`;
  expect(hear([Buffer.from(answer)])).toEqual([...request, refusal]);
});

test.each([
  ['no HTTP', '\x03'.repeat(20).concat('\r\n\r\n'), /does not begin as HTTP/],
  ['a head without end', 'HTTP/1.1 200 OK\r\n'.repeat(5000), /endless head/],
  ['no FLV', `${head}\r\n<html></html>`, /no FLV signature/],
])('refuses %s', (_, wire, message) => {
  expect(() => hear([Buffer.from(wire, 'latin1')])).toThrow(message);
});

/** A server that answers every request with this, as long as the scope lasts. */
async function serve(answer: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/live/a.flv`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

test('counts what a server sends over HTTP', async () => {
  await using server = await serve((_, response) => response.end(readFileSync(bbbPath)));
  const { report } = await runLoad([server.url, '--players', '5', '--ramp', '100', '--max-failures', '5']);
  const video = bbbTags().filter(({ type }) => type === 9);
  expect(report.counts).toMatchObject({
    played: 5,
    videoMessages: 5 * video.length,
    audioMessages: 5 * (bbbTags().length - video.length),
  });
  expect(report.failures).toMatchObject([{ count: 5 }]); // the stream ends, which no live stream does
});

test('counts players that a server refuses over HTTP', async () => {
  await using server = await serve((_, response) => response.writeHead(503).end());
  const { report } = await runLoad([server.url, '--players', '3', '--ramp', '100']);
  expect(report.failures).toEqual([
    { reason: 'refused: HTTP 503', count: 3, example: 'HTTP/1.1 503 Service Unavailable' },
  ]);
});
