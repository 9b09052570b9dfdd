import { describe, expect, test } from 'vitest';
import type { HookSettings } from '../../../../src/config/hooks/hook-settings.ts';
import type { Question } from '../../../../src/service/access/rule.ts';
import { hookRule } from '../../../../src/service/hooks/asked/hook-rule.ts';
import { questionOf } from '../../../support/access-question.ts';
import { HookScene, replied, unreachable } from '../../../support/hook-scene.ts';

const { signal } = new AbortController();

function ruleScene(hook: Partial<HookSettings> = {}) {
  const scene = new HookScene({ retries: 0, ...hook });
  const rule = hookRule(scene.asker, (query) => query.replace(/key=\w+/, ''), scene.clock);
  const judge = (question: Partial<Question> = {}) => rule.judge(questionOf(question), signal);
  return { scene, rule, judge };
}

describe('asks', () => {
  test.each([
    { question: { verb: 'publish' } },
    { question: { verb: 'connect', key: '' } },
    { question: { intent: 'look' } },
    { question: { key: 'live/b/c' } },
  ] as const)('about $question', async ({ question }) => {
    const { scene, judge } = ruleScene({ match: 'live/**' });
    scene.reply = replied({ allow: true });
    expect(await judge(question)).toEqual({ says: 'nothing' });
    expect(scene.sent.length).toBe(1);
  });

  test.each([
    { question: { verb: 'pull' } },
    { question: { verb: 'forward' } },
    { question: { verb: 'play' } },
    { question: { verb: 'publish', key: 'tv/a' } },
  ] as const)('not about $question', ({ question }) => {
    const { judge } = ruleScene({ match: 'live/**', events: ['publish'] });
    expect(judge(question)).toEqual({ says: 'nothing' });
  });

  test('without what rules take as credentials', async () => {
    const { scene, judge } = ruleScene();
    scene.reply = replied({ allow: true });
    await judge({ query: 'key=hush&x=y', credentials: { password: 'hush' } });
    expect(scene.sent[0]?.request.body).toContain('"query":"&x=y"');
    expect(scene.sent[0]?.request.body).not.toContain('hush');
  });

  test('again as a recheck, which says of what', async () => {
    const { scene, judge } = ruleScene();
    scene.reply = replied({ allow: true });
    await judge({ intent: 'again', verb: 'publish' });
    expect(JSON.parse(scene.sent[0]?.request.body ?? '')).toMatchObject({
      event: 'recheck',
      verb: 'publish',
    });
  });

  test('nobody for a list of streams, which shows what is known', async () => {
    const { scene, judge } = ruleScene();
    const listed = { intent: 'look', session: '', protocol: 'http-flv' } as const;
    expect(judge(listed)).toMatchObject({ refused: 'hook' });
    scene.reply = replied({ allow: true, cacheForMs: 1000 });
    await judge({ protocol: 'http-flv' });
    expect(judge(listed)).toEqual({ says: 'nothing' });
    expect(scene.sent.length).toBe(1);
  });
});

test.each([
  {
    answer: { allow: true, rename: 'live/b', identity: 'ann', limits: { players: 1 }, playForMs: 5000 },
    verdict: { says: 'nothing', rename: 'live/b', identity: 'ann', limits: { players: 1 }, until: 5000 },
  },
  { answer: { allow: true, recheckMs: 5000 }, verdict: { says: 'nothing', recheckMs: 5000 } },
  {
    answer: { allow: false, message: 'not\u001b[2J \u202etoday' },
    verdict: { refused: 'hook', description: 'not\\x1b[2J \\u{202e}today' },
  },
  { answer: { allow: false }, verdict: { refused: 'hook', description: 'the server does not allow this' } },
  {
    answer: { allow: true, playForMs: 0 },
    verdict: { refused: 'expired', description: 'your access has expired' },
  },
  {
    answer: { redirect: 'https://me:hush@b.example/live/a.flv?token=hush' },
    verdict: {
      refused: 'redirected',
      description: 'it is at https://b.example:443/live/a.flv',
      redirect: 'https://me:hush@b.example:443/live/a.flv?token=hush',
    },
  },
])('$answer means $verdict', async ({ answer, verdict }) => {
  const { scene, judge } = ruleScene();
  scene.reply = replied(answer);
  expect(await judge()).toEqual(verdict);
});

