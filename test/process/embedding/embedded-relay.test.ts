import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serviceHandlers } from '../../../src/amf-gateway/service-handlers.ts';
import {
  type EmbeddedRelay,
  type RelayConfig,
  type RelayLogLine,
  type RelayParticipants,
  startRelay,
} from '../../../src/process/embedding/embedded-relay.ts';
import { decodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { CallFault } from '../../../src/protocol/amf/call-fault.ts';
import type { FollowedFrame } from '../../../src/service/followed-stream.ts';
import type { HookQuestionBody } from '../../../src/service/hooks/asked/question-body.ts';
import type { HookEventBody } from '../../../src/service/hooks/telling/event-body.ts';
import type { ClientCall } from '../../../src/session/calls/client-call.ts';
import { media } from '../../support/fake-media.ts';
import { RawClient } from '../../support/raw-client.ts';
import { filesBelow, recordingsFolder } from '../../support/recording-scene.ts';
import { S3Server } from '../../support/s3-server.ts';
import type { TestClient } from '../../support/test-client.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const local = { host: '127.0.0.1', port: 0 };
const listen = { rtmp: local, http: local, admin: local };

/** A relay on free ports of this machine. */
function start(config: RelayConfig = {}, participants: RelayParticipants = {}): Promise<EmbeddedRelay> {
  return startRelay({ listen, ...config }, participants);
}

function portOf({ addresses }: EmbeddedRelay, listener = 'rtmp'): number {
  const found = addresses.find((address) => address.listener === listener);
  if (found === undefined) throw new Error(`no listener ${listener}`);
  return found.port;
}

/** Why a client is told that it may not. */
async function refusalOf(client: TestClient): Promise<string> {
  await using refused = client;
  return (await refused.refused).description;
}

function publishing(relay: EmbeddedRelay, key: string): TestPublisher {
  return new TestPublisher(portOf(relay), 'publish', key);
}

const script = 'VH1@0 K1@0 P2@40 P3@80';

test('two relays in one process serve streams of the same key apart, and tell of them', async () => {
  const names = ['one', 'other'];
  const before = process.eventNames().length;
  const relays = await Promise.all(names.map((name) => start({ name })));
  for (const [i, relay] of relays.entries()) {
    await using publisher = await TestPublisher.start(portOf(relay), 'live/a');
    await using player = TestPlayer.play(portOf(relay), 'live/a');
    publisher.sendMedia(...media(script));
    expect(await player.mediaOf(4)).toHaveLength(4);
    expect(await relay.status()).toMatchObject({ name: names[i], workers: 1, readiness: 'ready' });
    expect(await relay.streams()).toMatchObject([{ stream: 'live/a', state: 'live', players: 1 }]);
    expect(await relay.sessions({ role: 'player' })).toMatchObject([{ stream: 'live/a', protocol: 'rtmp' }]);
    expect(await relay.metrics()).toContain('streampump_streams 1');
    if (i === 0) expect(await relays[1]?.streams()).toEqual([]);
    expect((await relay.why('live/b')).verdict).toMatch(/live\/b/);
  }
  await relays[0]?.close();
  expect(await (relays[1] as EmbeddedRelay).status()).toMatchObject({ readiness: 'ready' });
  await relays[1]?.drain();
  expect(process.eventNames()).toHaveLength(before); // no signal is heard
});

test('a function decides who may publish and play, as a hook does, and another is told what happens', async () => {
  const asked: HookQuestionBody[] = [];
  const told: HookEventBody[] = [];
  const downs = Promise.withResolvers<void>();
  await using relay = await start(
    { name: 'ottawa' },
    {
      hooks: [
        {
          match: 'live/**',
          events: ['publish', 'play'],
          ask: async (question) => {
            asked.push(question);
            if (question.event === 'publish') return question.query === 'key=right';
            return question.query === ''
              ? { allow: true, rename: 'live/a' }
              : { allow: false, message: 'not today' };
          },
        },
        {
          events: ['publish', 'unpublish', 'streamUp', 'streamDown'],
          tell: (event) => {
            told.push(event);
            if (event.event === 'streamDown') downs.resolve();
          },
        },
      ],
    },
  );
  const port = portOf(relay);
  expect(await refusalOf(publishing(relay, 'live/a?key=wrong'))).toBe('the server does not allow this');
  const publisher = await TestPublisher.start(port, 'live/a?key=right');
  await using player = TestPlayer.play(port, 'live/b');
  publisher.sendMedia(...media(script));
  expect(await player.mediaOf(4)).toHaveLength(4);
  expect(await refusalOf(TestPlayer.play(port, 'live/a?room=7'))).toBe('not today');
  expect(asked[0]).toMatchObject({
    event: 'publish',
    stream: 'live/a',
    query: 'key=wrong',
    address: '127.0.0.1',
    relay: 'ottawa',
    identity: null,
  });
  await publisher[Symbol.asyncDispose]();
  await relay.close();
  await downs.promise;
  expect(told.map(({ event, stream }) => `${event} ${stream}`).sort()).toEqual([
    'publish live/a',
    'streamDown live/a',
    'streamUp live/a',
    'unpublish live/a',
  ]);
});

test('a function that throws, says nothing or takes too long is no yes', async () => {
  const lines: RelayLogLine[] = [];
  await using relay = await start(
    {},
    {
      log: (line) => void lines.push(line),
      hooks: [
        {
          events: ['publish'],
          timeoutMs: 50,
          ask: ({ stream }) => {
            if (stream === 'live/throws') throw new Error('the data base is gone');
            if (stream === 'live/nothing') return undefined as unknown as boolean;
            return new Promise<boolean>(() => {});
          },
        },
      ],
    },
  );
  for (const key of ['live/throws', 'live/nothing', 'live/never']) {
    expect(await refusalOf(publishing(relay, key))).toBe(
      'the server cannot find out now whether this is allowed: try again later',
    );
  }
  expect(lines.filter(({ event }) => event === 'hook').map(({ text }) => text)).toEqual([
    'functions.0 answers what is no JSON',
  ]);
});

test('a follower gets each frame of a stream, from the keyframe on, until it is over', async () => {
  const frames: FollowedFrame[] = [];
  const marks: string[] = [];
  const over = Promise.withResolvers<void>();
  await using relay = await start(
    { publish: { graceMs: 0 } },
    {
      followers: [
        {
          match: 'live/followed',
          onStream: async (stream) => {
            expect([stream.key, stream.family]).toEqual(['live/followed', 'FLV']);
            for await (const item of stream) {
              if ('mark' in item) marks.push(item.mark);
              else frames.push(item);
            }
            over.resolve();
          },
        },
      ],
    },
  );
  for (const key of ['live/other', 'live/followed']) {
    await using publisher = await TestPublisher.start(portOf(relay), key);
    await using player = TestPlayer.play(portOf(relay), key);
    publisher.sendMedia(...media(script));
    await player.mediaOf(4);
  }
  await over.promise;
  expect(marks[0]).toBe('begin');
  expect(frames.map(({ kind, role, type, isKeyframe }) => `${kind} ${role} ${type} ${isKeyframe}`)).toEqual([
    'video header 9 false',
    'video coded 9 true',
    'video coded 9 false',
    'video coded 9 false',
  ]);
  expect(frames.map(({ payload }) => payload.toString('hex'))).toEqual(
    media(script).map(({ payload }) => payload.toString('hex')),
  );
});

test('functions answer the calls of clients by their names, and what one throws by accident is told nobody', async () => {
  const calls = serviceHandlers<ClientCall>({
    sum: ({ args }) => args.map(Number).reduce((sum, value) => sum + value, 0),
    whoAmI: async ({ client }) => `${client.protocol} ${client.address}`,
    refuse: () => {
      throw new CallFault('Room.Full', 'there is no seat left');
    },
    break: () => {
      throw new Error('password of the data base');
    },
  });
  await using relay = await start({}, { calls });
  await using client = await RawClient.openConnected(portOf(relay));
  const answerTo = async (transactionId: number, name: string, ...args: number[]): Promise<unknown> => {
    client.command(name, transactionId, null, ...args);
    return (await client.answerTo(transactionId))[3];
  };
  expect(await answerTo(10, 'sum', 1, 2, 3)).toBe(6);
  expect(await answerTo(11, 'whoAmI')).toBe('rtmp 127.0.0.1');
  expect(await answerTo(12, 'refuse')).toMatchObject({
    code: 'Room.Full',
    description: 'there is no seat left',
  });
  const failed = { code: 'NetConnection.Call.Failed' };
  expect(await answerTo(13, 'break')).toMatchObject({ ...failed, description: 'the call has failed' });
  expect(await answerTo(14, 'toString')).toMatchObject(failed);
});

test('a client is called by its session, and players are sent data at its place', async () => {
  await using relay = await start();
  await using client = await RawClient.openConnected(portOf(relay));
  const [session] = await relay.sessions();
  const called = relay.callClient(session?.id ?? '', { name: 'volume', args: [7] });
  await client.heard('volume');
  const [, id] = client.commands.find(([name]) => name === 'volume') ?? [];
  client.command('_result', id as number, null, 'louder');
  expect(await called).toEqual({ is: 'result', value: 'louder' });
  await expect(relay.callClient('c999', { name: 'volume', args: [] })).rejects.toThrow(
    'there is no session c999',
  );
  await using publisher = await TestPublisher.start(portOf(relay), 'live/a');
  await using player = TestPlayer.play(portOf(relay), 'live/a');
  publisher.sendMedia(...media(script));
  await player.mediaOf(4);
  await relay.sendData('live/a', { name: 'onScore', values: [2, 1] });
  const sent = await player.waitFor(({ payload }) => payload.includes('onScore'));
  expect(decodeAmf0(sent.payload)).toEqual(['onScore', 2, 1]);
  await expect(relay.sendData('live/none', { name: 'onScore', values: [] })).rejects.toThrow(
    'stream live/none is not live here',
  );
});

test.each<{ what: string; config: RelayConfig; problem: string | RegExp }>([
  {
    what: 'an unknown setting',
    config: { fanOut: { maxDelay: 10 } },
    problem: 'settings: fanOut.maxDelay: unknown setting (did you mean maxDelayMs?)',
  },
  {
    what: 'a wrong value, and another one',
    config: { play: { waitMs: -1 }, publish: { graceMs: 'x' } },
    problem: /settings: publish\.graceMs: expected .*\nsettings: play\.waitMs: expected /,
  },
  {
    what: 'threads',
    config: { workers: 2 },
    problem: 'settings: workers: only 1 is possible where a relay is a part of another program',
  },
  {
    what: 'another user',
    config: { user: 'nobody' },
    problem: 'settings: user: only null is possible where a relay is a part of another program',
  },
  {
    what: 'a file that is not there',
    config: { tls: { caFile: '/nowhere/ca.pem' } },
    problem: /tls\.caFile: .*\/nowhere\/ca\.pem/,
  },
])('$what is told as the command tells it', async ({ config, problem }) => {
  await expect(start(config)).rejects.toThrow(problem);
});

test('a hook or follower with a pattern that is none is told of', async () => {
  const wrong = { match: 'live//a', events: ['play'] as const, ask: () => true };
  await expect(start({}, { hooks: [wrong] })).rejects.toThrow(/^hooks: 0\.match: expected/);
  await expect(start({}, { followers: [{ match: '', onStream: () => {} }] })).rejects.toThrow(
    /^followers: 0\.match: /,
  );
});

test('a port that is taken is told of, and other settings are taken over while it runs', async () => {
  await using relay = await start();
  const taken = { host: '127.0.0.1', port: portOf(relay) };
  await expect(start({ listen: { ...listen, rtmp: taken } })).rejects.toThrow(
    `cannot listen on rtmp 127.0.0.1:${taken.port}: another program already uses this port`,
  );
  expect(await relay.configure({ listen, name: 'else', play: { waitMs: 0 } })).toEqual(['name']);
  await expect(relay.configure({ listen, play: { waitMs: -1 } })).rejects.toThrow('play.waitMs');
  const late = TestPlayer.play(portOf(relay), 'live/none');
  expect(await refusalOf(late)).toMatch(/^there is no stream live\/none/);
});

test('the access log goes to its function, and a log that throws harms nobody', async () => {
  const lines: string[] = [];
  const relay = await start(
    {},
    {
      accessLog: (line) => void lines.push(line),
      log: () => {
        throw new Error('full');
      },
    },
  );
  const publisher = await TestPublisher.start(portOf(relay), 'live/a');
  await publisher[Symbol.asyncDispose]();
  await relay.close();
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ stream: 'live/a' });
});

