import { expect, test } from 'vitest';
import { relaySettings } from '../../../src/config/relay-settings.ts';
import { reconfigure } from '../../../src/service/relay/reconfigure.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const settings = relaySettings.parse({});

const textsOf = (log: RecordingLog): string[] => log.find('config').map(({ text }) => text);

test('settings that can be read are taken over', () => {
  const log = new RecordingLog();
  const taken: unknown[] = [];
  reconfigure({ configure: (now) => taken.push(now) }, () => settings, log);
  expect([taken, textsOf(log)]).toEqual([[settings], []]);
});

test.each(['load', 'configure'])('a throw of %s is a line of the log', (failing) => {
  const log = new RecordingLog();
  const fail = (what: string): void => {
    if (what === failing) throw new Error('not so');
  };
  const load = (): typeof settings => {
    fail('load');
    return settings;
  };
  reconfigure({ configure: () => fail('configure') }, load, log);
  expect(textsOf(log)).toEqual(['the old configuration stays: not so']);
});
