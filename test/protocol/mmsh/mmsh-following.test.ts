import { expect, test } from 'vitest';
import { followedBy } from '../../../src/protocol/mmsh/mmsh-following.ts';

test.each([
  { player: 'ffmpeg', agent: 'NSPlayer/4.1.0.3856', minor: 1, follows: 'http' },
  { player: 'MPlayer, libmms', agent: 'NSPlayer/4.1.0.3856', minor: 0, follows: 'nothing' },
  { player: 'VLC', agent: 'NSPlayer/7.10.0.3059', minor: 0, follows: 'mmsh' },
  { player: 'a relay', agent: 'NSPlayer/9.0.0.2980', minor: 1, follows: 'http' },
  { player: 'an unknown one', agent: 'NSPlayer/12.0.7601.17514', minor: 0, follows: 'mmsh' },
  { player: 'one that says nothing', agent: '', minor: 0, follows: 'mmsh' },
])('$player follows a redirection to: $follows', ({ agent, minor, follows }) => {
  expect(followedBy(agent, minor)).toBe(follows);
});
