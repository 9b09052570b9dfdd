import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

const keyframe = Buffer.from('1701000000aabbccdd', 'hex');
const started = 'onStatus NetStream.Publish.Start on 1';

async function publishing(port: number, name = 'cam'): Promise<RawClient> {
  const client = await RawClient.openConnected(port);
  client.commandOn(1, 'publish', 3, null, name, 'live');
  await client.heard(started);
  client.message(9, keyframe, 1);
  return client;
}

test('publish, deleteStream, publish on one connection in one packet', async () => {
  await using relay = await startRelay();
  await using player = await RawClient.openConnected(relay.port('rtmp'));
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  client.socket.cork();
  for (let i = 0; i < 3; i++) {
    client.commandOn(1, 'publish', 3, null, 'cam', 'live');
    client.message(9, keyframe, 1);
    client.command('deleteStream', 0, null, 1);
    client.command('createStream', 7, null);
  }
  client.commandOn(1, 'publish', 3, null, 'cam', 'live');
  client.socket.uncork();
  await client.heard(started, 4);
  player.commandOn(1, 'play', 3, null, 'cam');
  await relay.log.waitFor('play', { peer: player.peer });
  client.message(9, keyframe, 1);
  await player.heard('type 9');
  expect(relay.log.find('unpublish', { reason: 'ended' })).toHaveLength(3);
  expect(await relay.metric('streampump_streams')).toBe(1);
});

test('publish twice on one message stream, and on two, in one packet', async () => {
  await using relay = await startRelay();
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  client.socket.cork();
  client.commandOn(1, 'publish', 3, null, 'cam', 'live');
  client.commandOn(1, 'publish', 4, null, 'cam', 'live');
  client.commandOn(2, 'publish', 5, null, 'cam', 'live');
  client.socket.uncork();
  await client.heard('onStatus NetStream.Publish.Start on 2');
  expect(client.said.filter((line) => line.startsWith('onStatus'))).toEqual([
    expect.stringMatching(/^onStatus NetStream.Publish.Start on 1/),
    expect.stringMatching(/^onStatus NetStream.Publish.BadName on 1: this message stream is already in use/),
    expect.stringMatching(
      /^onStatus NetStream.Publish.BadName on 1: live\/cam was taken over by another publisher$/,
    ),
    expect.stringMatching(/^onStatus NetStream.Publish.Start on 2/),
  ]);
  client.message(9, keyframe, 2);
  await using player = await RawClient.openConnected(relay.port('rtmp'));
  player.commandOn(1, 'play', 3, null, 'cam');
  await player.heard('type 9');
  expect(await relay.metric('streampump_streams')).toBe(1);
});

test('twenty connections publish one key at once: one has it, the others are told who', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => RawClient.openConnected(relay.port('rtmp'))),
  );
  for (const client of clients) {
    client.commandOn(1, 'publish', 3, null, 'cam', 'live');
    client.message(9, keyframe, 1);
  }
  await Promise.all(clients.map((client) => client.heard('onStatus')));
  await expect.poll(() => relay.metric('streampump_streams')).toBe(2); // once the last keyframe was seen
  await expect.poll(() => clients.filter(({ socket }) => !socket.closed).length).toBe(1);
  for (const client of clients.filter(({ socket }) => socket.closed)) {
    expect(client.said.at(-1)).toMatch(/^onStatus NetStream.Publish.BadName on 1: .*taken over by/);
  }
  await witness.expectUndisturbed();
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

test('a takeover while the old publisher leaves: players stay, whichever is first', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using player = await RawClient.openConnected(port);
  player.commandOn(1, 'play', 3, null, 'cam');
  for (let round = 0; round < 5; round++) {
    await using old = await publishing(port);
    await player.heard('type 9', 2 * round + 1);
    await using fresh = await RawClient.openConnected(port);
    fresh.commandOn(1, 'publish', 3, null, 'cam', 'live');
    if (round % 2 === 0) old.command('deleteStream', 0, null, 1);
    old.socket.destroy();
    await fresh.heard(started);
    fresh.message(9, keyframe, 1, 5000);
    if (round % 2 === 1) await player.heard('type 9', 2 * round + 2);
    else await relay.published('live/cam', 2 * round + 2);
    if (player.said.some((line) => line.includes('UnpublishNotify'))) break; // the old one's farewell was first: in good order too
  }
  expect(relay.log.find('bug')).toEqual([]);
});

test('what was replaced cannot send or end the stream any more', async () => {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using old = await publishing(port);
  await using fresh = await publishing(port);
  await old.heard('onStatus NetStream.Publish.BadName');
  old.message(9, keyframe, 1, 77);
  old.command('FCUnpublish', 8, null, 'cam');
  old.command('deleteStream', 0, null, 1);
  await old.closed;
  await using player = await RawClient.openConnected(port);
  player.commandOn(1, 'play', 3, null, 'cam');
  await player.heard('type 9');
  fresh.message(9, keyframe, 1, 40);
  await player.heard('type 9', 2);
  expect(await relay.metric('streampump_streams')).toBe(1);
});
