import { describe, expect, test } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../src/config/relay-settings.ts';
import type { RelayControl } from '../../../src/service/admin/relay-control.ts';
import { Relay } from '../../../src/service/relay/relay.ts';
import { Cluster } from '../../../src/service/relay/workers/cluster.ts';
import { media } from '../../support/fake-media.ts';
import { freePort } from '../../support/free-port.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const local = { host: '127.0.0.1', port: 0 };

function settingsOf(config: Record<string, unknown>, workers: number): RelaySettings {
  return relaySettings.parse({
    admin: { socket: null },
    ...config,
    workers,
    listen: { rtmp: local, http: local, admin: local },
  });
}

/** What runs behind the interface. */
class Running implements AsyncDisposable {
  readonly control: RelayControl;
  readonly log: RecordingLog;

  constructor(control: RelayControl, log: RecordingLog) {
    this.control = control;
    this.log = log;
  }

  port(protocol: string): number {
    return this.control.listeners.find((listener) => listener.protocol === protocol)?.address.port ?? 0;
  }

  /** Publishes a keyframe, and waits until it is known. */
  async publish(key: string): Promise<TestPublisher> {
    const publisher = await TestPublisher.start(this.port('rtmp'), key);
    publisher.sendMedia(...media('VH1@0 K1@0'));
    await using player = TestPlayer.play(this.port('rtmp'), key);
    await player.waitFor(({ timestamp }) => timestamp === 0);
    return publisher;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.control.close();
  }
}

