import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { asfFrames } from '../../support/asf-frames.ts';
import { audioStream, videoStream } from '../../support/asf-maker.ts';
import { deadlines } from '../../support/compliance-scene.ts';
import { headOf, type MmshAsking, MmshScene } from '../../support/mmsh-scene.ts';

const PLAY = 'xPlayStrm=1';
const plain = [audioStream, videoStream];
const other = [audioStream, { ...videoStream, size: 640 }];
const opening = 'VH1@0 K1@0 P1@40';
const framed = /\r\nContent-Type: application\/x-mms-framed\r\n/;

/** The status and the headers that players go by. */
function headIn(text: string): string[] {
  const [head = ''] = text.split('\r\n\r\n', 1);
  return head
    .split('\r\n')
    .filter((line) => /^(?:HTTP|server|content-|pragma|transfer|connection|retry)/i.test(line));
}

function clientIdIn(text: string): string {
  return /client-id=(\d+)/.exec(text)?.[1] ?? '';
}

/** Stops the time of day until it is let go of. */
function fixedTime(): Disposable {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  return { [Symbol.dispose]: () => vi.useRealTimers() };
}

describe('a description', () => {
  test('has its length, what players look for, and is the end of the connection', async () => {
    const scene = new MmshScene();
    scene.publish(opening);
    const client = await scene.answered({ version: '1.0' });
    const [head = '', body = ''] = client.text.split(/\r\n\r\n/, 2);
    expect(headIn(head)).toEqual([
      'HTTP/1.1 200 OK',
      'Server: Rex/9.0.0.2980',
      'Pragma: no-cache',
      expect.stringMatching(/^Pragma: client-id=[1-9]\d*$/),
      'Pragma: features="broadcast"',
      'Pragma: timeout=60000',
      'Content-Type: application/vnd.ms.wms-hdr.asfv1',
      `Content-Length: ${client.bytes.length - head.length - 4}`,
      'Connection: close',
    ]);
    expect(body).toMatch(/^\$H.{7}\f/s);
    expect(client.socket.readableEnded).toBe(true);
  });

  test('is waited for as a stream is; it does not come in time: 503', async () => {
    const scene = new MmshScene();
    const [early, late] = [await scene.answered({}), await scene.answered({})];
    expect(early.text).toBe('');
    late.socket.destroy();
    scene.publish(opening);
    await scene.pass(100);
    expect(early.text).toMatch(/^HTTP\/1\.1 200 .*\$H/s);
    expect(scene.registry.get('live/a')?.broadcast.fanOut.playerCount).toBe(0);
    const other = new MmshScene();
    const nobody = await other.answered({});
    await other.pass(15_000);
    expect(headIn(nobody.text)).toEqual(
      expect.arrayContaining(['HTTP/1.1 503 Service Unavailable', 'retry-after: 5']),
    );
  });
});

