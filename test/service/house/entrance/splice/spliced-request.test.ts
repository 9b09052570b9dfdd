import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { BroughtGrant } from '../../../../../src/service/house/entrance/destination.ts';
import type { HttpLineParts } from '../../../../../src/service/house/entrance/splice/http-line.ts';
import { bringing } from '../../../../../src/service/house/entrance/splice/spliced-request.ts';
import { createHttpServer, type HttpDoor } from '../../../../../src/service/listen/http-listener.ts';
import { mediaFormats } from '../../../../../src/service/stream-formats.ts';
import type { RouteStream } from '../../../../../src/session/http/http-activity.ts';
import { StreamFormats } from '../../../../../src/session/stream-format.ts';
import { connectStraight } from '../../../../../src/session/upstream/server-connector.ts';
import { ComplianceScene } from '../../../../support/compliance-scene.ts';
import { RawHttp } from '../../../../support/http-client.ts';
import { RawServer } from '../../../../support/raw-server.ts';

/** As MPlayer asks; `\n` stands for CRLF. */
const describing =
  'GET /live/a.flv?uid=7 HTTP/1.0\nAccept: */*\nUser-Agent: NSPlayer/4.1.0.3856\nHost: house:8079\n' +
  'Pragma: no-cache,rate=1.000000\nAuthorization: Basic YTpi\nCookie: secret\nX-Forwarded-For: 203.0.113.9\n\n';
const playing = describing.replace('Pragma: ', 'Pragma: xPlayStrm=1\nPragma: ');
const header = 'HTTP/1.0 200 OK\r\nContent-Type: application/x-mms-framed\r\n\r\n';

/** A house whose players are all brought to one server. */
class BringingScene extends ComplianceScene implements AsyncDisposable {
  readonly #server = createServer();

