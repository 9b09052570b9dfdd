import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Followers } from '../../../../src/service/followers.ts';
import { Forward, type ForwardPlace } from '../../../../src/service/relay/forwarding/forward.ts';
import { Forwards } from '../../../../src/service/relay/forwarding/forwards.ts';
import type { MayOpen } from '../../../../src/service/relay/permission.ts';
import type { Verdict } from '../../../../src/session/access.ts';
import { resumeProperty } from '../../../../src/session/resume-text.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import { type MediaMessage, media, wordFor } from '../../../support/fake-media.ts';
import { FakeStudio } from '../../../support/fake-studio.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { type ScriptedConnection, ScriptedServer } from '../../../support/scripted-server.ts';
import { ToyStudio } from '../../../support/toy-studio.ts';

const limits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };
const opening = 'M1@0 VH1@0 AH1@0 K1@0';

/** Resolves when what was asked for has come true; what makes it true comes over real sockets. */
async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const wordsAt = ({ media }: ScriptedConnection): string => (media as MediaMessage[]).map(wordFor).join(' ');

const place = (url: string): ForwardPlace => ({ id: 'f1', url, origin: 'config' });

/** A live stream, and what a forward of it needs. */
class ForwardScene {
  readonly studio = new FakeStudio({
    fanOut: { maxBacklogBytes: 65_536, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 },
  });
  readonly log = new RecordingLog();
  readonly publisher = this.studio.publish();

  constructor() {
    this.publisher.send(opening);
  }

  forward(url: string): Forward {
    const { clock } = this.studio;
    return new Forward(this.studio.stream, place(url), { clock, log: this.log, relayId: 'me', limits });
  }
}

test('a forward publishes the stream from its keyframe on, with its path, and ends with it', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/private-key?x=1`);
  const connection = await until(() => server.connections[0]);
  await until(() => forward.status().state === 'flowing');
  expect(connection.connectRequest?.app).toBe('app');
  expect(connection.connectRequest?.commandObject['streampumpPath']).toEqual(['me']);
  scene.publisher.send('A2@10 P3@40');
  scene.studio.clock.advance(100);
  await until(() => connection.media.length === 6);
  const [metadata, ...rest] = connection.media;
  expect(metadata?.payload.toString('latin1')).toContain('@setDataFrame\u0002\u0000\u000aonMetaData');
  expect((rest as MediaMessage[]).map(wordFor).join(' ')).toBe('VH1@0 AH1@0 K1@0 A2@10 P3@40');
  scene.publisher.leave('ended');
  await connection.closed;
  expect([forward.isOver, connection.stops]).toEqual([true, 1]);
});

test('a forward that comes back goes on after the frame that the target names, if that is still there', async () => {
  let said: readonly string[] = [];
  await using server = await ScriptedServer.start({
    onPublish: ({ dialogue }, { messageStreamId }) => {
      const marks = media(said.join(' ')).map(({ timestamp, payload }) => ({
        timestamp,
        hash: hash('sha256', payload).slice(0, 16),
      }));
      const more = resumeProperty(marks.length === 0 ? undefined : { marks, from: 'frame' });
      dialogue.acceptPublish(messageStreamId, 'go on', more);
    },
  });
  const scene = new ForwardScene();
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/name`);
  const { clock } = scene.studio;
  await until(() => forward.status().state === 'flowing');
  scene.publisher.send('A2@10 P3@40 K4@80 P5@120');
  clock.advance(100);
  const first = await until(() => server.connections[0]);
  await until(() => wordsAt(first).endsWith('P5@120'));
  for (const { names, gets } of [
    { names: ['A2@10', 'P3@40'], gets: 'VH1@10 AH1@10 A2@10 P3@40 K4@80 P5@120' },
    { names: ['A2@10', 'P9@40'], gets: 'VH1@80 AH1@80 K4@80 P5@120' },
    { names: ['P5@120'], gets: 'VH1@120 AH1@120 P5@120' },
  ]) {
    said = names;
    const count = server.connections.length;
    server.connections.at(-1)?.socket.destroy();
    await until(() => forward.status().state === 'waiting');
    while (forward.status().state === 'waiting') clock.advance(500);
    const next = await until(() => server.connections[count]);
    await until(() => forward.status().state === 'flowing');
    clock.advance(100);
    await until(() => next.media.length > 0 && wordsAt(next).endsWith('P5@120'));
    expect((next.media.slice(1) as MediaMessage[]).map(wordFor).join(' ')).toBe(gets);
  }
  forward.stop();
});

