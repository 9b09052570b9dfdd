import { expect, test } from 'vitest';
import { statePlace } from '../../../src/config/house/state-place.ts';

const home = '/home/ann';

test.each([
  {
    env: { STATE_DIRECTORY: '/var/lib/streampump:/var/lib/other', XDG_STATE_HOME: '/x' },
    place: '/var/lib/streampump/house',
  },
  { env: { XDG_STATE_HOME: '/x' }, place: '/x/streampump/house' },
  { env: { XDG_STATE_HOME: '' }, place: '/home/ann/.local/state/streampump/house' },
])('auto is $place', ({ env, place }) => {
  expect(statePlace('auto', { env, home })).toBe(place);
});

test('a path is itself', () => {
  expect(statePlace('/srv/house', { env: { STATE_DIRECTORY: '/var/lib/x' }, home })).toBe('/srv/house');
});