test('a relay in a program records and uploads, and tells functions of it', async () => {
  await using server = await S3Server.start();
  await using folder = await recordingsFolder();
  await using keys = await recordingsFolder();
  const credentialsFile = join(keys.path, 's3.key');
  await writeFile(credentialsFile, 'S3RVER\nS3RVER\n', { mode: 0o600 });
  const upload = { endpoint: server.endpoint, bucket: 'recordings', credentialsFile };
  const told: HookEventBody[] = [];
  const { promise: uploaded, resolve: onUploaded } = Promise.withResolvers<void>();
  const tell = (event: HookEventBody): void => {
    told.push(event);
    if (event.event === 'recordingUploaded') onUploaded();
  };
  const relay = await start(
    {
      recordings: { folder: folder.path, minFreeBytes: 0, upload },
      streams: [{ match: 'live/**', source: { type: 'push' }, record: 'always' }],
      publish: { graceMs: 0 },
    },
    { hooks: [{ events: ['recordingDone', 'recordingUploaded'], tell }] },
  );
  {
    await using publisher = await TestPublisher.start(portOf(relay), 'live/a');
    await using player = TestPlayer.play(portOf(relay), 'live/a');
    publisher.sendMedia(...media(script));
    expect(await player.mediaOf(4)).toHaveLength(4);
  }
  await uploaded;
  const recording = told[0]?.recording ?? '';
  const about = { stream: 'live/a', recording, part: 1, bytes: expect.any(Number) };
  expect(told).toMatchObject([
    { event: 'recordingDone', ...about, outcome: 'finished' },
    { event: 'recordingUploaded', ...about, outcome: null, reason: null },
  ]);
  await relay.close();
  const files = await filesBelow(folder.path);
  expect(files).toEqual(['flv', 'json'].map((end) => `${recording.slice('recordings/'.length)}.${end}`));
});