describe.each([
  { what: 'one thread', workers: 1, start: Relay.start },
  { what: 'two workers', workers: 2, start: Cluster.start },
])('a relay of $what', ({ workers, start }) => {
  const run = async (config: Record<string, unknown> = {}): Promise<Running> => {
    const log = new RecordingLog();
    return new Running(await start(settingsOf(config, workers), log), log);
  };

  test('shows the streams that are live, and its metrics', async () => {
    await using relay = await run({ publish: { graceMs: 0 } });
    expect(await relay.control.liveStreams()).toEqual([]);
    await using one = await relay.publish('live/a');
    await using _two = await relay.publish('live/b');
    expect([...(await relay.control.liveStreams())].sort()).toEqual(['live/a', 'live/b']);
    const { contentType, text } = await relay.control.metrics();
    expect(contentType).toMatch(/^text\/plain; version=/);
    expect(text).toMatch(/^streampump_streams 2$/m);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    await one.cut();
    await relay.log.waitFor('unpublish', { stream: 'live/a' });
    await expect.poll(() => relay.control.liveStreams()).toEqual(['live/b']);
  });

  test('does not show a stream as live while its publisher is away', async () => {
    await using relay = await run({ publish: { graceMs: 60_000 } });
    const look = async (): Promise<number> => {
      const url = `http://127.0.0.1:${relay.port('http')}/live/a.flv`;
      return (await fetch(url, { method: 'HEAD', headers: { connection: 'close' } })).status;
    };
    const first = await relay.publish('live/a');
    await expect.poll(() => relay.control.liveStreams()).toEqual(['live/a']);
    await first.cut();
    await relay.log.waitFor('unpublish', { stream: 'live/a' });
    await expect.poll(() => relay.control.liveStreams()).toEqual([]);
    for (let times = 0; times < 8; times++) expect(await look()).toBe(404); // by one worker or another
    await using _again = await relay.publish('live/a');
    await expect.poll(() => relay.control.liveStreams()).toEqual(['live/a']);
    expect(await look()).toBe(200);
  });

  test('shows upstreams and forwards, whichever thread has them', async () => {
    const port = await freePort();
    const url = `rtmp://127.0.0.1:${port}/`;
    const always = (match: string): unknown => ({
      match,
      source: { type: 'pull', urls: [`${url}${match}`], start: 'always' },
    });
    const forward = { match: '**', source: { type: 'push' }, forward: [`${url}copy/{name}`] };
    await using relay = await run({ streams: [always('tv/1'), always('tv/2'), forward] });
    const upstreams = (await relay.control.upstreams({ limit: 100 })).items;
    expect(upstreams.map(({ stream, url: from, frames }) => [stream, from, frames]).sort()).toEqual([
      ['tv/1', `${url}tv/1`, 0],
      ['tv/2', `${url}tv/2`, 0],
    ]);
    expect((await relay.control.forwards({ limit: 100 })).items).toEqual([]);
    await using _publisher = await relay.publish('live/a');
    await expect
      .poll(async () => (await relay.control.forwards({ limit: 100 })).items)
      .toMatchObject([{ stream: 'live/a', url: `${url}copy/***`, sentBytes: 0 }]);
  });

  test('lists streams, whichever thread keeps them and whoever plays them', async () => {
    const port = await freePort();
    const url = `rtmp://127.0.0.1:${port}/tv/1`;
    const tv = {
      match: 'tv/1',
      source: { type: 'pull', urls: [`${url}?token=secret-word`], start: 'always' },
    };
    await using relay = await run({ streams: [tv, { match: '**', source: { type: 'push' } }] });
    await using _first = await relay.publish('live/b');
    await using _second = await relay.publish('live/a');
    await using players = new AsyncDisposableStack();
    for (let i = 0; i < 6; i++) {
      const player = players.use(TestPlayer.play(relay.port('rtmp'), 'live/a')); // by one worker or another
      await player.waitFor(({ timestamp }) => timestamp === 0);
    }
    players.use(TestPlayer.play(relay.port('rtmp'), 'none/x'));
    const list = async (): Promise<unknown> => {
      const { items } = await relay.control.streams({ limit: 100 });
      return items.map(({ stream, state, source, players: playing, waitingPlayers, tracks }) => [
        stream,
        state,
        source?.type,
        playing,
        waitingPlayers,
        tracks.map(({ codec }) => codec).join(),
      ]);
    };
    await expect.poll(list, { timeout: 10_000 }).toEqual([
      ['live/a', 'live', 'push', 6, 0, 'avc1'],
      ['live/b', 'live', 'push', 0, 0, 'avc1'],
      ['none/x', 'absent', undefined, 0, 1, ''],
    ]);
    const { items } = await relay.control.streams({ limit: 1, stream: 'live/*', after: 'live/a' });
    const [{ source, since, receivedBytes } = {}] = items;
    const sessions = await relay.control.sessions({ limit: 100, role: 'publisher', stream: 'live/b' });
    const [publisher] = sessions.items;
    expect(source).toEqual({
      type: 'push',
      protocol: 'rtmp',
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      client: publisher?.client,
      session: publisher?.id,
    });
    expect(Math.abs(Date.now() - Date.parse(since ?? ''))).toBeLessThan(60_000);
    expect(receivedBytes).toBeGreaterThan(0);
  });

  test('lists sessions page by page', async () => {
    await using relay = await run();
    await using _publisher = await relay.publish('live/a');
    await using players = new AsyncDisposableStack();
    for (let i = 0; i < 6; i++) {
      const player = players.use(TestPlayer.play(relay.port('rtmp'), 'live/a'));
      await player.waitFor(({ timestamp }) => timestamp === 0);
    }
    const roles = async (): Promise<unknown> =>
      (await relay.control.sessions({ limit: 100 })).items.map(({ role }) => role).sort();
    await expect.poll(roles, { timeout: 10_000 }).toEqual([...Array(6).fill('player'), 'publisher']);
    const all = await relay.control.sessions({ limit: 100 });
    expect(all.next).toBeNull();
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const { items, next } = await relay.control.sessions({ limit: 2, after });
      ids.push(...items.map(({ id }) => id));
      after = next ?? undefined;
    } while (after !== undefined);
    expect(ids).toEqual(all.items.map(({ id }) => id));
    for (const one of all.items) {
      expect(one).toMatchObject({
        protocol: 'rtmp',
        tls: false,
        stream: 'live/a',
        address: '127.0.0.1',
        lagging: false,
        droppedFrames: 0,
        backlogBytes: 0,
        backlogMs: 0,
      });
      expect(one.receivedBytes).toBeGreaterThan(1536);
    }
  });

  test('takes new settings over', async () => {
    await using relay = await run();
    await relay.control.configure(settingsOf({ access: { publish: [] } }, workers));
    const publisher = new TestPublisher(relay.port('rtmp'), 'publish', 'live/a');
    await using _publisher = publisher;
    expect((await publisher.refused).description).toContain('access.publish');
  });

  test('keeps the old settings when new ones cannot be taken over', async () => {
    await using relay = await run();
    const faulty = { ...settingsOf({ access: { publish: [] } }, workers), tls: null };
    const configured = relay.control.configure(faulty as unknown as RelaySettings);
    await expect(configured).rejects.toThrow('caFile');
    await using _publisher = await relay.publish('live/a');
  });

  test('is ready until it drains; a drain ends when everybody has left', async () => {
    await using relay = await run({ drain: { timeoutMs: 60_000 } });
    const publisher = await relay.publish('live/a');
    expect(relay.control.readiness).toBe('ready');
    let isDrained = false;
    const drained = relay.control.drain().then(() => {
      isDrained = true;
    });
    expect(relay.control.readiness).toBe('draining');
    await relay.log.waitFor('draining');
    expect((await relay.control.metrics()).text).toMatch(/^streampump_streams 1$/m);
    expect(isDrained).toBe(false);
    await publisher.cut();
    await drained;
  });

  test('is not ready while it has no room for newcomers', async () => {
    await using relay = await run({ limits: { sessions: 1 } });
    const publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    await expect.poll(() => relay.control.readiness).toBe('full');
    await publisher.cut();
    await expect.poll(() => relay.control.readiness).toBe('ready');
  });

  test('closes at once, whoever is there', async () => {
    const relay = await run({ drain: { timeoutMs: 60_000 } });
    const publisher = await relay.publish('live/a');
    await relay.control.close();
    await publisher.closed;
    expect(relay.control.readiness).toBe('draining');
    await relay.control.close(); // once more does no harm
  });
});
