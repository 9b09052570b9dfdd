import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { amfObject } from '../../../src/protocol/amf/amf-value.ts';
import { UserControlEvent } from '../../../src/protocol/rtmp/message/user-control.ts';
import { parseRtmpUrl } from '../../../src/protocol/rtmp/rtmp-url.ts';
import { RtmpPull } from '../../../src/session/upstream/rtmp-pull.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { type Script, type ScriptedConnection, ScriptedServer } from '../../support/scripted-server.ts';

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };

/** A pull that notes what it is told, and lets a test wait for the next. */
class Pulling implements Disposable {
  readonly told: unknown[][] = [];
  readonly pull: RtmpPull;
  #wake: () => void = () => {};

  constructor(url: string) {
    const target = parseRtmpUrl(url);
    if (target === undefined) throw new Error(url);
    const note =
      (name: string) =>
      (...args: unknown[]): void => {
        this.told.push([name, ...args]);
        this.#wake();
      };
    this.pull = new RtmpPull(
      target,
      { waiting: ['me', 'child'] },
      { clock: systemClock, limits },
      {
        onStart: note('start'),
        onPath: note('path'),
        onMedia: ({ tag, timestamp, payload }) => note('media')(tag, timestamp, payload.toString('hex')),
        onDry: note('dry'),
        onReconnectRequest: note('reconnect'),
        onEnd: note('end'),
      },
    );
  }

