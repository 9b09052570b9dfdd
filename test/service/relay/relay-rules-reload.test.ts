import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../src/config/relay-settings.ts';
import type { RelayControl } from '../../../src/service/admin/relay-control.ts';
import { Relay } from '../../../src/service/relay/relay.ts';
import { Cluster } from '../../../src/service/relay/workers/cluster.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { TestPlayer } from '../../support/test-player.ts';

const local = { host: '127.0.0.1', port: 0 };

/** A relay whose rules change while players wait for streams. */
class RulesScene implements AsyncDisposable {
  readonly control: RelayControl;
  readonly log: RecordingLog;
  readonly #workers: number;
  readonly #players: TestPlayer[] = [];

  private constructor(control: RelayControl, log: RecordingLog, workers: number) {
    this.control = control;
    this.log = log;
    this.#workers = workers;
  }

  static async start(workers: number, rules: readonly object[], failures?: object): Promise<RulesScene> {
    const log = new RecordingLog();
    const start = workers === 1 ? Relay.start : Cluster.start;
    return new RulesScene(await start(settingsOf(workers, rules, failures), log), log, workers);
  }

  reload(rules: readonly object[]): Promise<readonly string[]> {
    return this.control.configure(settingsOf(this.#workers, rules));
  }

  #player(key: string): TestPlayer {
    const port = this.control.listeners.find(({ protocol }) => protocol === 'rtmp')?.address.port ?? 0;
    const player = new TestPlayer(port, 'play', key);
    this.#players.push(player);
    return player;
  }

  async refusal(key: string): Promise<string> {
    return (await this.#player(key).refused).description;
  }

  async play(key: string): Promise<TestPlayer> {
    const player = this.#player(key);
    await this.log.waitFor('play', { stream: key.split('?', 1)[0] });
    return player;
  }

  /** The streams of those whose play is over, and why. */
  get ended(): string[] {
    return this.log.find('play-end').map(({ text }) => text.replace(/.*waiting for (\S+) after \d+ s/, '$1'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#players.map((player) => player.cut()));
    await this.control.close();
  }
}

function settingsOf(workers: number, rules: readonly object[], failures?: object): RelaySettings {
  const listen = { rtmp: local, http: null, admin: null };
  return relaySettings.parse({
    admin: { socket: null },
    workers,
    listen,
    access: { rules, failures },
    play: { waitMs: 60_000 },
  });
}

const keys = (...values: string[]) => ({ verbs: ['play'], require: [{ type: 'key', values }] });

describe.each([1, 2])('when rules are read again, with %i workers', (workers) => {
  test('who lived by what is gone goes, all others stay', async () => {
    await using scene = await RulesScene.start(workers, [
      { match: 'vip/**', ...keys('old', 'new') },
      { match: 'far/**', verbs: ['play'], networks: ['127.0.0.0/8'] },
    ]);
    const gone = await scene.play('vip/a?key=old');
    await scene.play('vip/b?key=new');
    await scene.play('far/c');
    await scene.play('free/d');
    await scene.play('free/e');
    await scene.reload([
      { match: 'vip/**', ...keys('new') },
      { match: 'far/**', verbs: ['play'], networks: ['192.0.2.0/24'] },
      { match: 'free/e', ...keys('new') },
    ]);
    await scene.log.waitFor('play-end', {}, { count: 3 });
    expect(scene.ended.sort()).toEqual([
      "far/c: playing is not allowed from 127.0.0.1: the server's setting access.rules.1.networks does not list it",
      'free/e: the rules of this server have changed: connect again, and show what they ask for',
      'vip/a: this key is not known here',
    ]);
    expect((await gone.refused).description).toBe('this key is not known here');
    await scene.reload([{ match: '**', verbs: ['play'] }]); // whoever is there has been asked by then
    expect(scene.ended).toHaveLength(3);
  });

  test('a key that is no longer in its file is gone, and a file that cannot be read leaves all as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streampump-'));
    const file = join(folder, 'keys');
    writeFileSync(file, '# viewers\nann key-of-ann\nbob key-of-bob\n');
    const rules = [{ match: '**', verbs: ['play'], require: [{ type: 'key', file }] }];
    await using scene = await RulesScene.start(workers, rules);
    await scene.play('live/a?key=key-of-ann');
    await scene.play('live/b?key=key-of-bob');
    await rm(file);
    await expect(scene.reload(rules)).rejects.toThrow(`${file} cannot be read: no such file or directory`);
    expect(scene.ended).toEqual([]);
    writeFileSync(file, 'bob key-of-bob\n');
    await scene.reload(rules);
    await scene.log.waitFor('play-end');
    expect(scene.ended).toEqual(['live/a: this key is not known here']);
    expect(JSON.stringify(scene.log.lines)).not.toContain('key-of');
    await rm(folder, { recursive: true });
  });

  test('too many wrong keys block an address in every worker, and whoever shows none is not meant', async () => {
    const failures = { delayMs: 0, attempts: 4 };
    await using scene = await RulesScene.start(workers, [{ match: 'vip/**', ...keys('right') }], failures);
    for (let i = 0; i < 4; i++)
      expect(await scene.refusal(`vip/a?key=${i}`)).toBe('this key is not known here');
    await scene.log.waitFor('blocked', { address: '127.0.0.1', seconds: 60 });
    for (let i = 0; i < 6; i++)
      expect(await scene.refusal('vip/a?key=right')).toContain('too many wrong keys, passwords or the like');
    await scene.play('free/a');
  });

  test('a key with a name has sessions that can be ended by it', async () => {
    await using scene = await RulesScene.start(workers, [{ match: '**', ...keys('ann k1', 'bob k2') }]);
    await scene.play('live/a?key=k1');
    await scene.play('live/b?key=k2');
    expect(await scene.control.changes.kick({ identity: 'ann' })).toBe(1);
    await scene.log.waitFor('play-end');
    expect(scene.ended).toEqual(['live/a: an operator has ended it']);
  });
});