describe('a play', () => {
  test.each<{ name: string; asking: MmshAsking; ends: readonly string[]; body: RegExp }>([
    {
      name: 'ends with the connection',
      asking: { pragmas: [PLAY] },
      ends: ['connection: close'],
      body: /\r\n\r\n\$H/,
    },
    {
      name: 'is chunked for who knows version 1.1',
      asking: { pragmas: [`no-cache,version11-enabled=1`, PLAY] },
      ends: ['transfer-encoding: chunked', 'Connection: keep-alive'],
      body: /\r\n\r\n[\da-f]+\r\n\$H/,
    },
    {
      name: 'is not by HTTP/1.0, whatever its client knows',
      asking: { version: '1.0', pragmas: [PLAY, 'version11-enabled=1'] },
      ends: ['connection: close'],
      body: /\r\n\r\n\$H/,
    },
    {
      name: 'of ffmpeg, with the line that it leaves open and a range, is answered as a whole',
      asking: {
        pragmas: [`${PLAY},stream-switch-count=2`, 'no-cache,rate=1.000000,stream-time=0Connection: Close'],
        headers: ['Range: bytes=0-'],
      },
      ends: ['connection: close'],
      body: /\r\n\r\n\$H/,
    },
  ])('$name', async ({ asking, ends, body }) => {
    const scene = new MmshScene();
    scene.publish(opening);
    const { text } = await scene.answered(asking);
    expect(text).toMatch(framed);
    expect(headIn(text)).toEqual([
      'HTTP/1.1 200 OK',
      'Server: Rex/9.0.0.2980',
      'Pragma: no-cache',
      expect.stringMatching(/^Pragma: client-id=\d+$/),
      'Pragma: features="broadcast"',
      'Pragma: timeout=60000',
      'Content-Type: application/x-mms-framed',
      ...ends,
    ]);
    expect(text).toMatch(body);
    expect(text.match(/\$D/g)).toHaveLength(2);
  });

  test('is of MMSH to everybody who counts it', async () => {
    const scene = new MmshScene();
    const client = scene.ask({ pragmas: [PLAY] });
    const { request } = await scene.asked();
    expect(request).toMatchObject({ protocol: 'mmsh', client: 'NSPlayer/4.1.0.3856', follows: 'http' });
    expect(scene.session.protocol).toBe('mmsh');
    client.socket.destroy();
  });

  test('ends where the player says so on its connection, which goes on', async () => {
    const scene = new MmshScene();
    scene.publish(opening);
    const client = await scene.answered({ pragmas: [PLAY, 'version11-enabled=1'] });
    client.send(headOf({ method: 'POST', pragmas: ['xStopStrm=1'], body: '' }));
    await scene.pass(100);
    expect(client.text).toMatch(/\r\n8\r\n\$E.{6}\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\n/s);
    expect(scene.said('play-end')).toEqual(['stopped playing live/a after 0 s: it left']);
    expect(client.socket.readableEnded).toBe(false);
  });

  test('that waits is over as well when the player says so', async () => {
    const scene = new MmshScene();
    const client = await scene.answered({ pragmas: [PLAY] });
    client.send(headOf({ method: 'POST', pragmas: ['xStopStrm=1'], body: '' }));
    await scene.pass(100);
    expect(client.text).toMatch(/^HTTP\/1\.1 503 .*not wanted any more\n.*HTTP\/1\.1 200 OK/s);
  });

  test.each([
    { who: 'player', next: 'the same streams', streams: plain, says: /\$D.*\$D.*\$D(?!.*\$[CE])/s },
    { who: 'player', next: 'other streams', streams: other, says: /\$D(?!.*\$C).*\$E.{6}$/s },
    { who: 'relay', next: 'the same streams', streams: plain, says: /\$D.*\$C.{6}\$H(?!.*\$E)/s },
    { who: 'relay', next: 'other streams', streams: other, says: /\$D.*\$C.{6}\$H(?!.*\$E)/s },
  ])('of a $who, when a source with $next goes on', async ({ who, streams, says }) => {
    const scene = new MmshScene();
    const { publication } = scene.publish(opening);
    const client = scene.ask({ pragmas: [PLAY] });
    (await scene.asked()).decide(scene.grant('live/a', { path: who === 'relay' ? ['downstream'] : [] }));
    await scene.pass(100);
    publication.leave('lost');
    scene.frames = (script) => asfFrames(script, streams);
    scene.publish('VH2@0 K2@0');
    await scene.pass(100);
    expect(client.text).toMatch(says);
  });

  test.each([
    { entries: 'ffff:1:0 ffff:2:0 ffff:3:0', gets: 'PKA', what: 'everything' },
    { entries: 'ffff:1:0 ffff:2:2 ffff:a:0', gets: 'A', what: 'no video' },
    { entries: 'ffff:02:2', gets: 'A', what: 'no video' },
    { entries: 'ffff:1:2', gets: 'PKA', what: 'audio that it does not want, too' },
  ])('that asks for $entries gets $what', async ({ entries, gets }) => {
    const scene = new MmshScene();
    const { publication } = scene.publish('VH1@0 K1@0 A1@0 P1@40');
    const client = await scene.answered({ pragmas: [PLAY, `stream-switch-entry=${entries}`] });
    for (const frame of asfFrames('VH1@0 K2@80 A2@80 P2@120'))
      if (frame.role === 'coded') publication.receive(frame);
    await scene.pass(100);
    const hex = client.bytes.toString('hex');
    const marks = { P: '2701000000', K: '1701000000', A: 'af01' };
    const got = Object.entries(marks).flatMap(([name, mark]) => (hex.includes(mark) ? [name] : []));
    expect(got.join('')).toBe(gets);
  });
});

describe('a client-id', () => {
  test('that a description has given is known in the play, on another connection and in another thread', async () => {
    const scene = new MmshScene();
    scene.publish(opening);
    const id = clientIdIn((await scene.answered({})).text);
    const client = scene.ask({ pragmas: [PLAY, `client-id=${id}`] });
    const { request, decide } = await scene.asked();
    expect(request.clientId).toBe(Number(id));
    decide(scene.grant());
    await scene.pass(100);
    expect([clientIdIn(client.text), client.text.includes('xResetStrm')]).toEqual([id, false]);
  });

  test('that nobody has given is another one from then on', async () => {
    using _time = fixedTime(); // which ids could have been given depends on it
    const scene = new MmshScene();
    scene.publish(opening);
    const client = scene.ask({ pragmas: [PLAY, 'client-id=12345'] });
    const { request, decide } = await scene.asked();
    expect(request.clientId).toBeUndefined();
    decide(scene.grant());
    await scene.pass(100);
    expect(clientIdIn(client.text)).not.toBe('12345');
    expect(client.text).toContain('\r\nPragma: xResetStrm=1\r\n');
  });

  test('holds no place for a description', async () => {
    const scene = new MmshScene();
    scene.publish(opening);
    const id = clientIdIn((await scene.answered({})).text);
    scene.ask({ pragmas: [`client-id=${id}`] });
    expect((await scene.asked()).request.clientId).toBeUndefined();
  });
});

