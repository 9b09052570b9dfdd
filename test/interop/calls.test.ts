import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestBrowser } from '../support/browser.ts';
import { ChangingScene } from '../support/changing-scene.ts';
import { HookServer } from '../support/hook-server.ts';
import { playWithRtmpdump, publishWithFfmpeg } from '../support/real-clients.ts';

/** Where pages are that call. */
const site = createServer((_, response) => response.end('<!doctype html><title>a page</title>'));
let origin: string;
let hook: HookServer;
let scene: ChangingScene;

beforeAll(async () => {
  await once(site.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  hook = await HookServer.start((asked) => {
    const { event, name, args } = asked as unknown as Record<string, unknown>;
    return event === 'call' && name === 'add' ? { result: (args as number[])[0] } : { allow: true };
  });
  scene = await ChangingScene.start(1, {
    hooks: [{ events: ['connect', 'call'], url: hook.url }],
    calls: { rpcPath: '/rpc' },
    http: { publishOrigins: [origin] },
  });
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
  site.close();
  site.closeAllConnections();
});

function rtmpUrl(key: string): string {
  return `rtmp://127.0.0.1:${scene.port('rtmp')}/${key}`;
}

/** What the back end was asked of those who connected with these words. */
function connectArgs(): unknown[] {
  return hook.asked.map((asked) => (asked as unknown as Record<string, unknown>)['connectArgs']);
}

test('rtmpdump is called, and says with connect what the back end is to know', async () => {
  const said = ['-C', 'B:1', '-C', 'S:hello', '-C', 'O:1', '-C', 'NN:room:7', '-C', 'O:0'];
  await using dump = playWithRtmpdump(rtmpUrl('live/a'), '--live', ...said);
  await scene.log.waitFor('play', { stream: 'live/a' });
  expect(connectArgs()).toContainEqual([true, 'hello', { room: 7 }]);
  const session = scene.log.find('play', { stream: 'live/a' })[0]?.fields['connection'];
  const [status, answer] = await scene.answer(`POST sessions/${session}/call`, {
    name: '_onbwcheck',
    args: [1],
  });
  expect([status, Object.keys(answer as object)]).toEqual([200, ['result']]);
  expect(dump.stderr).not.toContain('ERROR');
});

test('ffmpeg says it, too, and the relay itself answers what it calls', async () => {
  await using publisher = publishWithFfmpeg(rtmpUrl('live/b'), {
    seconds: 1,
    protocolOptions: ['-rtmp_conn', 'B:0 S:from-ffmpeg N:1.5'],
  });
  expect((await publisher.exited).code).toBe(0);
  expect(connectArgs()).toContainEqual([false, 'from-ffmpeg', 1.5]);
  expect(hook.asked.filter(({ event }) => event === 'call')).toEqual([]); // _checkbw is none of the back end's business
});

test('a page in Chromium calls, and is called', async () => {
  await using browser = await TestBrowser.launch();
  await using shown = await browser.page();
  const { page } = shown;
  await page.goto(origin);
  const url = `ws://127.0.0.1:${scene.port('http')}/rpc`;
  const result = await page.evaluate(
    (place) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(place);
        socket.onerror = () => reject(new Error('no connection'));
        socket.onopen = () => socket.send('{"jsonrpc":"2.0","method":"add","params":[17],"id":1}');
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(String(data));
          if (message.method === undefined) resolve(message);
          else socket.send(JSON.stringify({ jsonrpc: '2.0', result: socket.url, id: message.id }));
        };
      }),
    url,
  );
  expect(result).toEqual({ jsonrpc: '2.0', result: 17, id: 1 });
  const [, list] = (await scene.answer('GET sessions?role=caller')) as [number, { items: { id: string }[] }];
  expect(await scene.answer(`POST sessions/${list.items[0]?.id}/call`, { name: 'title' })).toEqual([
    200,
    { result: url },
  ]);
});
