import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import type { RelayControl } from '../../../src/service/admin/relay-control.ts';
import { Relay } from '../../../src/service/relay/relay.ts';
import { Cluster } from '../../../src/service/relay/workers/cluster.ts';
import { media } from '../../support/fake-media.ts';
import { LoopClock } from '../../support/loop-clock.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';
import { WsClient } from '../../support/ws-client.ts';

const local = { host: '127.0.0.1', port: 0 };
const opening = media('VH1@0 K1@0');

function settingsOf(config: Readonly<Record<string, unknown>>) {
  const listen = { rtmp: local, http: local, admin: local };
  return relaySettings.parse({ admin: { socket: null }, log: { level: 'silent' }, ...config, listen });
}

/** A relay with limits, and clients of it. */
class LimitScene implements AsyncDisposable {
  readonly control: RelayControl;
  readonly log: RecordingLog;
  readonly #workers: number;

  private constructor(control: RelayControl, log: RecordingLog, workers: number) {
    this.control = control;
    this.log = log;
    this.#workers = workers;
  }

  static async start(workers: number, config: Readonly<Record<string, unknown>>): Promise<LimitScene> {
    const settings = settingsOf({ ...config, workers });
    const start = workers === 1 ? Relay.start : Cluster.start;
    const log = new RecordingLog();
    return new LimitScene(await start(settings, log), log, workers);
  }

  configure(config: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    return this.control.configure(settingsOf({ ...config, workers: this.#workers }));
  }

  port(protocol: string): number {
    return this.control.listeners.find((one) => one.protocol === protocol)?.address.port ?? 0;
  }

  publish(key: string): TestPublisher {
    return new TestPublisher(this.port('rtmp'), 'publish', key);
  }

  /** A stream that there is something of. */
  async live(key: string): Promise<TestPublisher> {
    const publisher = this.publish(key);
    await publisher.started;
    publisher.sendMedia(...opening);
    return publisher;
  }

  play(key: string): TestPlayer {
    return TestPlayer.play(this.port('rtmp'), key);
  }

  /** A player that is in. */
  async playing(key: string): Promise<TestPlayer> {
    const player = this.play(key);
    await player.started;
    return player;
  }

  url(key: string): string {
    return `127.0.0.1:${this.port('http')}/${key.replace(/(?=\?|$)/, '.flv')}`;
  }

  async metric(name: string): Promise<number> {
    const { text } = await this.control.metrics();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? 0 : Number(line.slice(name.length + 1));
  }

  /** Plays until it is let in: what others gave back may be on its way. */
  async comesIn(key: string): Promise<TestPlayer> {
    for (;;) {
      const player = this.play(key);
      if (await Promise.race([player.started.then(() => true), player.refused.then(() => false)]))
        return player;
      await player.cut();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.control.close();
  }
}

describe.each([{ workers: 1 }, { workers: 2 }])('with $workers workers', ({ workers }) => {
  test('a share that is used up is told in the words of each protocol, and is free again with who leaves', async () => {
    const shares = [{ match: 'live/**', per: 'stream', players: 2 }];
    await using relay = await LimitScene.start(workers, { limits: { shares } });
    await using _a = await relay.live('live/a');
    await using _b = await relay.live('live/b');
    const [first, second] = [await relay.playing('live/a'), await relay.playing('live/a')];
    const sentence = 'live/a has as many players as are allowed: 2; try again later';
    expect(await relay.play('live/a').refused).toMatchObject({
      code: 'NetStream.Play.Failed',
      description: sentence,
    });
    const response = await fetch(`http://${relay.url('live/a')}`);
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '5',
      `${sentence}\n`,
    ]);
    const webSocket = await WsClient.open(`ws://${relay.url('live/a')}`);
    expect(await webSocket.closed).toEqual({ code: 4503, reason: sentence });
    expect(await relay.metric('streampump_rejected_total{reason="capacity-limit"}')).toBe(3);
    await (await relay.playing('live/b')).cut();
    await first.cut();
    await using _next = await relay.comesIn('live/a');
    await second.cut();
  });

  test('an identity has what its share and nobody else has used', async () => {
    const rules = [
      {
        match: '**',
        verbs: ['play'],
        require: [{ type: 'key', values: ['ann secret-of-ann', 'bob secret-of-bob'] }],
      },
    ];
    const shares = [{ per: 'identity', players: 1 }];
    await using relay = await LimitScene.start(workers, { access: { rules }, limits: { shares } });
    await using _a = await relay.live('live/a');
    await using _ann = await relay.playing('live/a?key=secret-of-ann');
    await using _bob = await relay.playing('live/a?key=secret-of-bob');
    const response = await fetch(`http://${relay.url('live/b?key=secret-of-ann')}`);
    expect([response.status, await response.text()]).toEqual([
      429,
      'you have as many players as are allowed: 1\n',
    ]);
    const look = await fetch(`http://${relay.url('live/b?key=secret-of-ann')}`, { method: 'HEAD' });
    expect(look.status).toBe(404); // it may, but there is none
  });

  test('publishers are counted by what they publish, so that one may come back in its own place', async () => {
    const shares = [{ per: 'address', publishers: 1 }];
    await using relay = await LimitScene.start(workers, { limits: { shares } });
    await using _first = await relay.live('live/a');
    expect(await relay.publish('live/b').refused).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: 'your address publishes as many streams here as are allowed: 1',
    });
    await using again = relay.publish('live/a');
    await again.started;
    const response = await fetch(`http://${relay.url('live/b')}`, { method: 'POST', body: 'FLV' });
    expect(response.status).toBe(429);
    expect(await relay.metric('streampump_rejected_total{reason="share-limit"}')).toBe(2);
  });

  test('new numbers are for whoever comes next', async () => {
    const withPlayers = (players: number) => ({ limits: { shares: [{ players }] } });
    await using relay = await LimitScene.start(workers, withPlayers(5));
    await using _a = await relay.live('live/a');
    const players = [await relay.playing('live/a'), await relay.playing('live/a')];
    await relay.configure(withPlayers(1));
    expect((await relay.play('live/a').refused).description).toBe(
      'there are as many players as are allowed: 2; try again later',
    );
    await relay.configure(withPlayers(3));
    players.push(await relay.comesIn('live/a'));
    expect((await relay.play('live/a').refused).code).toBe('NetStream.Play.Failed');
    for (const player of players) await player.cut();
  });
});

