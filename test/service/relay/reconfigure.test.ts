import { expect, test } from 'vitest';
import { type RelaySettings, relaySettings } from '../../../src/config/relay-settings.ts';
import { reconfigure } from '../../../src/service/relay/reconfigure.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const settings = relaySettings.parse({});

const textsOf = (log: RecordingLog): string[] => log.find('config').map(({ text }) => text);

const taking = (taken: unknown[]) => ({ configure: async (now: RelaySettings) => void taken.push(now) });

test('settings that can be read are taken over', async () => {
  const log = new RecordingLog();
  const taken: unknown[] = [];
  await reconfigure(taking(taken), () => settings, log);
  expect([taken, textsOf(log)]).toEqual([[settings], []]);
});

test.each(['load', 'configure'])('a throw of %s is a line of the log', async (failing) => {
  const log = new RecordingLog();
  const fail = (what: string): void => {
    if (what === failing) throw new Error('not so');
  };
  const load = (): typeof settings => {
    fail('load');
    return settings;
  };
  await reconfigure({ configure: async () => fail('configure') }, load, log);
  expect(textsOf(log)).toEqual(['the old configuration stays: not so']);
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
  const taken: unknown[] = [];
  await reconfigure(taking(taken), () => relaySettings.parse(config), log);
  const why = files.map((file) => `${file} cannot be read: no such file or directory`).join('\n');
  expect([taken, textsOf(log)]).toEqual([[], [`the old configuration stays: ${why}`]]);
});
