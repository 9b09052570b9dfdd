import { describe, expect, test } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../../src/config/relay-settings.ts';
import { namedSettings } from '../../../../src/config/setting-schema.ts';
import { reloadTable, takeOver } from '../../../../src/service/relay/configuring/reload-table.ts';

const parse = (config: unknown): RelaySettings => relaySettings.parse(config);

const files = (name: string) => ({ certFile: `/${name}.crt`, keyFile: `/${name}.key` });

describe('settings that a relay takes over while it runs', () => {
  test('are all new ones where nothing else has changed', () => {
    const wanted = parse({
      streams: [],
      access: { play: [] },
      limits: { sessions: 5 },
      deadlines: { idleMs: 1 },
      log: { level: 'debug' },
    });
    expect(takeOver(parse({}), wanted)).toEqual({ settings: wanted, waiting: [] });
  });

  test('are not those that wait: they stay as they were, and are named', () => {
    const running = parse({ name: 'a' });
    const wanted = parse({
      name: 'b',
      workers: 'auto',
      listen: { rtmp: { port: 1 }, admin: { host: '::1', names: ['c'] } },
      log: { format: 'json', level: 'warn' },
      play: { waitMs: 1 },
    });
    const { settings, waiting } = takeOver(running, wanted);
    expect(waiting).toEqual([
      'name',
      'listen.rtmp.port',
      'listen.admin.host',
      'listen.admin.names',
      'workers',
      'log.format',
    ]);
    const log = { ...running.log, level: 'warn' };
    expect(settings).toEqual({ ...running, log, play: { waitMs: 1 } });
  });

  test('are new files for the TLS listeners that there are, on the ports that they got', () => {
    const place = (name: string, port: number) => ({
      ...{ host: '::', port, sharing: 'now', ...files(name) },
      ...{ clientCaFile: null, requireClientCertificate: false },
    });
    const running = {
      ...parse({}),
      listen: { ...parse({}).listen, rtmps: [place('a', 5000), place('b', 5001)] },
    };
    const wanted = parse({ listen: { rtmps: { port: 0, ...files('c') }, https: files('d') } });
    const { settings, waiting } = takeOver(running, wanted);
    expect(settings.listen.rtmps).toEqual([place('c', 5000), place('b', 5001)]);
    expect(settings.listen.https).toEqual([]);
    expect(waiting).toEqual(['listen.rtmps', 'listen.rtmps.0.port', 'listen.https']);
  });

  test('are new files for an admin listener that has some; whether it speaks TLS waits', () => {
    const [plain, first, second] = [{}, files('a'), files('b')].map((admin) => parse({ listen: { admin } }));
    expect(takeOver(first as RelaySettings, second as RelaySettings)).toEqual({
      settings: second,
      waiting: [],
    });
    const waiting = ['listen.admin.certFile', 'listen.admin.keyFile'];
    expect(takeOver(plain as RelaySettings, first as RelaySettings)).toEqual({ settings: plain, waiting });
    expect(takeOver(first as RelaySettings, plain as RelaySettings)).toEqual({ settings: first, waiting });
  });

  test('a listener that comes or goes waits', () => {
    const off = parse({ listen: { http: null } });
    expect(takeOver(parse({}), off).waiting).toEqual(['listen.http']);
    expect(takeOver(off, parse({})).waiting).toEqual(['listen.http']);
    expect(takeOver(off, parse({})).settings).toEqual(off);
  });

  test('do not wait any more once they are as they were', () => {
    const running = parse({});
    const { settings } = takeOver(running, parse({ workers: 7 }));
    expect(takeOver(settings, parse({ workers: 7 })).waiting).toEqual(['workers']);
    expect(takeOver(settings, parse({})).waiting).toEqual([]);
  });
});

test('every setting has its place in the table', () => {
  const decisionAt = (path: readonly string[]): unknown =>
    path.reduce<unknown>(
      (decision, name) =>
        typeof decision === 'string' ? decision : (decision as Record<string, unknown>)[name],
      reloadTable,
    );
  for (const { path } of namedSettings(relaySettings)) {
    const decision = decisionAt(path);
    if (typeof decision !== 'object')
      expect([path, decision]).toEqual([path, expect.stringMatching(/^(applies|waits|replaces)$/)]);
  }
});
