import { expect, test } from 'vitest';
import { type StreamSettings, unlimitedPush } from '../../../src/config/stream-settings.ts';
import { streamEntryRule } from '../../../src/service/access/stream-entry-rule.ts';
import type { Verb } from '../../../src/session/access.ts';
import { questionOf } from '../../support/access-question.ts';
import { oneUrl } from '../../support/pull-scene.ts';

const entries: Readonly<Record<string, StreamSettings>> = {
  'live/a': {
    match: 'live/a',
    source: unlimitedPush,
    forward: ['rtmp://cdn.example/{key}'],
    record: 'onWish',
  },
  'tv/a': { match: 'tv/a', source: oneUrl, forward: [], record: 'onWish' },
};
const rule = streamEntryRule((key) => entries[key]);

function judge(verb: Verb, key: string): unknown {
  const verdict = rule.judge(questionOf({ verb, key }));
  return 'description' in verdict ? verdict.description : 'says' in verdict && verdict.says;
}

const noEntry = 'there is no stream else/a on this server: no entry in streams matches';

test.each([
  { verb: 'publish', key: 'live/a', said: 'nothing' },
  { verb: 'play', key: 'live/a', said: 'nothing' },
  { verb: 'play', key: 'tv/a', said: 'nothing' },
  { verb: 'pull', key: 'tv/a', said: 'allow' },
  { verb: 'forward', key: 'live/a', said: 'allow' },
  { verb: 'connect', key: '', said: 'nothing' },
  { verb: 'publish', key: 'else/a', said: noEntry },
  { verb: 'play', key: 'else/a', said: noEntry },
  { verb: 'pull', key: 'else/a', said: noEntry },
  {
    verb: 'publish',
    key: 'tv/a',
    said: 'stream tv/a is pulled from another server: it cannot be published here',
  },
  { verb: 'pull', key: 'live/a', said: 'there is no stream live/a that is pulled' },
  { verb: 'forward', key: 'tv/a', said: 'there is no stream tv/a that is forwarded' },
] as const)('$verb of $key: $said', ({ verb, key, said }) => {
  expect(judge(verb, key)).toBe(said);
});
