import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { WsFlvProtocol } from '../../load-tester/protocols/ws-flv-protocol.ts';
import { everySplit } from '../support/every-split.ts';
import { flvBody, flvHeader } from '../support/flv-body.ts';
import { mediaWord, runLoad } from '../support/load-run.ts';
import { bbbPath, bbbTags } from '../support/media.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const target = { authority: 'host', path: '/live/a.flv?k=1' };

/** A player that notes what it hears and says, and knows what its server has to accept it with. */
function open() {
  const heard: string[] = [];
  let request = '';
  const protocol = new WsFlvProtocol(target, {
    send: (bytes) => {
      if (request === '') request = bytes.toString('latin1');
      else heard.push(`sends ${unmasked(bytes)}`);
    },
    onMedia: (media) => heard.push(mediaWord(media)),
    onRefused: (code, description) => heard.push(`refused ${code}: ${description}`),
    onEnded: (reason) => heard.push(`ended: ${reason}`),
  });
  protocol.start();
  const key = /^Sec-WebSocket-Key: (\S+)\r\n/m.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = `HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  return { protocol, heard, request, key, head };
}

/** A client's frame of up to 125 bytes in hex, header and payload, without its mask. */
function unmasked(frame: Buffer): string {
  const mask = frame.subarray(2, 6);
  expect(frame[1]).toBe(0x80 | (frame.length - 6));
  const payload = frame.subarray(6).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return `${frame.toString('hex', 0, 1)} ${Buffer.from(payload).toString('hex')}`.trim();
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** What is heard when these frames come behind the head, at every split of them, which must be the same. */
function hearFrames(frames: string): string[] {
  let first: string[] | undefined;
  for (const parts of everySplit(hex(frames))) {
    const { protocol, heard, head } = open();
    const [begun = Buffer.alloc(0), ...more] = parts;
    protocol.receive(Buffer.concat([Buffer.from(`${head}\r\n`), begun]));
    for (const part of more) protocol.receive(Buffer.from(part));
    first ??= heard;
    expect(heard).toEqual(first);
  }
  return first ?? [];
}

test('asks for an upgrade, with another key every time', () => {
  const { request, key } = open();
  expect(request.replace(key, 'KEY').split('\r\n')).toEqual([
    'GET /live/a.flv?k=1 HTTP/1.1',
    'Host: host',
    'User-Agent: streampump load',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: KEY',
    '',
    '',
  ]);
  expect(Buffer.from(key, 'base64')).toHaveLength(16);
  expect(open().key).not.toBe(key);
});

const flv = '464c56010500000009 00000000 08000002000017000000 00af01 0000000d';

test('reads the head at every split', () => {
  const { length } = open().head;
  for (let cut = 1; cut < length; cut++) {
    const { protocol, heard, head } = open();
    const wire = Buffer.concat([Buffer.from(`${head}\r\n`), hex(`821e ${flv}`)]);
    protocol.receive(wire.subarray(0, cut));
    protocol.receive(wire.subarray(cut));
    expect(heard).toEqual(['8@23 af01']);
  }
});

describe('at every split', () => {
  test.each([
    ['reads a message', `821e ${flv}`, ['8@23 af01']],
    ['reads fragments', `0203 464c56 001b ${flv.slice(6)} 8000`, ['8@23 af01']],
    ['answers a ping', `8902 0102 821e ${flv}`, ['sends 8a 0102', '8@23 af01']],
    ['passes over a pong', `8a00 821e ${flv}`, ['8@23 af01']],
    ['takes 1000 for the end', '8804 03e8 6f6b', ['sends 88 03e8', 'ended: 1000 ok']],
    ['takes no code for the end', '8800 8900', ['sends 88', 'ended: 1005']],
    ['takes 1001 for the end', '8802 03e9', ['sends 88 03e9', 'ended: 1001']],
    ['takes another code for a refusal', '8804 1134 6e6f', ['sends 88 1134', 'refused WebSocket 4404: no']],
    ['takes 1011 for a refusal', '8802 03f3', ['sends 88 03f3', 'refused WebSocket 1011: ']],
  ])('%s', (_, frames, heard) => {
    expect(hearFrames(frames)).toEqual(heard);
  });
});

test.each([
  ['404 Not Found', 'refused HTTP 404: HTTP/1.1 404 Not Found'],
  ['302 Found', 'refused HTTP 302: HTTP/1.1 302 Found'],
  ['200 OK', 'refused HTTP 200: HTTP/1.1 200 OK'],
])('takes %s for a refusal', (status, refusal) => {
  const { protocol, heard } = open();
  protocol.receive(Buffer.from(`HTTP/1.1 ${status}\r\nLocation: ws://elsewhere/\r\n\r\n`));
  protocol.receive(Buffer.from('FLV'));
  protocol.leave();
  expect(heard).toEqual([refusal]);
});

