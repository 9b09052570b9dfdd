import { expect, test } from 'vitest';
import { asfPath, pushPath } from '../../../src/protocol/mmsh/mmsh-path.ts';

test.each([
  { key: 'streams/cam1', play: 'streams/cam1', push: 'streams/cam1_push' },
  { key: 'streams/a/b', play: 'streams/a/b', push: 'streams/a/b_push' },
  { key: 'streams/cam1.flv', play: 'streams/cam1.flv.asf', push: 'streams/cam1.flv_push' },
  { key: 'live/cam1', play: 'live/cam1.asf', push: undefined },
  { key: 'Streams/cam1', play: 'Streams/cam1.asf', push: undefined },
])('$key is played at $play and pushed to $push', ({ key, play, push }) => {
  expect(asfPath(key)).toBe(play);
  expect(pushPath(key)).toBe(push);
});