  static async start(parts: Partial<HttpLineParts> = {}): Promise<BringingScene> {
    const scene = new BringingScene();
    const own: RouteStream = (host) => host.answer(418, 'by itself');
    const dialogue = bringing(own, { connect: connectStraight, isToldWhom: () => false, ...parts });
    const formats = mediaFormats({ messageBytes: 1000 }).map((format) => ({ ...format, dialogue: 'mmsh' }));
    const dialogues = new Map([['mmsh', dialogue]]);
    const site = { ...scene.site, formats: new StreamFormats(formats), dialogues };
    const door: HttpDoor = {
      admit: (_socket, begin) => {
        const session = begin(scene.context());
        scene.sessions.push(session);
        return session;
      },
      replace: () => {},
    };
    const server = createHttpServer(door, site);
    scene.#server.removeAllListeners('connection');
    scene.#server.on('connection', (socket: Socket) => server.emit('connection', socket));
    scene.#server.listen(0, '127.0.0.1');
    await once(scene.#server, 'listening');
    return scene;
  }

  async player(request: string): Promise<RawHttp> {
    const { port } = this.#server.address() as AddressInfo;
    const client = await RawHttp.open(port);
    client.send(request);
    return client;
  }

  /** A player that is brought to a server. @param port - its */
  async brought(request: string, port: number): Promise<RawHttp> {
    const client = await this.player(request);
    await expect.poll(() => this.pending.length).toBe(1);
    const url = `http://127.0.0.1:${port}/live/a.asf?uid=7&permit=signed`;
    const grant: BroughtGrant = {
      ...this.grant(),
      destination: { relay: 'paris', url, expiresInMs: 60_000 },
    };
    (await this.asked()).decide(grant);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

test('the relay gets the request, and nothing that was meant for the house', async () => {
  await using relay = await RawServer.start((socket) => socket.end(`${header}$H`));
  await using scene = await BringingScene.start();
  await using client = await scene.brought(playing, relay.port);
  expect(await client.all()).toBe(`${header}$H`);
  expect(relay.connections[0]?.heard.split('\r\n')).toEqual([
    'GET /live/a.asf?uid=7&permit=signed HTTP/1.0',
    `Host: 127.0.0.1:${relay.port}`,
    'Accept: */*',
    'User-Agent: NSPlayer/4.1.0.3856',
    'Pragma: xPlayStrm=1',
    'Pragma: no-cache,rate=1.000000',
    '',
    '',
  ]);
  await scene.settle();
  expect(scene.said('play')).toEqual(['is brought to relay paris for live/a']);
  expect(scene.said('play-end')).toEqual(['stopped playing live/a after 0 s: the stream ended']);
  expect(scene.releases).toEqual([1]);
});

test('the player that asks what a stream is counts as none', async () => {
  await using relay = await RawServer.start((socket) => socket.end(`${header}$H`));
  await using scene = await BringingScene.start();
  await using client = await scene.brought(describing, relay.port);
  expect(await client.all()).toBe(`${header}$H`);
  await scene.settle();
  expect([scene.said('play'), scene.releases]).toEqual([[], [1]]);
});

test('what the relay answers instead is passed on: the player may come later', async () => {
  const answer = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\nnot yet\n';
  await using relay = await RawServer.start((socket) => {
    for (const letter of answer) socket.write(letter);
    socket.end();
  });
  await using scene = await BringingScene.start();
  await using client = await scene.brought(playing, relay.port);
  expect(await client.all()).toBe(answer);
  expect(scene.said('play')).toEqual([]);
});

test('a relay is told whom, where it wants to know', async () => {
  await using relay = await RawServer.start((socket) => socket.end(header));
  await using scene = await BringingScene.start({ isToldWhom: (id) => id === 'paris' });
  await using client = await scene.brought(playing, relay.port);
  await client.all();
  expect(relay.connections[0]?.heard).toMatch(/^\r\n\r\n\0\r\nQUIT\n.*GET /s);
});

test.each([
  { who: 'ffmpeg', request: playing.replace('HTTP/1.0', 'HTTP/1.1') },
  { who: 'VLC', request: playing.replace('NSPlayer/4.1.0.3856', 'NSPlayer/7.10.0.3059') },
  { who: 'a browser', request: playing.replace('NSPlayer/4.1.0.3856', 'Mozilla/5.0') },
  { who: 'MPlayer, for something else', request: playing.replace('xPlayStrm=1', 'xPlayNextEntry=1') },
])('$who is not brought', async ({ request }) => {
  await using scene = await BringingScene.start();
  await using client = await scene.player(request);
  await client.heard(/ 418 .*by itself/s);
  expect(scene.pending).toEqual([]);
});

test('who may not hears why, as everybody does', async () => {
  await using scene = await BringingScene.start();
  await using client = await scene.player(playing);
  await expect.poll(() => scene.pending.length).toBe(1);
  const question = await scene.asked();
  expect(question.request).toMatchObject({ protocol: 'mmsh', follows: 'nothing', verb: 'play' });
  question.decide({ refused: 'credentials', description: 'show a key' });
  expect(await client.all()).toMatch(/^HTTP\/1\.1 403 .*show a key\n$/s);
});

test('a relay that does not answer costs a sentence; one that breaks off ends the answer', async () => {
  const { port } = await (async () => {
    await using gone = await RawServer.start();
    return { port: gone.port };
  })();
  await using scene = await BringingScene.start();
  await using refused = await scene.brought(playing, port);
  expect(await refused.all()).toMatch(/^HTTP\/1\.1 503 .*relay paris does not answer: try again\n$/s);
  await using mute = await RawServer.start((socket) => socket.end());
  await using unanswered = await scene.brought(playing, mute.port);
  expect(await unanswered.all()).toMatch(/^HTTP\/1\.1 503 /);
  await using silent = await RawServer.start();
  await using waiting = await scene.brought(playing, silent.port);
  await silent.connection();
  await scene.pass(150_000);
  expect(await waiting.all()).toMatch(/^HTTP\/1\.1 503 /);
  await using broken = await RawServer.start((socket) =>
    socket.write(`${header}$H`, () => socket.resetAndDestroy()),
  );
  await using client = await scene.brought(playing, broken.port);
  expect(await client.all()).toBe(`${header}$H`);
  await scene.settle();
  expect(scene.said('relay-lost')).toHaveLength(4);
  expect(scene.said('play-end')).toHaveLength(1);
});

test('a player that leaves takes the relay with it; one that is kicked hears why until its answer has begun', async () => {
  await using relay = await RawServer.start((socket) => socket.write(`${header}$H`));
  await using scene = await BringingScene.start();
  await using leaving = await scene.brought(playing, relay.port);
  await leaving.heard(/\$H/);
  leaving.socket.destroy();
  await (await relay.connection()).closed;
  await using kicked = await scene.brought(playing, relay.port);
  await kicked.heard(/\$H/);
  for (const activity of scene.session.activities()) activity.revoke('go away', 'kicked');
  expect(await kicked.all()).toBe(`${header}$H`);
  await using silent = await RawServer.start();
  await using early = await scene.brought(playing, silent.port);
  await silent.connection();
  for (const activity of scene.session.activities()) activity.revoke('go away', 'kicked');
  expect(await early.all()).toMatch(/^HTTP\/1\.1 403 .*go away\n$/s);
});

test('a player that takes nothing slows the relay down', async () => {
  const much = Buffer.alloc(2 ** 20, 'x');
  await using relay = await RawServer.start((socket) => {
    socket.write(header);
    for (let i = 0; i < 64; i++) socket.write(much);
    socket.end();
  });
  await using scene = await BringingScene.start();
  await using client = await scene.player(playing);
  client.socket.pause();
  const url = `http://127.0.0.1:${relay.port}/live/a.asf`;
  await expect.poll(() => scene.pending.length).toBe(1);
  (await scene.asked()).decide({
    ...scene.grant(),
    destination: { relay: 'paris', url, expiresInMs: 60_000 },
  } as BroughtGrant);
  const { socket } = await relay.connection();
  await expect.poll(() => socket.writableLength).toBeGreaterThan(32 * 2 ** 20);
  expect(scene.session.backlogBytes).toBeLessThan(2 ** 20);
  client.socket.resume();
  await client.closed;
  expect(client.bytes.length).toBe(header.length + 64 * much.length);
});
