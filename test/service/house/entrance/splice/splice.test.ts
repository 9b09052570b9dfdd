import { describe, expect, test } from 'vitest';
import { KEY_NAME, PATH_NAME } from '../../../../../src/protocol/rtmp/relay-path.ts';
import { RESUME_NAME } from '../../../../../src/session/resume-text.ts';
import { media, wordFor } from '../../../../support/fake-media.ts';
import { RawClient } from '../../../../support/raw-client.ts';
import { type ScriptedConnection, ScriptedServer } from '../../../../support/scripted-server.ts';
import { spliceScene } from '../../../../support/splice-scene.ts';
import { startRelay } from '../../../../support/start-relay.ts';
import { TestPlayer } from '../../../../support/test-player.ts';
import { TestPublisher } from '../../../../support/test-publisher.ts';

const begin = media('VH1@0 AH1@0 K1@0 A1@10');
const more = media('P2@40 A2@50:5000 K3@80:200000');

describe('with a relay', () => {
  test('a player gets what is published there, byte for byte', async () => {
    await using relay = await startRelay();
    await using scene = await spliceScene(relay.port('rtmp'));
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...begin);
    await using player = TestPlayer.play(scene.port, 'live/a');
    await player.started;
    await player.mediaOf(4);
    publisher.sendMedia(...more);
    const got = await player.mediaOf(7);
    expect(got.map(({ payload }) => payload.toString('base64'))).toEqual(
      [...begin, ...more].map(({ payload }) => payload.toString('base64')),
    );
    await publisher.finish();
    expect(await player.ended).toBe('NetStream.Play.UnpublishNotify');
    expect(scene.log.find('play')).toMatchObject([{ text: 'is brought to relay paris for live/a' }]);
    expect(scene.log.find('play-end')).toMatchObject([{ fields: { reason: 'ended', stream: 'live/a' } }]);
  });

  test('a publisher reaches the relay, which hears how it ends', async () => {
    await using relay = await startRelay();
    await using scene = await spliceScene(relay.port('rtmp'));
    for (const end of ['ended', 'closed'] as const) {
      await using publisher = await TestPublisher.start(scene.port, `live/${end}`);
      publisher.sendMedia(...begin);
      await using player = TestPlayer.play(relay.port('rtmp'), `live/${end}`);
      const got = await player.mediaOf(4);
      expect(got.map(wordFor)).toEqual(begin.map(wordFor));
      await (end === 'ended' ? publisher.finish() : publisher.cut());
      await relay.log.waitFor('unpublish', { stream: `live/${end}`, reason: end });
    }
  });

  test('the relay says no in its own words: to a second publisher, to a player whose stream does not come', async () => {
    await using relay = await startRelay({ publish: { onConflict: 'reject' }, play: { waitMs: 0 } });
    await using scene = await spliceScene(relay.port('rtmp'));
    await using _first = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    await using second = new TestPublisher(scene.port, 'publish', 'live/a');
    expect(await second.refused).toMatchObject({
      code: 'NetStream.Publish.BadName',
      description: expect.stringContaining('live/a is already being published'),
    });
    await second.closed;
    await using player = TestPlayer.play(scene.port, 'live/none');
    expect(await player.refused).toMatchObject({
      code: 'NetStream.Play.StreamNotFound',
      description: 'there is no stream live/none, and none came in time',
    });
    expect(scene.events).toContain('rejected: conflict');
    expect(scene.events).toContain('rejected: not-found');
  });

  test('two are published and one is played on one connection, and each ends by itself', async () => {
    await using relay = await startRelay();
    await using scene = await spliceScene(relay.port('rtmp'));
    await using client = await scene.connected();
    for (const [id, name] of [
      [1, 'a'],
      [2, 'b'],
    ] as const) {
      client.commandOn(id, 'publish', 5, null, name, 'live');
      await relay.published(`live/${name}`);
      await client.heard('onStatus NetStream.Publish.Start', id);
      for (const { type, timestamp, payload } of begin) client.message(type, payload, id, timestamp);
    }
    client.commandOn(3, 'play', 6, null, 'a');
    await client.heard('onStatus NetStream.Play.Start');
    client.command('deleteStream', 0, null, 2);
    await relay.log.waitFor('unpublish', { stream: 'live/b', reason: 'ended' });
    client.commandOn(3, 'closeStream', 0, null);
    await relay.log.waitFor('play-end', { stream: 'live/a' });
    client.commandOn(3, 'play', 7, null, 'a'); // again, and another one in its place
    await client.heard('onStatus NetStream.Play.Start', 2);
    client.commandOn(3, 'play', 8, null, 'elsewhere');
    await relay.log.waitFor('play-end', { stream: 'live/a' }, { count: 2 });
    expect(relay.log.find('unpublish', { stream: 'live/a' })).toEqual([]);
  });

  test('what a player says behind its play works: pause, receiveVideo; seek is refused in words', async () => {
    await using relay = await startRelay();
    await using scene = await spliceScene(relay.port('rtmp'));
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...begin);
    await using client = await scene.connected();
    client.commandOn(1, 'receiveVideo', 0, null, false); // before there is a play
    client.commandOn(1, 'play', 4, null, 'a');
    client.commandOn(1, 'receiveVideo', 0, null, false); // before the relay has said yes
    await client.heard('onStatus NetStream.Play.Start');
    client.commandOn(1, 'seek', 5, null, 1000);
    expect(await client.heard('onStatus NetStream.Seek.Failed')).toContain('a live stream has no seek');
    client.commandOn(1, 'pause', 0, null, true, 0);
    await client.heard('onStatus NetStream.Pause.Notify');
    client.commandOn(1, 'pause', 0, null, false, 0);
    await client.heard('onStatus NetStream.Unpause.Notify');
    publisher.sendMedia(...media('K9@200 A9@210'));
    const audio = client.said.filter((line) => line === 'type 8 on 1').length;
    await client.heard('type 8 on 1', audio + 1);
    expect(client.said).not.toContain('type 9 on 1');
    expect(client.said.filter((line) => line.includes('Pause.Notify'))).toHaveLength(1); // the relay's is not passed on
  });

  test('a relay that comes for a stream is known to the other relay by its path', async () => {
    await using relay = await startRelay();
    await using scene = await spliceScene(relay.port('rtmp'));
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...begin);
    await using far = await startRelay({
      streams: [{ match: '**', source: { type: 'pull', urls: [`rtmp://127.0.0.1:${scene.port}/{key}`] } }],
    });
    await using player = TestPlayer.play(far.port('rtmp'), 'live/a');
    await player.mediaOf(4);
    expect(await relay.metric('streampump_sessions{role="relay",protocol="rtmp"}')).toBe(1);
    await publisher.finish();
    await player.ended;
  });
});