test.each<[string, (head: string) => string, RegExp]>([
  ['no HTTP', () => '\x03'.repeat(20), /does not begin as HTTP/],
  ['a head without end', (head) => `${head}${'X: y\r\n'.repeat(20_000)}`, /endless head/],
  [
    'no Sec-WebSocket-Accept',
    (head) => head.replace(/^Sec-WebSocket-Accept.*\r\n/m, ''),
    /wrong Sec-WebSocket-/,
  ],
  [
    'the Accept of another key',
    (head) => head.replace(/(?<=Accept: ).*/, `${'A'.repeat(27)}=`),
    /wrong Sec-/,
  ],
  ['two of them', (head) => `${head}Sec-WebSocket-Accept: x\r\n`, /wrong Sec-WebSocket-Accept/],
  ['no Upgrade', (head) => head.replace(/^upgrade.*\r\n/m, ''), /something else/],
  ['an upgrade to h2c', (head) => head.replace('WebSocket\r\n', 'h2c\r\n'), /something else/],
  ['an extension', (head) => `${head}Sec-WebSocket-Extensions: permessage-deflate\r\n`, /nobody has offered/],
  ['a subprotocol', (head) => `${head}sec-websocket-protocol: chat\r\n`, /nobody has offered/],
  ['no FLV', (head) => `${head}\r\n\x82\x0d<html></html>`, /no FLV signature/],
  ['text', (head) => `${head}\r\n\x81\x01x`, /text in place of media/],
])('refuses %s', (_, answer, message) => {
  const { protocol, head } = open();
  expect(() => protocol.receive(Buffer.from(`${answer(head)}\r\n\r\n`, 'latin1'))).toThrow(message);
});

describe('without parsing', () => {
  test.each([
    ['a close frame', 'ff 8804 03e8 6f6b', false, ['sends 88 03e8', 'ended: 1000 ok']],
    ['another code', '8804 1133 6e6f', false, ['sends 88 1133', 'refused WebSocket 4403: no']],
    ['one without a code', 'ff8800', true, ['sends 88', 'ended: 1005']],
    ['two bytes of media that look like it', 'ff8800', false, []],
    ['a code that there is not', '8802 0001', true, []],
    ['a reason that is no text', '8804 03e8 ffff', true, []],
    ['a close frame with more behind it', '8802 03e8 00', true, []],
    ['a byte', '88', true, []],
    ['nothing', '', true, []],
  ])('looks for the end in %s', (_, tail, isClosed, expected) => {
    const { protocol, heard, head } = open();
    protocol.receive(Buffer.from(`${head}\r\n`));
    protocol.stopParsing();
    protocol.readEnd(hex(tail), isClosed);
    expect(heard).toEqual(expected);
  });
});

test('gives signs of life and says goodbye without parsing', () => {
  const { protocol, heard, head } = open();
  protocol.receive(Buffer.concat([Buffer.from(`${head}\r\n`), hex('82')]));
  protocol.stopParsing();
  protocol.receive(Buffer.from('anything'));
  protocol.keepAlive();
  protocol.leave();
  expect(heard).toEqual(['sends 8a', 'sends 88 03e8']);
});

