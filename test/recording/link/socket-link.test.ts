import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LinkMessageType, LinkReader } from '../../../src/recording/link/link-message.ts';
import { SocketLink } from '../../../src/recording/link/socket-link.ts';
import type { RecordedFrame, RecordingWriter } from '../../../src/recording/link/store-link.ts';
import { temporaryFolder } from '../../support/packages.ts';

interface LinkScene extends AsyncDisposable {
  readonly writer: RecordingWriter;
  /** Messages, each with the number of the read that brought it. */
  readonly heard: readonly { readonly type: number; readonly read: number }[];
  /** Resolves when so many messages have come. */
  came(count: number): Promise<void>;
}

/** A link that records, and the other end of it. */
async function linkScene(): Promise<LinkScene> {
  const folder = await temporaryFolder();
  const server = createServer();
  const path = join(folder.path, 'store');
  server.listen(path);
  await once(server, 'listening');
  const link = new SocketLink(path, { onState: () => {} });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const heard: { type: number; read: number }[] = [];
  const reader = new LinkReader();
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read++;
    reader.push(chunk);
    for (let message = reader.read(); message !== undefined; message = reader.read())
      heard.push({ type: message.type, read });
    socket.emit('heard');
  });
  const wish = { stream: 'live/a', family: 'FLV', run: 'new', by: 'test' } as const;
  const writer = link.begin(wish, { onBegun: () => {}, onDrain: () => {}, onEnd: () => {} });
  return {
    writer,
    heard,
    came: async (count) => {
      while (heard.length < count) await once(socket, 'heard');
    },
    [Symbol.asyncDispose]: async () => {
      link.destroy();
      socket.destroy();
      server.close();
      await once(server, 'close');
      await folder[Symbol.asyncDispose]();
    },
  };
}

function frame(bytes: number): RecordedFrame {
  return {
    kind: 'video',
    role: 'coded',
    tag: 9,
    timestamp: 0,
    payload: Buffer.alloc(bytes),
    isKeyframe: false,
  };
}

test('frames of several turns go out together, and at once in front of whatever else is said', async () => {
  await using scene = await linkScene();
  await scene.came(1);
  for (let turn = 0; turn < 5; turn++) {
    scene.writer.write(frame(100));
    await new Promise(setImmediate);
  }
  expect(scene.heard).toHaveLength(1);
  scene.writer.finish('done');
  await scene.came(7);
  expect(scene.heard.slice(1).map(({ type }) => type)).toEqual([
    ...Array.from({ length: 5 }, () => LinkMessageType.frame),
    LinkMessageType.finish,
  ]);
  expect(new Set(scene.heard.slice(1, 6).map(({ read }) => read)).size).toBe(1);
});

test('frames go out soon though nothing else is said, and sooner where they are large', async () => {
  await using scene = await linkScene();
  scene.writer.write(frame(100));
  await scene.came(2);
  for (let count = 0; count < 6; count++) scene.writer.write(frame(100_000));
  await scene.came(8);
});