test('what a worker held that dies is free', async () => {
  await using relay = await LimitScene.start(2, { limits: { shares: [{ per: 'address', players: 6 }] } });
  const { workers } = relay.control as Cluster;
  for (let round = 0; round < 2; round++) {
    await using _a = await relay.live('live/a');
    const players = await Promise.all(Array.from({ length: 6 }, () => relay.playing('live/a')));
    expect((await relay.play('live/a').refused).description).toMatch('as are allowed: 6');
    if (round > 0) continue;
    for (const { worker } of [...workers.values()]) await worker.terminate();
    await Promise.all(players.map(({ closed }) => closed));
    for (const worker of [0, 1]) await relay.log.waitFor('worker', { worker }, { count: 2 }); // runs again
  }
});

test('who plays is sent all of a stream, and nobody else may for whom there are no bits left', async () => {
  const clock = new LoopClock();
  const limits = { shares: [{ match: 'live/**', bitsPerSecond: 1_000_000 }] };
  const relay = await Relay.start(settingsOf({ limits }), new RecordingLog(), clock);
  await using _ = { [Symbol.asyncDispose]: () => relay.close() };
  const port = relay.listeners.find(({ protocol }) => protocol === 'rtmp')?.address.port ?? 0;
  await using publisher = await TestPublisher.start(port, 'live/a');
  publisher.sendMedia(...opening);
  /** Lets time pass until it has happened. */
  const happens = async <T>(promise: Promise<T>): Promise<T> => {
    let isOver = false;
    const settled = promise.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      clock.advance(1);
      await pause(1);
    }
    return settled;
  };
  await using first = TestPlayer.play(port, 'live/a');
  await happens(first.started);
  let sent = 2;
  /** Two seconds in which the stream has 400,000 bits a second. */
  const twoSeconds = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) publisher.sendMedia(...media(`P${sent}@${sent++ * 200}:10000`));
    await happens(first.mediaOf(sent));
    clock.advance(2000);
  };
  for (let i = 0; i < 3; i++) await twoSeconds();
  await using second = TestPlayer.play(port, 'live/a');
  await happens(second.started);
  const third = TestPlayer.play(port, 'live/a');
  expect(await happens(third.refused)).toMatchObject({
    code: 'NetStream.Play.Failed',
    description: 'as much is sent as is allowed: try again later',
  });
  await third.cut();
  const before = first.media.length;
  await twoSeconds();
  expect(first.media.length).toBe(before + 10);
});

describe('a publisher whose stream is too much', () => {
  /** A publisher of 12 seconds of video without a second keyframe. */
  async function published(onExcess: 'warn' | 'end') {
    const clock = new LoopClock();
    const log = new RecordingLog();
    const source = { type: 'push', maxKeyframeIntervalMs: 5000, onExcess };
    const relay = await Relay.start(settingsOf({ streams: [{ match: '**', source }] }), log, clock);
    const port = relay.listeners.find(({ protocol }) => protocol === 'rtmp')?.address.port ?? 0;
    const publisher = await TestPublisher.start(port, 'live/a');
    publisher.sendMedia(...opening);
    await using player = TestPlayer.play(port, 'live/a');
    await player.mediaOf(2);
    for (let i = 1; i <= 13; i++) {
      clock.advance(1000);
      publisher.sendMedia(...media(`P${i}@${i * 1000}`));
      if (i < 12) await received(player, 2 + i, clock);
      else await pause(20);
    }
    return { relay, log, publisher };
  }

  async function received(player: TestPlayer, count: number, clock: LoopClock): Promise<void> {
    while (player.media.length < count) {
      clock.advance(1);
      await pause(1);
    }
  }

  test('is let go with a sentence where the settings say so', async () => {
    const { relay, log, publisher } = await published('end');
    await using _ = { [Symbol.asyncDispose]: () => relay.close() };
    expect(await publisher.ended.catch(String)).toMatch(/keyframe|closed/);
    const { text } = await relay.metrics();
    expect(text).toContain('streampump_rejected_total{reason="publisher-limit"} 1');
    expect(log.find('unpublish')[0]?.text).toMatch(
      /live\/a has \d+ ms from keyframe to keyframe, more than the 5000 that are allowed/,
    );
  });

  test('goes on with a warning elsewhere', async () => {
    const { relay, log, publisher } = await published('warn');
    await using _ = { [Symbol.asyncDispose]: () => relay.close() };
    const warning = await log.waitFor('publisher-limit', { stream: 'live/a' });
    expect(warning.text).toMatch(/^sends live\/a with \d+ ms from keyframe to keyframe/);
    expect(log.find('unpublish')).toEqual([]);
    await publisher.cut();
  });
});