describe('what is no play', () => {
  const nothing = /\r\ncontent-length: 0\r\n/;

  test.each<{ name: string; asking: MmshAsking; says: RegExp }>([
    {
      name: 'a player that has paused',
      asking: { method: 'POST', pragmas: ['xKeepAliveInPause=1'], body: '' },
      says: nothing,
    },
    { name: 'a question for options', asking: { method: 'OPTIONS' }, says: nothing },
    { name: 'the same of the server', asking: { method: 'OPTIONS', path: '*' }, says: nothing },
    {
      name: 'an event',
      asking: { method: 'POST', headers: ['Content-Type: application/x-wms-sendevent'], body: 'RemoteOpen' },
      says: nothing,
    },
    {
      name: 'a question about the content',
      asking: { method: 'POST', headers: ['Content-Type: application/x-wms-getcontentinfo'], body: '' },
      says: nothing,
    },
    {
      name: 'the end of a play elsewhere',
      asking: { method: 'POST', pragmas: ['xStopStrm=1'], body: '' },
      says: nothing,
    },
  ])('$name is answered with a head, and asks nobody', async ({ asking, says }) => {
    const scene = new MmshScene();
    const client = scene.ask(asking);
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.text).toMatch(says);
    expect(scene.pending).toEqual([]);
  });

  test.each<{ name: string; asking: MmshAsking; status: number; sentence: string }>([
    {
      name: 'the next entry of a playlist',
      asking: { pragmas: ['xPlayNextEntry=1'] },
      status: 400,
      sentence: 'neither playlists nor',
    },
    {
      name: 'other streams within a play',
      asking: { pragmas: ['stream-switch-entry=ffff:1:0'] },
      status: 400,
      sentence: 'neither playlists nor',
    },
    {
      name: 'another content type',
      asking: { method: 'POST', headers: ['Content-Type: image/png'], body: 'x' },
      status: 415,
      sentence: 'not known here',
    },
    {
      name: 'a push where streams are played',
      asking: {
        method: 'POST',
        agent: 'Lavf/59',
        headers: ['Content-Type: application/x-wms-pushstart'],
        body: 'x',
      },
      status: 415,
      sentence: '/streams/NAME_push',
    },
  ])('$name is refused with a sentence', async ({ asking, status, sentence }) => {
    const scene = new MmshScene();
    const client = scene.ask(asking);
    await scene.settle();
    expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*${sentence}`, 's'));
  });

  test('over WebSocket there is no ASF', async () => {
    const scene = new MmshScene();
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', key];
    const client = scene.ask({ agent: null, headers: upgrade });
    await scene.settle();
    expect(client.text).toMatch(/not available over WebSocket: ask for it over HTTP/);
    expect(scene.events).toEqual(['rejected: format']);
  });
});

test.each([
  'Lavf/59.27.100',
  'VLC/3.0.24 LibVLC/3.0.24',
  'curl/7.88.1',
  'GStreamer souphttpsrc 1.22 libsoup/3',
  null,
])('%s gets raw ASF', async (agent) => {
  const scene = new MmshScene();
  scene.publish(opening);
  const { text } = await scene.answered({ agent, version: '1.0', pragmas: [PLAY] });
  expect(text).toMatch(/\r\ncontent-type: video\/x-ms-asf\r\n/);
  expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toMatch(/^0&\xb2\x75/);
  expect(scene.session.protocol).toBe('asf-http');
});

test('MMS over TCP, which VLC tries first, is answered with 400 at once, and nothing to worry about', async () => {
  const scene = new MmshScene();
  const client = scene.connect();
  const connectInfo =
    '01000000cefa0bb0a00000004d4d532014000000000000000000000000000000120000000100030000000000f0f0f0f0';
  client.send(Buffer.from(connectInfo, 'hex'));
  await scene.settle();
  expect(client.text).toMatch(/^HTTP\/1\.1 400 .*MMS over TCP/s);
  expect(client.socket.readableEnded).toBe(true);
  expect(scene.log.lines.map(({ level, event }) => `${level} ${event}`)).toEqual(['debug unused']);
});

describe('a report', () => {
  const report: MmshAsking = {
    method: 'POST',
    headers: ['Content-Type: application/x-wms-LogStats'],
    body: '<Log>\x01 192.0.2.1 "x" \x1b[31m</Log>',
  };

  test('is counted and kept, escaped, where its sender may play', async () => {
    const scene = new MmshScene();
    const client = scene.ask(report);
    const { request, decide } = await scene.asked();
    expect(request).toMatchObject({ verb: 'play', intent: 'look', protocol: 'mmsh' });
    decide(scene.grant());
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 204 /);
    const id = clientIdIn(client.text);
    expect(scene.events).toEqual([expect.stringMatching(`^reported by ${id}: <Log>\\\\.*</Log>$`)]);
    expect(scene.releases).toEqual([1]);
  });

  test('may be in a Pragma line', async () => {
    const scene = new MmshScene();
    const pragmas = ['log-line="2026-03-01 18:00:12 x"'];
    const client = await scene.answered({ method: 'POST', pragmas, body: '' });
    expect(client.text).toMatch(/^HTTP\/1\.1 204 /);
    expect(scene.events).toEqual([expect.stringContaining(': 2026-03-01 18:00:12 x')]);
  });

  test('of somebody who may not play is not kept', async () => {
    const scene = new MmshScene();
    const client = scene.ask(report);
    (await scene.asked()).decide({ refused: 'access', description: 'not from there' });
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1\.1 403 .*not from there\n$/s);
    expect(scene.events).toEqual(['rejected: access']);
  });

  test('has an end', async () => {
    const scene = new MmshScene();
    const long = await scene.answered({ ...report, body: 'x'.repeat(70_000) });
    expect(long.text).toMatch(/^HTTP\/1\.1 413 .*may have 65536 bytes\n$/s);
    const cut = await scene.answered({ ...report, body: 'x'.repeat(60_000) });
    expect(cut.text).toMatch(/^HTTP\/1\.1 204 /);
    expect(scene.events.filter((event) => event.startsWith('reported'))).toEqual([
      expect.stringMatching(/: x{1021}\.{3}$/),
    ]);
  });

  test('comes in time', async () => {
    const scene = new MmshScene();
    const { body: _, ...head } = report;
    const client = await scene.answered({ ...head, headers: [...(head.headers ?? []), 'Content-Length: 5'] });
    client.send('x');
    await scene.pass(deadlines.idleMs);
    expect(client.text).toMatch(/^HTTP\/1\.1 408 .*no end of the request in time\n$/s);
  });
});

test('whatever heads say, each is answered or waits, and nothing breaks', async () => {
  const word = fc.constantFrom(
    ...['xPlayStrm=1', 'xPlayStrm', 'xStopStrm=1', 'client-id=', 'client-id=4294967296', 'client-id=-1'],
    ...['version11-enabled=1', 'log-line=""', 'xKeepAliveInPause=1', 'stream-switch-count=4294967295'],
    ...[
      'stream-switch-entry=ffff:2:2',
      'stream-switch-entry=:::',
      'stream-switch-entry=ffff:ffff:2 ffff:0:2',
    ],
    ...['features="', '"', ',,,', '=', 'x'.repeat(3000), '\xff\xfe', '%00'],
  );
  const asking = fc.record({
    method: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'),
    version: fc.constantFrom('1.0' as const, '1.1' as const),
    path: fc.constantFrom('/live/a.asf', '/streams/a', '/STREAMS/a/', '/streams/a_push', '/streams/a.asx'),
    pragmas: fc.array(word, { maxLength: 4 }),
    headers: fc.subarray([
      ...['Content-Type: application/x-wms-LogStats', 'Content-Type: application/x-wms-pushsetup'],
      ...['Content-Type: ', 'Range: bytes=5-', 'Expect: 100-continue', 'Cookie: push-id=1'],
    ]),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(asking, { minLength: 1, maxLength: 3 }), async (askings) => {
      const scene = new MmshScene();
      scene.publish(opening);
      const client = scene.connect();
      for (const each of askings) client.send(headOf(each.method === 'POST' ? { ...each, body: 'x' } : each));
      for (let round = 0; round < 4; round++) {
        await scene.settle();
        for (const pending of scene.pending.splice(0)) pending.decide(scene.grant());
      }
      await scene.pass(100);
      expect(client.text).toMatch(/^(?:HTTP\/1\.1 \d{3} |$)/); // nothing where more came behind a last request
      client.socket.destroy();
      await scene.settle();
      for (const session of [...scene.sessions]) session.destroy();
      await scene.pass(30_000);
      expect(scene.said('bug')).toEqual([]);
      expect(scene.releases).toEqual(scene.releases.map(() => 1));
    }),
    { numRuns: 150 },
  );
});