test('a stream that RTMP does not carry is not forwarded, and why is said', async () => {
  const studio = new ToyStudio();
  studio.send('H one\nP 0 *a');
  const log = new RecordingLog();
  const { clock, registry } = studio;
  const stream = registry.get('live/a');
  if (stream === undefined) throw new Error('no stream');
  const forward = new Forward(stream, place('rtmp://127.0.0.1/app/private-key'), {
    ...{ clock, log, relayId: 'me', limits },
    connect: () => expect.unreachable('it connects'),
  });
  expect([forward.isOver, forward.status().lastError]).toEqual([
    true,
    'it is toy, which RTMP does not carry',
  ]);
  const text = 'cannot forward live/a to rtmp://127.0.0.1/app/***: it is toy, which RTMP does not carry';
  expect(log.find('forward')).toMatchObject([{ level: 'warn', text }]);
});

test('a target that refuses, hangs or goes is tried again, ever more rarely', async () => {
  let answer: 'refuse' | 'hang' | 'accept' = 'refuse';
  await using server = await ScriptedServer.start({
    onPublish: ({ dialogue }, { messageStreamId }) => {
      const status = {
        level: 'error',
        code: 'NetStream.Publish.BadName',
        description: 'private-key: busy',
      } as const;
      if (answer === 'refuse') dialogue.refusePublish(messageStreamId, status);
      else if (answer === 'accept') dialogue.acceptPublish(messageStreamId, 'go on');
    },
  });
  const scene = new ForwardScene();
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/private-key`);
  const { clock } = scene.studio;
  await until(() => forward.status().state === 'waiting');
  expect(forward.status()).toMatchObject({
    url: `rtmp://127.0.0.1:${server.port}/app/***`,
    lastError: '"***: busy" (NetStream.Publish.BadName)',
  });
  answer = 'hang';
  clock.advance(1000);
  await until(() => server.connections[1]?.connectRequest);
  clock.advance(14_000);
  expect(forward.status().state).toBe('connecting');
  clock.advance(1000);
  expect(forward.status()).toMatchObject({
    state: 'waiting',
    lastError: 'no answer to publish within 15000 ms',
    reconnects: 2,
  });
  answer = 'accept';
  clock.advance(2000);
  const third = await until(() => server.connections[2]);
  await until(() => forward.status().state === 'flowing');
  scene.publisher.send('K5@400');
  clock.advance(100);
  await until(() => wordsAt(third).endsWith('K5@400'));
  third.socket.destroy();
  await until(() => forward.status().state === 'waiting');
  clock.advance(1999); // it has not held for long: the back-off goes on
  expect(forward.status().state).toBe('waiting');
  clock.advance(2001);
  await until(() => forward.status().state === 'flowing');
  clock.advance(5000);
  server.connections[3]?.socket.destroy();
  await until(() => forward.status().state === 'waiting');
  clock.advance(1000); // the back-off has begun anew
  await until(() => server.connections[4]);
  expect(JSON.stringify(scene.log.lines)).not.toContain('private-key');
  const { url } = forward.status();
  await until(() => forward.status().state === 'flowing');
  clock.advance(5000);
  await server[Symbol.asyncDispose]();
  await until(() => forward.status().state === 'waiting');
  clock.advance(1000); // nobody listens there any more
  await until(() => forward.status().lastError?.includes('ECONNREFUSED'));
  expect([...forward.connects.values()]).toEqual([
    { url, outcome: 'ok', count: 3 },
    { url, outcome: 'cancelled', count: 0 },
    { url, outcome: 'denied', count: 0 },
    { url, outcome: 'lost', count: 1 },
    { url, outcome: 'refused', count: 2 },
  ]);
  forward.stop();
  expect(scene.studio.stream.broadcast.fanOut.playerCount).toBe(0);
});

