import { expect, test } from 'vitest';
import { nearKeys } from '../../../../src/service/relay/explaining/near-keys.ts';

test.each([
  { asked: 'live/cam2', live: ['live/cam1', 'tv/news'], near: ['live/cam1'] },
  { asked: 'live/Cam-1', live: ['live/cam1', 'live/cam2'], near: ['live/cam1'] },
  { asked: 'cam1', live: ['live/cam1', 'tv/cam1', 'tv/cam2'], near: ['live/cam1', 'tv/cam1'] },
  { asked: 'lvie/cam1', live: ['live/cam1'], near: ['live/cam1'] },
  { asked: 'live/cam1', live: ['live/cam1'], near: [] },
  { asked: 'live/sport', live: ['tv/news'], near: [] },
  { asked: 'live/a', live: [], near: [] },
])('for $asked, of $live: $near', ({ asked, live, near }) => {
  expect(nearKeys(asked, live)).toEqual(near);
});

test('names as long as names can be take no time', () => {
  const long = Array.from({ length: 5000 }, (_, i) => `${'x'.repeat(1000)}${i}`);
  const short = Array.from({ length: 5000 }, (_, i) => `live/${'x'.repeat(50)}${i}`);
  const before = process.cpuUsage();
  expect(nearKeys('y'.repeat(1024), [...long, ...short])).toEqual([]);
  nearKeys(`live/${'x'.repeat(49)}y`, [...long, ...short]);
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});
