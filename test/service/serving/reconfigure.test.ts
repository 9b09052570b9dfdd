import { describe, expect, test, vi } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../src/config/relay-settings.ts';
import { ConfigError } from '../../../src/errors.ts';
import { Reloads } from '../../../src/service/admin/reloads.ts';
import { preflightFiles } from '../../../src/service/relay/preflight.ts';
import { inTurn, reconfigure } from '../../../src/service/serving/reconfigure.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const lookup = vi.hoisted(() => vi.fn());
vi.mock('node:dns/promises', () => ({ lookup }));

const settings = relaySettings.parse({});

const textsOf = (log: RecordingLog, event = 'config'): string[] => log.find(event).map(({ text }) => text);

/** A relay that takes everything over. */
class FakeRelay {
  readonly taken: RelaySettings[] = [];
  readonly reloads: Reloads = new Reloads();
  waiting: string[] = [];

  async configure(now: RelaySettings): Promise<readonly string[]> {
    this.taken.push(now);
    return this.waiting;
  }
}

test('settings that can be read are taken over, which is counted', async () => {
  const log = new RecordingLog();
  const relay = new FakeRelay();
  await reconfigure(relay, { load: () => settings, preflightFiles }, log);
  expect([relay.taken, textsOf(log), textsOf(log, 'configured')]).toEqual([
    [settings],
    [],
    ['configuration read again'],
  ]);
  expect(relay.reloads.counts).toEqual({ success: 1, failure: 0 });
});

test('what waits for a restart has a line for each setting', async () => {
  const log = new RecordingLog();
  const relay = new FakeRelay();
  relay.waiting = ['workers', 'listen.rtmp.port'];
  await reconfigure(relay, { load: () => settings, preflightFiles }, log);
  expect(log.find('restart-needed')).toEqual(
    relay.waiting.map((setting) => ({
      level: 'warn',
      event: 'restart-needed',
      text: `${setting} has changed and waits for a restart`,
      fields: { setting },
    })),
  );
});

test.each(['load', 'configure'])('a throw of %s is a line of the log, and counted', async (failing) => {
  const log = new RecordingLog();
  const fail = (what: string): void => {
    if (what === failing) throw new Error('not so');
  };
  const load = (): typeof settings => {
    fail('load');
    return settings;
  };
  const relay = new FakeRelay();
  const configure = async (): Promise<[]> => {
    fail('configure');
    return [];
  };
  await reconfigure({ configure, reloads: relay.reloads }, { load, preflightFiles }, log);
  expect(textsOf(log)).toEqual(['the old configuration stays: not so']);
  expect([relay.reloads.counts, relay.reloads.isSuccessful]).toEqual([{ success: 0, failure: 1 }, false]);
});

test.each([2, 20, 30])('each of %i faults is a line of the log, within reason', async (count) => {
  const log = new RecordingLog();
  const faults = Array.from({ length: count }, (_, i) => ({
    source: 'relay.config.json',
    path: `a.${i}`,
    problem: 'expected b',
  }));
  const load = (): never => {
    throw new ConfigError(faults);
  };
  await reconfigure(new FakeRelay(), { load, preflightFiles }, log);
  const lines = faults.slice(0, 20).map(({ path }) => `relay.config.json: ${path}: expected b`);
  const more = count > 20 ? [`${count - 20} more faults, --check prints all`] : [];
  expect(textsOf(log)).toEqual([...lines, ...more].map((fault) => `the old configuration stays: ${fault}`));
});

test.each([
  [
    'a certificate',
    { listen: { https: { certFile: '/nowhere/a.crt', keyFile: '/nowhere/a.key' } } },
    ['listen.https: /nowhere/a.crt', 'listen.https: /nowhere/a.key'],
  ],
  ['authorities', { tls: { caFile: '/nowhere/ca.pem' } }, ['tls.caFile: /nowhere/ca.pem']],
])('where %s cannot be read nothing of the settings is taken over', async (_what, config, files) => {
  const log = new RecordingLog();
  const relay = new FakeRelay();
  await reconfigure(relay, { load: () => relaySettings.parse(config), preflightFiles }, log);
  const why = files.map(
    (file) => `the old configuration stays: ${file} cannot be read: no such file or directory`,
  );
  expect([relay.taken, textsOf(log)]).toEqual([[], why]);
});

test('a resolver that does not answer holds nothing up: listeners stay as they are', async () => {
  lookup.mockReturnValue(new Promise(() => {}));
  const relay = new FakeRelay();
  const named = relaySettings.parse({ listen: { http: { host: 'relay.example' } } });
  await reconfigure(relay, { load: () => named, preflightFiles }, new RecordingLog());
  expect(relay.taken).toEqual([named]);
});

describe('one after the other', () => {
  test('who asks many times while it is done has it done once more', async () => {
    const runs: PromiseWithResolvers<void>[] = [];
    let running = 0;
    const ask = inTurn(async () => {
      expect(++running).toBe(1);
      const run = Promise.withResolvers<void>();
      runs.push(run);
      await run.promise;
      running--;
    });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    for (let times = 0; times < 50; times++) void ask();
    await settle();
    expect(runs).toHaveLength(1);
    for (let times = 0; times < 50; times++) void ask();
    await settle();
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await settle();
    void ask();
    await settle();
    expect(runs).toHaveLength(3);
  });
});