test('what a forward has sent counts over all of its connections, and a try that it gives up is one', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/name`);
  await until(() => forward.status().state === 'flowing');
  scene.publisher.send('K2@40:20000');
  scene.studio.clock.advance(100);
  const connection = await until(() => server.connections[0]);
  await until(() => wordsAt(connection).endsWith('K2@40'));
  const { sentBytes } = forward.status();
  expect(sentBytes).toBeGreaterThan(20_000);
  connection.socket.destroy();
  await until(() => forward.status().state === 'waiting');
  expect(forward.status().sentBytes).toBeGreaterThanOrEqual(sentBytes);
  scene.studio.clock.advance(1000);
  expect(forward.status().state).toBe('connecting');
  forward.stop();
  const counts = [...forward.connects.values()].filter(({ count }) => count > 0);
  expect(counts.map(({ outcome, count }) => [outcome, count])).toEqual([
    ['ok', 1],
    ['cancelled', 1],
  ]);
});

test('a target that takes nothing is let go and harms neither the stream nor its players', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const player = scene.studio.join();
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/name`);
  const { clock } = scene.studio;
  await until(() => forward.status().state === 'flowing');
  server.connections[0]?.socket.pause();
  let timestamp = 40;
  for (; forward.status().state === 'flowing' && timestamp < 200_000; timestamp += 500) {
    scene.publisher.send(`K${timestamp}@${timestamp}:400000`);
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(forward.status()).toMatchObject({ state: 'waiting', lastError: 'the server takes no data' });
  expect(player.messages.at(-1)?.timestamp).toBe(timestamp - 500);
  const socketClosed = until(() => server.connections[0]?.socket.destroyed);
  server.connections[0]?.socket.resume();
  await socketClosed;
  forward.stop();
});

test('forwards begin with the stream, stay while it goes on, and end with it', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const urls = [`rtmp://127.0.0.1:${server.port}/a/1`, `rtmp://127.0.0.1:${server.port}/a/2`];
  const host = { clock: systemClock, log: scene.log, relayId: 'me', limits };
  const forwards = new Forwards(
    () => host,
    (key) => (key === 'live/a' ? urls.map(place) : []),
  );
  const { stream } = scene.studio;
  forwards.onStreamLive(stream);
  forwards.onStreamMoved(stream);
  await until(() => [...forwards].every((forward) => forward.status().state === 'flowing'));
  expect(server.connections).toHaveLength(2);
  forwards.onStreamEnded(stream);
  expect([...forwards]).toEqual([]);
  await Promise.all(server.connections.map(({ closed }) => closed));
});

test('forwards begin and end while the stream goes on, as the settings say; those that are named before and after stay', async () => {
  const published = new Map<string, ScriptedConnection>();
  await using server = await ScriptedServer.start({
    onPublish: (connection, { streamName, messageStreamId }) => {
      published.set(streamName, connection);
      connection.dialogue.acceptPublish(messageStreamId, 'go on');
    },
  });
  const scene = new ForwardScene();
  const url = (name: string): string => `rtmp://127.0.0.1:${server.port}/app/${name}`;
  let urls: string[] = [];
  const host = { clock: systemClock, log: scene.log, relayId: 'me', limits };
  const forwards = new Forwards(
    () => host,
    () => urls.map(place),
  );
  const { stream } = scene.studio;
  forwards.onStreamLive(stream);
  forwards.configure();
  expect([...forwards]).toEqual([]);
  urls = [url('a'), url('b'), url('a')];
  forwards.configure();
  await until(() => published.size === 2);
  urls = [url('c'), url('a')];
  forwards.configure();
  await until(() => published.size === 3);
  await published.get('b')?.closed;
  await until(() => [...forwards].every((forward) => forward.status().state === 'flowing'));
  forwards.onStreamMoved(stream);
  expect([server.connections.length, [...forwards].length]).toEqual([3, 2]);
  urls = [];
  forwards.configure();
  await Promise.all(server.connections.map(({ closed }) => closed));
  expect([...forwards]).toEqual([]);
});

