import { describe, expect, test } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../src/config/relay-settings.ts';
import type { RelayControl } from '../../../src/service/admin/relay-control.ts';
import { preflightFiles } from '../../../src/service/relay/preflight.ts';
import { Relay } from '../../../src/service/relay/relay.ts';
import { Cluster } from '../../../src/service/relay/workers/cluster.ts';
import { reconfigure } from '../../../src/service/serving/reconfigure.ts';
import { RawClient } from '../../support/raw-client.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { startRelay } from '../../support/start-relay.ts';
import { TestPlayer } from '../../support/test-player.ts';
import { TestPublisher } from '../../support/test-publisher.ts';

const local = { host: '127.0.0.1', port: 0 };
const payload = Buffer.from('1701000000aabbccdd', 'hex');

type Config = Readonly<Record<string, unknown>>;

/** A relay whose configuration is read again. */
class ReloadScene implements AsyncDisposable {
  readonly workers: number;
  readonly control: RelayControl;
  readonly log: RecordingLog;

  private constructor(workers: number, control: RelayControl, log: RecordingLog) {
    this.workers = workers;
    this.control = control;
    this.log = log;
  }

  static async start(workers: number, config: Config): Promise<ReloadScene> {
    const log = new RecordingLog();
    const settings = settingsOf(config, workers);
    const start = workers === 1 ? Relay.start : Cluster.start;
    return new ReloadScene(workers, await start(settings, log), log);
  }

  /** Reads this configuration. @returns what waits for a restart */
  configure(config: Config): Promise<readonly string[]> {
    return this.control.configure(settingsOf(config, this.workers));
  }

  get port(): number {
    return this.control.listeners.find(({ protocol }) => protocol === 'rtmp')?.address.port ?? 0;
  }

  async metric(name: string): Promise<string | undefined> {
    const { text } = await this.control.metrics();
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.control.close();
  }
}

function settingsOf(config: Config, workers: number): RelaySettings {
  return relaySettings.parse({
    admin: { socket: null },
    ...config,
    workers,
    listen: { rtmp: local, http: local, admin: null },
  });
}

/** A publisher and a player of what it publishes, perhaps through another relay. */
class Programme implements AsyncDisposable {
  readonly publisher: TestPublisher;
  readonly player: TestPlayer;
  #sent = 0;

  private constructor(publisher: TestPublisher, player: TestPlayer) {
    this.publisher = publisher;
    this.player = player;
  }

  /** Resolves when the player has the first frame. */
  static async start(from: number, to: number, key: string): Promise<Programme> {
    const programme = new Programme(await TestPublisher.start(from, key), TestPlayer.play(to, key));
    programme.#send();
    await programme.player.mediaOf(1);
    return programme;
  }

  /** Sends a frame; resolves when the player has it. */
  async goOn(): Promise<void> {
    const count = this.player.media.length;
    this.#send();
    await this.player.mediaOf(count + 1);
  }

  /** Whether the player has got every frame from the first on. */
  get isWhole(): boolean {
    const [first, ...rest] = this.player.media.map(({ timestamp }) => timestamp);
    return rest.every((timestamp, index) => timestamp === (first ?? 0) + 40 * (index + 1));
  }

