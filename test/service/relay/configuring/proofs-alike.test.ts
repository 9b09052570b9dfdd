import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { areProofsAlike } from '../../../../src/service/relay/configuring/proofs-alike.ts';
import { permitSettings } from '../../../support/permits.ts';

const own = relaySettings.parse({});
const permitted = { ...own, access: { ...own.access, permits: permitSettings() } };

test('other streams of the house are no reason to ask anybody again, and other keys of it are one', () => {
  const streams = relaySettings.parse({ streams: [] });
  expect(areProofsAlike(permitted, { ...permitted, streams: streams.streams }, 'house')).toBe(true);
  const renewed = { ...own, access: { ...own.access, permits: permitSettings({ keys: {} }) } };
  expect(areProofsAlike(permitted, renewed, 'house')).toBe(false);
});

test('an operator may have changed files, whatever the settings say', () => {
  expect(areProofsAlike(own, own, 'operator')).toBe(false);
});
