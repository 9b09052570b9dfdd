/** Whoever may add pulls and forwards tries to have the relay reach what it may not. */
import { describe, expect, test } from 'vitest';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { StatusCode } from '../../src/protocol/rtmp/dialogue/status.ts';
import { ChangingScene } from '../support/changing-scene.ts';
import { RawServer } from '../support/raw-server.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

/** Every way to write the loopback address, and what leads there. */
const spellings = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
  ],
  ...[
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
  ],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[64:ff9b:1::7f00:1]',
    '[::ffff:0:127.0.0.1]',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'user:pass@localhost',
    'listed.example@127.0.0.1',
    '１２７.0.0.1',
    '127。0。0。1',
  ],
  ...[
    '169.254.169.254',
    '[fe80::1]',
    '224.0.0.1',
    '[ff02::1]',
    '255.255.255.255',
    '10.0.0.1',
    '192.168.1.1',
    '100.64.0.1',
  ],
  ...['2852039166', '[64:ff9b::a9fe:a9fe]', '[fd00:ec2::254]', 'listed.example.evil.example'],
];

describe('a host that is not listed is not reached, however it is written', () => {
  test.each(['rtmp', 'http', 'ws'])('over %s', async (scheme) => {
    await using server = await RawServer.start(() => {});
    await using scene = await ChangingScene.start(
      1,
      {},
      { hosts: ['listed.example', '*.listed.example', 'localhost'] },
    );
    for (const host of spellings) {
      const urls = [`${scheme}://${host}:${server.port}/live/a`];
      const [status, answer] = await scene.answer('POST upstreams', { stream: 'live/a', urls });
      expect([host, status]).toEqual([host, expect.toBeOneOf([400, 403])]);
      expect(JSON.stringify(answer)).not.toContain('pass');
    }
    expect(await scene.answer('GET upstreams')).toEqual([200, { items: [], next: null }]);
    expect(server.connections).toEqual([]);
  });

  test('over RTMP, forwards', async () => {
    await using scene = await ChangingScene.start(1, {}, { hosts: ['localhost'] });
    for (const host of spellings) {
      const forward = { stream: 'live/a', url: `rtmp://${host}:9/live/a` };
      const [status] = await scene.answer('POST forwards', forward);
      expect([host, status]).toEqual([host, expect.toBeOneOf([400, 403])]);
    }
  });

  test('nor is one port by another', async () => {
    await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1:1'] });
    const pull = (port: number) => ({ stream: 'live/a', urls: [`rtmp://127.0.0.1:${port}/live/a`] });
    expect((await scene.answer('POST upstreams', pull(2)))[0]).toBe(403);
    expect((await scene.answer('POST upstreams', pull(1)))[0]).toBe(201);
  });

  test('one URL of several is enough to refuse them all', async () => {
    await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.2'] });
    const urls = ['rtmp://127.0.0.2:9/live/a', 'rtmp://127.0.0.1:9/live/a'];
    expect((await scene.answer('POST upstreams', { stream: 'live/a', urls }))[0]).toBe(403);
  });
});

describe('a listed server leads the relay nowhere else', () => {
  const inside = 'HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\n';

  test.each([302, 307])('by HTTP %i', async (status) => {
    await using secret = await RawServer.start((socket) => socket.end(inside), '127.0.0.9');
    await using server = await RawServer.start((socket) => {
      const location = `http://127.0.0.9:${secret.port}/live/a.flv`;
      socket.end(`HTTP/1.1 ${status} Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
    await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
    const urls = [`http://127.0.0.1:${server.port}/live/a.flv`];
    expect((await scene.answer('POST upstreams', { stream: 'live/a', urls }))[0]).toBe(201);
    const line = await scene.log.waitFor('upstream', { reason: 'refused' });
    expect(line.text).toContain('which is not in redirectHosts');
    expect(secret.connections).toEqual([]);
  });

  test('by HTTP to another port of the same host that is not listed', async () => {
    await using secret = await RawServer.start((socket) => socket.end(inside));
    await using server = await RawServer.start((socket) => {
      const location = `http://127.0.0.1:${secret.port}/live/a.flv`;
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
    await using scene = await ChangingScene.start(1, {}, { hosts: [`127.0.0.1:${server.port}`] });
    const urls = [`http://127.0.0.1:${server.port}/live/a.flv`];
    expect((await scene.answer('POST upstreams', { stream: 'live/a', urls }))[0]).toBe(201);
    const line = await scene.log.waitFor('upstream', { reason: 'lost' });
    expect(line.text).toContain('127.0.0.1 is a loopback address, and in no network of admin.hosts');
    expect(secret.connections).toEqual([]);
  });

  test('by RTMP, refusing or in the middle of the stream', async () => {
    await using secret = await RawServer.start(() => {}, '127.0.0.9');
    await using server = await ScriptedServer.start({
      onPlay: ({ dialogue }, { messageStreamId }) => {
        const ex = amfObject({ code: 302, redirect: `rtmp://127.0.0.9:${secret.port}/live/a` });
        const description = 'over there';
        const status = { level: 'error', code: StatusCode.playFailed, description, more: { ex } } as const;
        dialogue.endPlay(messageStreamId, status);
      },
    });
    await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
    const urls = [`rtmp://127.0.0.1:${server.port}/live/a`];
    expect((await scene.answer('POST upstreams', { stream: 'live/a', urls }))[0]).toBe(201);
    const line = await scene.log.waitFor('upstream', { reason: 'refused' });
    expect(line.text).toContain('which is not in redirectHosts');
    expect(secret.connections).toEqual([]);
  });
});

test('what is not listed any more after a reload is not connected to again', async () => {
  await using server = await RawServer.start((socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
  await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
  const urls = [`http://127.0.0.1:${server.port}/live/a.flv`];
  expect((await scene.answer('POST upstreams', { stream: 'live/a', urls }))[0]).toBe(201);
  await scene.log.waitFor('upstream', { reason: 'not-found' });
  await scene.reload({ admin: { socket: null, tokens: [], hosts: [] } });
  const line = await scene.log.waitFor('upstream', { reason: 'lost' });
  expect(line.text).toContain('127.0.0.1 is a loopback address, and in no network of admin.hosts');
});