  #send(): void {
    this.publisher.sendMedia({ type: 9, timestamp: 40 * this.#sent++, payload });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.player[Symbol.asyncDispose]();
    await this.publisher[Symbol.asyncDispose]();
  }
}

const push = (match: string, ...forward: readonly string[]) => ({ match, source: { type: 'push' }, forward });
const pull = (match: string, ...urls: readonly string[]) => ({ match, source: { type: 'pull', urls } });
const always = (match: string, ...urls: readonly string[]) => ({
  match,
  source: { type: 'pull', urls, start: 'always' },
});

describe.each([1, 2])('with %i worker(s)', (workers) => {
  test('what the new settings do not change goes on, frame by frame', { timeout: 60_000 }, async () => {
    await using origin = await startRelay();
    const { rtmpUrl } = origin;
    const kept = [pull('tv/a', rtmpUrl('tv/a')), push('live/a')];
    await using relay = await ReloadScene.start(workers, { streams: kept });
    await using pulled = await Programme.start(origin.port('rtmp'), relay.port, 'tv/a');
    await using pushed = await Programme.start(relay.port, relay.port, 'live/a');
    const configs: readonly Config[] = [
      { streams: [always('tv/b', rtmpUrl('tv/b')), ...kept, push('more/**', rtmpUrl('{key}'))] },
      { streams: [always('tv/b', 'rtmp://127.0.0.1:1/tv/b'), ...kept, pull('more/**', rtmpUrl('{key}'))] },
      { streams: kept, access: { publish: ['127.0.0.0/8'], play: ['127.0.0.1'] } },
      { streams: [push('live/a'), pull('tv/*', rtmpUrl('{key}'), rtmpUrl('other/x'))] },
      {
        streams: kept,
        limits: { sessions: 1, messageBytes: 1024 },
        deadlines: { idleMs: 1, handshakeMs: 1 },
      },
      { streams: kept, cache: { maxBytes: 0, totalBytes: 0 }, fanOut: { maxBacklogBytes: 65_536 } },
      { streams: kept, publish: { graceMs: 0, onConflict: 'reject' }, play: { waitMs: 0 } },
      { streams: kept },
    ];
    for (const config of configs) {
      for (let times = 0; times < 2; times++) {
        expect(await relay.configure(config)).toEqual([]);
        for (const programme of [pulled, pushed]) await programme.goOn();
      }
    }
    expect([pulled.isWhole, pushed.isWhole]).toEqual([true, true]);
    expect(origin.log.find('play', { stream: 'tv/a' })).toHaveLength(1);
    expect(relay.log.find('play-end')).toEqual([]);
  });

  test('who is not allowed any more is let go with the reason, and nobody else', async () => {
    await using relay = await ReloadScene.start(workers, {});
    await using stays = await Programme.start(relay.port, relay.port, 'live/a');
    await using goes = await Programme.start(relay.port, relay.port, 'out/a');
    await relay.configure({ streams: [push('live/**')] });
    const nothing = 'there is no stream out/a on this server: no entry in streams matches';
    expect((await goes.publisher.refused).description).toBe(nothing);
    await goes.player.closed;
    expect((await relay.log.waitFor('play-end', { stream: 'out/a' })).fields['reason']).toBe('revoked');
    await stays.goOn();
    await relay.configure({ streams: [push('live/**')], access: { publish: ['10.0.0.0/8'] } });
    expect((await stays.publisher.refused).description).toBe(
      "publishing is not allowed from 127.0.0.1: the server's setting access.publish does not list it",
    );
  });

  test('a player that is not allowed any more is told, whatever it speaks', async () => {
    await using relay = await ReloadScene.start(workers, {});
    await using programme = await Programme.start(relay.port, relay.port, 'live/a');
    await using waiting = await RawClient.openConnected(relay.port);
    waiting.commandOn(1, 'play', 3, null, 'later');
    await relay.log.waitFor('play', { peer: waiting.peer });
    const http = relay.control.listeners.find(({ protocol }) => protocol === 'http')?.address.port;
    const body = await fetch(`http://127.0.0.1:${http}/live/a.flv`);
    const webSocket = new WebSocket(`ws://127.0.0.1:${http}/live/a.flv`);
    const closed = new Promise<CloseEvent>((resolve) => webSocket.addEventListener('close', resolve));
    await new Promise((resolve) => webSocket.addEventListener('message', resolve, { once: true }));
    await relay.configure({ access: { play: ['192.0.2.0/24'] } });
    await Promise.all([programme.player.closed, waiting.closed, closed, body.arrayBuffer().catch(() => {})]);
    expect(waiting.said.join('\n')).toContain('setting access.play does not list it');
    expect((await closed).reason).toContain('access.play');
    await relay.log.waitFor('play-end', { reason: 'revoked' }, { count: 4 });
    programme.publisher.sendMedia({ type: 9, timestamp: 1000, payload });
    await expect.poll(() => relay.control.liveStreams()).toEqual(['live/a']);
  });

  test('a pull that the settings do not name any more ends, and so does its stream', async () => {
    await using origin = await startRelay();
    const { rtmpUrl } = origin;
    const streams = [pull('tv/a', rtmpUrl('tv/a')), always('tv/b', rtmpUrl('tv/b')), push('**')];
    await using relay = await ReloadScene.start(workers, { streams });
    await using programme = await Programme.start(origin.port('rtmp'), relay.port, 'tv/a');
    await relay.configure({ streams: [push('**')] });
    expect(await programme.player.ended).toBe('NetStream.Play.UnpublishNotify');
    expect((await relay.control.upstreams({ limit: 100 })).items).toEqual([]);
    const { text } = await relay.log.waitFor('upstream', { stream: 'tv/a', reason: 'reconfigured' });
    expect(text).toMatch(/^tv\/a no longer comes from .*: the configuration has changed$/);
    await origin.log.waitFor('play-end', { stream: 'tv/a' });
  });

  test('players of a pull whose URL changes stay, and get the new upstream as soon as it sends', async () => {
    await using first = await startRelay();
    await using second = await startRelay();
    await using relay = await ReloadScene.start(workers, { streams: [pull('tv/a', first.rtmpUrl('tv/a'))] });
    await using programme = await Programme.start(first.port('rtmp'), relay.port, 'tv/a');
    await using publisher = await TestPublisher.start(second.port('rtmp'), 'tv/a');
    await relay.configure({ streams: [pull('tv/a', second.rtmpUrl('tv/a'))] });
    await programme.goOn(); // from the old one
    publisher.sendMedia({ type: 9, timestamp: 40, payload }); // the same programme
    await first.log.waitFor('play-end', { stream: 'tv/a' });
    publisher.sendMedia({ type: 9, timestamp: 80, payload });
    await programme.player.mediaOf(3);
    expect(programme.isWhole).toBe(true);
    expect(relay.log.find('play-end')).toEqual([]);
  });

  test('players of a stream that is pulled from now on stay, its publisher does not', async () => {
    await using origin = await startRelay();
    await using upstream = await TestPublisher.start(origin.port('rtmp'), 'live/a');
    upstream.sendMedia({ type: 9, timestamp: 0, payload });
    await using relay = await ReloadScene.start(workers, {});
    await using programme = await Programme.start(relay.port, relay.port, 'live/a');
    await relay.configure({ streams: [pull('**', origin.rtmpUrl('{key}'))] });
    expect((await programme.publisher.refused).description).toBe(
      'stream live/a is pulled from another server: it cannot be published here',
    );
    await programme.player.mediaOf(2);
    expect(relay.log.find('play-end')).toEqual([]);
  });

  test('forwards of a stream that is live begin and end', async () => {
    await using target = await startRelay();
    const copy = target.rtmpUrl('copy/{name}');
    await using relay = await ReloadScene.start(workers, {});
    await using programme = await Programme.start(relay.port, relay.port, 'live/a');
    await relay.configure({ streams: [push('**', copy)] });
    await target.published('copy/a');
    await using player = TestPlayer.play(target.port('rtmp'), 'copy/a');
    await programme.goOn();
    await player.mediaOf(1);
    await relay.configure({ streams: [push('more'), push('**', copy)] });
    await programme.goOn();
    await relay.configure({});
    await target.log.waitFor('unpublish', { stream: 'copy/a' });
    await programme.goOn();
    expect([programme.isWhole, target.log.find('publish').length]).toEqual([true, 1]);
    expect((await relay.control.forwards({ limit: 100 })).items).toEqual([]);
  });

  test('limits are for whoever comes next', async () => {
    await using relay = await ReloadScene.start(workers, {});
    await using programme = await Programme.start(relay.port, relay.port, 'live/a');
    await relay.configure({ limits: { sessions: 2 } });
    await using newcomer = TestPlayer.play(relay.port, 'live/a');
    expect((await newcomer.refused).description).toBe('the server is full: it has 2 sessions');
    await programme.goOn();
    await relay.configure({ limits: { sessions: 3 } });
    await using player = TestPlayer.play(relay.port, 'live/a');
    await player.mediaOf(1);
  });

  test('the metrics tell from the start how it went, of the relay and not of each worker', async () => {
    const begun = Date.now() / 1000;
    await using relay = await ReloadScene.start(workers, {});
    const name = 'streampump_config';
    const look = async () => [
      await relay.metric(`${name}_reloads_total{outcome="success"}`),
      await relay.metric(`${name}_reloads_total{outcome="failure"}`),
      await relay.metric(`${name}_last_reload_successful`),
    ];
    const time = async () => Number(await relay.metric(`${name}_last_reload_success_timestamp_seconds`));
    expect(await look()).toEqual(['0', '0', '1']);
    const start = await time();
    expect(start).toBeGreaterThanOrEqual(begun);
    const reload = (config: Config) =>
      reconfigure(
        relay.control,
        { load: () => settingsOf(config, relay.workers), preflightFiles },
        relay.log,
      );
    await reload({ access: { play: ['nonsense'] } });
    expect([await look(), await time()]).toEqual([['0', '1', '0'], start]);
    await reload({ name: 'other' });
    expect(await look()).toEqual(['1', '1', '1']);
    expect(await time()).toBeGreaterThan(start);
    expect(relay.log.find('restart-needed').map(({ text }) => text)).toEqual([
      'name has changed and waits for a restart',
    ]);
  });

  test('a relay that is about to stop takes no new settings over', async () => {
    await using relay = await ReloadScene.start(workers, { drain: { timeoutMs: 60_000 } });
    await using programme = await Programme.start(relay.port, relay.port, 'live/a');
    const drained = relay.control.drain();
    await expect(relay.configure({ access: { play: [] } })).rejects.toThrow('the relay is about to stop');
    await programme.goOn();
    await programme.publisher.finish();
    await programme.player.ended;
    await programme.player.cut();
    await drained;
  });
});