/** A server that does this to every WebSocket, as long as the scope lasts. */
async function serve(act: (webSocket: WebSocket) => void): Promise<AsyncDisposable & { url: string }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, closeTimeout: 100 } as object);
  server.on('connection', act);
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live/a.flv`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('plays over WebSocket what it publishes over RTMP, with players of every kind', async () => {
  await using relay = await startRelay();
  const { exitCode, report } = await runLoad([
    relay.wsUrl('live/a?token=secret'),
    ...['--publish', bbbPath, '--publish-to', relay.rtmpUrl('live/a')],
    ...['--players', '20', '--probes', '5', '--slow', '10', '--churn', '10'],
    ...['--ramp', '40', '--warm-up', '0.2', '--duration', '1.5'],
  ]);
  expect(report.failures).toEqual([]);
  expect(exitCode).toBe(0);
  expect(report).toMatchObject({ url: relay.wsUrl('live/a'), roles: { probe: 5, counter: 13, slow: 2 } });
  expect(report.counts).toMatchObject({ failed: 0, missingMessages: 0, strangeStamps: 0 });
  expect(report.counts.left).toBe(report.counts.opened);
  expect(report.percentiles.latencyMs.count).toBeGreaterThan(300);
  expect(relay.log.find('protocol-error')).toEqual([]);
});

test('counts over WebSocket what it counts over RTMP', async () => {
  await using relay = await startRelay({ publish: { graceMs: 0 } });
  const args = ['--players', '6', '--ramp', '100', '--max-failures', '6'];
  const runs = [relay.rtmpUrl('live/a'), relay.wsUrl('live/a')].map((url) => runLoad([url, ...args]));
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 12 });
  await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
  publisher.sendMedia(...bbbTags());
  await publisher.finish();

  const [rtmp, ws] = await Promise.all(runs);
  const { receivedBytes: _, measuredBytes: __, ...counts } = ws?.report.counts ?? {};
  expect(rtmp?.report.counts).toMatchObject(counts);
  expect(counts).toMatchObject({
    played: 6,
    videoMessages: 6 * bbbTags().filter(({ type }) => type === 9).length,
  });
  expect(ws?.report.failures).toEqual([
    { reason: 'the stream has ended', count: 6, example: '1000 the stream has ended' },
  ]);
});

test('counts players that a server refuses over WebSocket, by its code', async () => {
  await using relay = await startRelay({ play: { waitMs: 0 } });
  const { report } = await runLoad([relay.wsUrl('live/nobody'), '--players', '3', '--ramp', '100']);
  expect(report.failures).toEqual([
    {
      reason: 'refused: WebSocket 4404',
      count: 3,
      example: expect.stringContaining('there is no stream live/nobody'),
    },
  ]);
});

test.each([
  {
    what: 'breaks the framing',
    act: (webSocket: WebSocket) => webSocket.send('text'),
    failure: { reason: 'corrupt data: WEBSOCKET_FRAME_INVALID', example: 'text in place of media' },
  },
  {
    what: 'cuts the connection',
    act: (webSocket: WebSocket) => webSocket.terminate(),
    failure: { reason: 'closed by the server', example: expect.stringMatching(/^after \d+ bytes$/) },
  },
])('finds a server that $what', async ({ act, failure }) => {
  await using server = await serve(act);
  const { report } = await runLoad([server.url, '--players', '3', '--ramp', '100']);
  expect(report.failures).toEqual([{ ...failure, count: 3 }]);
});

test('plays what another server sends in messages and fragments of its own, and answers its pings', async () => {
  let pongs = 0;
  await using server = await serve((webSocket) => {
    const stream = Buffer.concat([flvHeader, flvBody('VH1@0 AH1@0 K1@0:300 A1@10 P1@40:70000')]);
    webSocket.on('pong', (payload) => {
      pongs++;
      expect(payload.toString()).toBe('still there?');
      webSocket.close(1000);
    });
    for (let at = 0; at < stream.length; at += 997)
      webSocket.send(stream.subarray(at, at + 997), {
        binary: true,
        fin: at % 3 === 0 || at + 997 >= stream.length,
      });
    webSocket.ping('still there?');
  });
  const { report } = await runLoad([server.url, '--players', '2', '--ramp', '100']);
  expect(report.counts).toMatchObject({ played: 2, videoMessages: 6, audioMessages: 4 });
  expect(report.failures).toEqual([{ reason: 'the stream has ended', count: 2, example: '1000' }]);
  expect(pongs).toBe(2);
});