describe('with a server that is no good', () => {
  test('one that cannot be reached, or says nothing, costs a sentence', async () => {
    await using dead = await ScriptedServer.start();
    const { port } = dead;
    await dead[Symbol.asyncDispose]();
    await using scene = await spliceScene(port);
    await using player = TestPlayer.play(scene.port, 'live/a');
    expect(await player.refused).toMatchObject({
      code: 'NetStream.Play.Failed',
      description: 'relay paris does not answer: try again',
    });
    await player.closed;
    await using silent = await ScriptedServer.start({ onConnect: () => {} });
    await using other = await spliceScene(silent.port);
    await using waiting = TestPlayer.play(other.port, 'live/a');
    await using publisher = new TestPublisher(other.port, 'publish', 'live/b');
    await expect.poll(() => silent.connections.filter(({ connectRequest }) => connectRequest).length).toBe(2);
    other.clock.advance(7500);
    expect(await waiting.refused).toMatchObject({ description: 'relay paris does not answer: try again' });
    expect(await publisher.refused).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: 'relay paris does not answer: try again',
    });
    await Promise.all(silent.connections.map(({ closed }) => closed));
  });

  test.each([
    { it: 'breaks off', act: ({ socket }: ScriptedConnection) => socket.destroy() },
    {
      it: 'sends what is no RTMP',
      act: ({ socket }: ScriptedConnection) => socket.write(Buffer.alloc(4096, 0xff)),
    },
    {
      it: 'announces more than a message may have',
      act: ({ socket }: ScriptedConnection) => socket.write(Buffer.from('06000000ffffff0901000000', 'hex')),
    },
  ])('one that $it ends its plays, and nobody else hears of it', async ({ act }) => {
    await using server = await ScriptedServer.start({
      onPlay: ({ dialogue }, { messageStreamId }) => dialogue.startPlay(messageStreamId, 'go'),
    });
    await using scene = await spliceScene(server.port);
    await using first = await scene.connected();
    first.commandOn(1, 'play', 4, null, 'a');
    await first.heard('onStatus NetStream.Play.Start');
    await using second = await scene.connected();
    second.commandOn(1, 'play', 4, null, 'a');
    await second.heard('onStatus NetStream.Play.Start');
    act(server.connections[0] as ScriptedConnection);
    expect(await first.heard('onStatus NetStream.Play.Failed')).toContain('relay paris does not answer');
    await first.closed;
    expect(scene.log.find('relay-lost')).toHaveLength(1);
    second.command('getStreamLength', 99, null, 'x');
    await second.heard('_result 99');
    expect(server.connections[1]?.socket.destroyed).toBe(false);
  });

  test('one that is silent is asked whether it is there; one that answers may be silent for ever', async () => {
    await using server = await ScriptedServer.start({
      onPlay: ({ dialogue }, { messageStreamId }) => dialogue.startPlay(messageStreamId, 'go'),
    });
    await using scene = await spliceScene(server.port);
    await using client = await scene.connected();
    client.commandOn(1, 'play', 4, null, 'a');
    await client.heard('onStatus NetStream.Play.Start');
    const { socket } = server.connections[0] as ScriptedConnection;
    let alive = 0;
    const halfMinute = async (): Promise<void> => {
      scene.clock.advance(30_000);
      for (let i = 0; i < 2; i++) {
        client.command('getStreamLength', 99, null, 'x');
        await client.heard('_result 99', ++alive);
      }
    };
    const before = socket.bytesWritten;
    for (let i = 0; i < 6; i++) await halfMinute();
    expect(socket.bytesWritten).toBeGreaterThan(before);
    expect(scene.log.find('relay-lost')).toEqual([]);
    socket.pause();
    for (let i = 0; i < 3 && scene.log.find('relay-lost').length === 0; i++)
      await halfMinute().catch(() => {});
    expect(scene.log.find('relay-lost')).toMatchObject([{ fields: { relay: 'paris', stream: 'live/a' } }]);
    await client.closed;
  });
});

