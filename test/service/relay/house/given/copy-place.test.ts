import { expect, test } from 'vitest';
import { copyPlace } from '../../../../../src/service/relay/house/given/copy-place.ts';

test.each([
  [
    { STATE_DIRECTORY: '/var/lib/streampump:/var/lib/other', HOME: '/root' },
    '/var/lib/streampump/house-a.json',
  ],
  [{ XDG_STATE_HOME: '/home/ann/state', HOME: '/home/ann' }, '/home/ann/state/streampump/house-a.json'],
  [{ HOME: '/home/ann' }, '/home/ann/.local/state/streampump/house-a.json'],
])('%j', (env, place) => {
  expect(copyPlace({ copyFile: 'auto', id: 'a' }, env)).toBe(place);
  expect(copyPlace({ copyFile: '/srv/copy.json', id: 'a' }, env)).toBe('/srv/copy.json');
});