test('a forward asks before it connects, and asks again after a back-off where the answer is no', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const url = `rtmp://127.0.0.1:${server.port}/app/private-key`;
  const answers: Verdict[] = [
    { refused: 'access', description: 'private-key may not leave' },
    {
      key: 'live/a',
      query: '',
      until: Number.POSITIVE_INFINITY,
      identity: undefined,
      limits: {},
      path: [],
      again: undefined,
      endWait: () => {},
      release: () => heard.push('released'),
    },
  ];
  const heard: string[] = [];
  const { clock } = scene.studio;
  const followers = new Followers(scene.log);
  followers.add({
    onForwardFlowing: (forward) => heard.push(`flowing ${forward.key} to ${forward.url}`),
    onForwardLost: (forward, why) => heard.push(`lost ${forward.key}: ${why}`),
  });
  const mayOpen: MayOpen = ({ verb, key, url: to }) => {
    heard.push(`${verb} ${key} to ${to}`);
    const answer = answers.shift();
    return answer === undefined ? Promise.reject(new Error('asked again')) : Promise.resolve(answer);
  };
  const access = { mayOpen, granted: new Set<never>() };
  const host = { clock, log: scene.log, relayId: 'me', limits, access, followers };
  const forward = new Forward(scene.studio.stream, place(url), host);
  expect(forward.status().state).toBe('connecting');
  await until(() => forward.status().state === 'waiting');
  expect(forward.status().lastError).toBe('*** may not leave');
  expect([heard.splice(0), server.connections]).toEqual([[`forward live/a to ${url}`], []]);
  clock.advance(1000);
  await until(() => forward.status().state === 'flowing');
  const shown = forward.status().url;
  expect(heard.splice(0)).toEqual([`forward live/a to ${url}`, `flowing live/a to ${shown}`]);
  forward.stop();
  forward.stop();
  expect(heard).toEqual(['released', 'lost live/a: the stream has ended']);
});

test('the log says of each end of a forward how long it was, how much and why; a shutdown is no fault', async () => {
  await using server = await ScriptedServer.start();
  const scene = new ForwardScene();
  const target = `rtmp://127.0.0.1:${server.port}/app/***`;
  const about = { stream: 'live/a', target, protocol: 'rtmp' };
  const { clock } = scene.studio;
  const forward = scene.forward(`rtmp://127.0.0.1:${server.port}/app/name`);
  await until(() => forward.status().state === 'flowing');
  server.connections[0]?.socket.destroy();
  await until(() => forward.status().state === 'waiting');
  clock.advance(1000);
  await until(() => forward.status().state === 'flowing');
  clock.advance(2000);
  scene.studio.registry.close();
  expect(scene.log.lines.map(({ level, fields }) => [level, fields])).toEqual([
    ['info', about],
    ['warn', { ...about, seconds: 0, bytes: expect.any(Number), reason: 'lost' }],
    ['info', about],
    ['info', { ...about, seconds: 2, bytes: expect.any(Number), reason: 'shutdown' }],
  ]);
  expect(scene.log.lines.at(-1)?.text).toBe(
    `stopped forwarding live/a to ${target}: the relay is shutting down`,
  );
  expect(scene.log.lines.at(-1)?.fields['bytes']).toBeGreaterThan(0);
});