test('a relay is told what the client is, and only where it says so for whom it comes and where those left off', async () => {
  await using server = await ScriptedServer.start({
    onPlay: ({ dialogue }, { messageStreamId }) => dialogue.startPlay(messageStreamId, 'go'),
  });
  await using scene = await spliceScene(server.port);
  await using client = await RawClient.open(scene.port);
  const left = { [RESUME_NAME]: 'frame;40-9f86d081884c7d65' };
  client.connect('live', { flashVer: 'LNX 9,0', [PATH_NAME]: ['far'], [KEY_NAME]: 'live/a', ...left });
  client.command('createStream', 2, null);
  await client.heard('_result 2');
  client.commandOn(1, 'play', 4, null, 'a?uid=7');
  await client.heard('onStatus NetStream.Play.Start');
  const [{ connectRequest } = {}] = server.connections;
  expect(connectRequest).toMatchObject({ app: 'live', flashVer: 'LNX 9,0' });
  expect(connectRequest?.commandObject[PATH_NAME]).toEqual(['far']);
  expect(connectRequest?.commandObject).toMatchObject(left);
});

test('a relay that publishes is told by the relay that it is brought to how far the stream is there', async () => {
  const left = { [RESUME_NAME]: 'frame;40-9f86d081884c7d65' };
  await using server = await ScriptedServer.start({
    onPublish: ({ dialogue }, { messageStreamId, streamName }) =>
      dialogue.acceptPublish(messageStreamId, 'go on', streamName === 'a' ? left : { [RESUME_NAME]: 'all' }),
  });
  await using scene = await spliceScene(server.port);
  for (const [name, told] of [
    ['a', left[RESUME_NAME]],
    ['b', undefined],
  ] as const) {
    await using client = await scene.connected();
    client.commandOn(1, 'publish', 4, null, name, 'live');
    await client.heard('onStatus NetStream.Publish.Start');
    expect(client.information('NetStream.Publish.Start')?.[RESUME_NAME]).toBe(told);
  }
});