test('a message is as long as a line', async () => {
  const { scene, judge } = ruleScene();
  scene.reply = replied({ allow: false, message: 'x'.repeat(1000) });
  expect(((await judge()) as { description: string }).description.length).toBe(200);
});

test('a redirection to a scheme that is not listed is of no use', async () => {
  const { scene, judge } = ruleScene({ redirectSchemes: ['rtmps'] });
  scene.reply = replied({ redirect: 'rtmp://b.example/live/a' });
  expect(await judge()).toMatchObject({ refused: 'hook-unavailable' });
  expect(scene.log.lines[0]?.text).toContain('redirects to rtmp://, which is none of its redirectSchemes');
});

describe('without an answer', () => {
  const yes = replied({ allow: true, identity: 'ann' });
  const no = { refused: 'hook-unavailable', description: expect.stringContaining('try again later') };

  test.each([
    { onUnavailable: 'deny', before: no, after: no },
    { onUnavailable: 'allow', before: { says: 'nothing' }, after: { says: 'nothing' } },
    { onUnavailable: 'last-answer', before: no, after: { says: 'nothing', identity: 'ann' } },
  ] as const)('$onUnavailable holds', async ({ onUnavailable, before, after }) => {
    const { scene, judge } = ruleScene({ onUnavailable });
    scene.reply = unreachable;
    expect(await judge()).toEqual(before);
    scene.reply = yes;
    await judge();
    scene.reply = unreachable;
    expect(await judge({ session: 's2' })).toEqual(after);
  });

  test('the last answer holds for so long, for the same credential and address, and may be a no', async () => {
    const { scene, judge } = ruleScene({ onUnavailable: 'last-answer', lastAnswerMs: 5000 });
    scene.reply = yes;
    await judge();
    scene.reply = unreachable;
    scene.clock.advance(4999);
    expect(await judge()).toMatchObject({ says: 'nothing' });
    expect(await judge({ address: '192.0.2.2' })).toEqual(no);
    expect(await judge({ query: 'key=other' })).toEqual(no);
    expect(await judge({ credentials: { token: 'other' } })).toEqual(no);
    scene.clock.advance(1);
    expect(await judge()).toEqual(no);
    scene.reply = replied({ allow: false, message: 'away' });
    scene.clock.advance(60_000); // until the hook is asked again
    await judge();
    scene.reply = unreachable;
    expect(await judge()).toEqual({ refused: 'hook', description: 'away' });
  });

  test('the last answer does not outlive a revocation, nor the time that it gave', async () => {
    const { scene, judge } = ruleScene({ onUnavailable: 'last-answer' });
    scene.reply = replied({ allow: true, playForMs: 1000 });
    await judge();
    await judge({ key: 'live/b' });
    scene.asker.revoke({ key: 'live/a' });
    scene.reply = unreachable;
    expect(await judge()).toEqual(no);
    expect(await judge({ key: 'live/b' })).toMatchObject({ until: 1000 });
    scene.clock.advance(1000);
    expect(await judge({ key: 'live/b' })).toMatchObject({ refused: 'expired' });
  });

  test('who is in stays in for as long as a last answer holds, and is asked about again', async () => {
    const { scene, judge } = ruleScene({ recheckMs: 10_000, lastAnswerMs: 30_000 });
    scene.reply = yes;
    expect(await judge()).toMatchObject({ recheckMs: 10_000 });
    scene.reply = unreachable;
    scene.clock.advance(29_999);
    expect(await judge({ intent: 'again' })).toMatchObject({ says: 'nothing', recheckMs: 10_000 });
    scene.clock.advance(1);
    expect(await judge({ intent: 'again' })).toEqual(no);
  });
});