  async until(name: string): Promise<unknown[]> {
    for (;;) {
      const found = this.told.find(([word]) => word === name);
      if (found !== undefined) return found.slice(1);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.pull.close();
  }
}

const start = (connection: ScriptedConnection, more = {}): void =>
  connection.dialogue.startPlay(1, 'here it is', more);

async function pulling(
  script: Script,
): Promise<{ server: ScriptedServer; pulled: Pulling } & AsyncDisposable> {
  const server = await ScriptedServer.start(script);
  const pulled = new Pulling(`rtmp://127.0.0.1:${server.port}/live/a/b?token=x`);
  return {
    server,
    pulled,
    [Symbol.asyncDispose]: async () => {
      pulled.pull.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('asks for the stream with its query, says who waits and that it can reconnect', async () => {
  const asked: unknown[] = [];
  await using scene = await pulling({
    onPlay: (connection, { streamName }) => {
      const { app, commandObject } = connection.connectRequest ?? {};
      asked.push([app, streamName, commandObject?.['streampumpPath'], Number(commandObject?.['capsEx']) & 1]);
      start(connection, { streampumpPath: ['b', 'c'] });
    },
  });
  expect(await scene.pulled.until('start')).toEqual([['b', 'c']]);
  expect(asked).toEqual([['live', 'a/b?token=x', ['me', 'child'], 1]]);
});

test('tells media, and nothing as such that every hop says itself', async () => {
  await using scene = await pulling({
    onPlay: (connection) => {
      start(connection);
      connection.dialogue.data(1, 'onStatus', amfObject({ code: 'NetStream.Data.Start' }));
      connection.dialogue.data(1, 'onMetaData', amfObject({}));
    },
  });
  const metadata = '02000a6f6e4d65746144617461' + '03000009';
  expect(await scene.pulled.until('media')).toEqual([18, 0, metadata]);
  expect(scene.pulled.told.map(([name]) => name)).toEqual(['dry', 'start', 'media']);
});

test('takes a path from what the server says itself, and from no data that it passes on', async () => {
  const notify = { level: 'status', code: 'NetStream.Play.PathNotify', description: 'moved' } as const;
  await using scene = await pulling({
    onPlay: (connection) => {
      const { dialogue } = connection;
      start(connection);
      dialogue.data(1, 'streampumpPath', ['forged']);
      dialogue.data(1, '@setDataFrame', 'streampumpPath', ['forged']);
      dialogue.status(1, notify, { streampumpPath: 'no path' });
      dialogue.status(1, notify);
      dialogue.status(1, notify, { streampumpPath: ['b', 'bad id'] });
      dialogue.data(1, 'onMetaData', amfObject({}));
    },
  });
  await scene.pulled.until('media');
  expect(scene.pulled.told.slice(1, -1)).toEqual([
    ['start', []],
    ['path', ['b']],
  ]);
});

test('says in connect for which relays it comes, and for which stream, without what lets it in', async () => {
  await using scene = await pulling({ onPlay: start });
  await scene.pulled.until('start');
  const { commandObject } = scene.server.connections[0]?.connectRequest ?? {};
  expect(commandObject?.['streampumpPath']).toEqual(['me', 'child']);
  expect(commandObject?.['streampumpKey']).toBe('live/a/b');
});

describe('tells what the server says', () => {
  test.each<{ name: string; script: Script; end: object }>([
    {
      name: 'that the stream is not there',
      script: {
        onPlay: ({ dialogue }) =>
          dialogue.endPlay(1, { level: 'error', code: 'NetStream.Play.StreamNotFound', description: 'none' }),
      },
      end: { kind: 'not-found', description: 'NetStream.Play.StreamNotFound', said: 'none' },
    },
    {
      name: 'why it may not be played',
      script: {
        onPlay: ({ dialogue }) =>
          dialogue.endPlay(1, { level: 'error', code: 'NetStream.Play.Failed', description: 'go away' }),
      },
      end: { kind: 'refused', description: 'NetStream.Play.Failed', said: 'go away' },
    },
    {
      name: 'why nobody is let in',
      script: { onConnect: ({ dialogue }) => dialogue.refuseConnect('closed today') },
      end: { kind: 'refused', description: 'NetConnection.Connect.Rejected', said: 'closed today' },
    },
    {
      name: 'where else to go',
      script: {
        onConnect: ({ dialogue }) =>
          dialogue.refuseConnect('moved', { ex: amfObject({ code: 302, redirect: 'rtmp://other/live' }) }),
      },
      end: {
        kind: 'redirect',
        description: 'NetConnection.Connect.Rejected',
        said: 'moved',
        url: 'rtmp://other/live',
      },
    },
    {
      name: 'that the stream has ended',
      script: {
        onPlay: (connection) => {
          start(connection);
          const code = 'NetStream.Play.UnpublishNotify';
          connection.dialogue.endPlay(1, { level: 'status', code, description: 'over' });
        },
      },
      end: { kind: 'ended', description: 'the server ended the stream (NetStream.Play.UnpublishNotify)' },
    },
    {
      name: 'by closing the connection',
      script: { onPlay: ({ socket }) => socket.end() },
      end: { kind: 'lost', description: 'the server closed the connection' },
    },
  ])('$name', async ({ script, end }) => {
    await using scene = await pulling(script);
    expect(await scene.pulled.until('end')).toEqual([end]);
    expect(scene.pulled.told.filter(([name]) => name === 'end')).toHaveLength(1);
  });

  test('that it is dry, answers pings, and asks to be left', async () => {
    await using scene = await pulling({
      onPlay: (connection) => {
        start(connection);
        connection.dialogue.userControl(UserControlEvent.streamDry, 1);
        const code = 'NetConnection.Connect.ReconnectRequest';
        const status = { level: 'status', code, description: 'leave' } as const;
        connection.dialogue.status(0, status, { tcUrl: 'rtmp://other/live' });
        connection.dialogue.status(0, status);
      },
    });
    const { pulled } = scene;
    expect(await pulled.until('reconnect')).toEqual(['rtmp://other/live']);
    expect(pulled.told.filter(([name]) => name === 'dry')).toContainEqual(['dry', true]);
    pulled.pull.ping();
    while (pulled.pull.signsOfLife === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(pulled.told.at(-1)).toEqual(['reconnect', undefined]);
  });
});

test('a server that breaks the protocol is left, with the error named', async () => {
  await using scene = await pulling({
    onPlay: ({ socket }) => socket.write(Buffer.from('0200000000000401000000000000000000', 'hex')),
  });
  const [end] = await scene.pulled.until('end');
  expect(end).toMatchObject({
    kind: 'lost',
    description: expect.stringMatching(/^the server broke the protocol: .*\(RTMP_\w+\)$/),
  });
});

test('a server that is not there is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  using pulled = new Pulling(`rtmp://127.0.0.1:${port}/live/a`);
  expect(await pulled.until('end')).toEqual([
    {
      kind: 'refused',
      description: `cannot reach 127.0.0.1 port ${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    },
  ]);
});

test('closing tells the server, ends the connection and is not told of', async () => {
  await using scene = await pulling({ onPlay: (connection) => start(connection) });
  await scene.pulled.until('start');
  scene.pulled.pull.close();
  await scene.server.connections[0]?.closed;
  expect(scene.server.connections[0]?.stops).toBe(1);
  expect(scene.pulled.told.some(([name]) => name === 'end')).toBe(false);
});
