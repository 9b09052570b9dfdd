import { describe, expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { CredentialCheck } from '../../../../src/service/access/credentials/credential-check.ts';
import { WrittenRule } from '../../../../src/service/access/credentials/written-rule.ts';
import type { Question, RuleVerdict } from '../../../../src/service/access/rule.ts';
import { questionOf, verifierParts } from '../../../support/access-question.ts';
import { failuresOf } from '../../../support/failures.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const byKey = { type: 'key', values: ['right'] };
const byStreamKey = { type: 'key', streamKeys: { 'live/cam1': ['s3cret'] } };

/** A rule that asks for something, and a clock that says how long the answer takes. */
class CheckScene {
  readonly clock = new FakeClock();
  readonly failures = failuresOf(this.clock, { attempts: 3, blockMs: 5000 });
  readonly #check = new CredentialCheck(this, 1000);
  readonly #rule: WrittenRule;

  constructor(required: object = byKey) {
    const [rule] = relaySettings.parse({
      access: { rules: [{ verbs: ['play', 'publish'], require: [required] }] },
    }).access.rules;
    if (rule === undefined) throw new Error('no rule');
    this.#rule = new WrittenRule(rule, 'access.rules.0', verifierParts({ clock: this.clock }));
  }

  ask(question: Partial<Question>, signal = new AbortController().signal): Promise<RuleVerdict> {
    return this.#check.judge(this.#rule, questionOf(question), signal);
  }

  /** What it is told, and after how many milliseconds. */
  async answer(question: Partial<Question>, signal?: AbortSignal): Promise<[what: unknown, ms: number]> {
    const asked = this.ask(question, signal);
    const since = this.clock.now();
    for (let turn = 0; turn < 10; turn++) await undefined;
    if (this.clock.pending > 0) this.clock.advance(1000);
    const verdict = await asked;
    return ['refused' in verdict ? verdict.refused : 'allowed', this.clock.now() - since];
  }
}

describe('a credential that is wrong', () => {
  test('is no secret stream key where a page lists streams: whoever reloads it does not guess', async () => {
    const scene = new CheckScene(byStreamKey);
    const list = { intent: 'look', session: '' } as const;
    for (let i = 0; i < 4; i++) expect(await scene.answer(list)).toEqual(['credentials', 0]);
    expect(await scene.answer({ intent: 'look' })).toEqual(['credentials', 1000]);
  });

  test('is answered late, one that is right or missing is not', async () => {
    const scene = new CheckScene();
    expect(await scene.answer({ query: 'key=wrong' })).toEqual(['credentials', 1000]);
    expect(await scene.answer({ query: 'key=right' })).toEqual(['allowed', 0]);
    expect(await scene.answer({})).toEqual(['credentials', 0]);
    expect(await scene.answer({ query: 'key=wrong&key=wrong' })).toEqual(['credentials', 0]);
  });

  test('blocks its address when there are too many: a right one is not looked at either, nobody else is blocked', async () => {
    const scene = new CheckScene();
    for (let i = 0; i < 3; i++) await scene.answer({ query: 'key=wrong' });
    expect(await scene.answer({ query: 'key=right' })).toEqual(['blocked', 0]);
    expect(await scene.answer({ credentials: { token: 'right' } })).toEqual(['blocked', 0]);
    expect(await scene.answer({})).toEqual(['credentials', 0]);
    expect(await scene.answer({ query: 'key=right', address: '192.0.2.9' })).toEqual(['allowed', 0]);
    scene.clock.advance(5000);
    expect(await scene.answer({ query: 'key=right' })).toEqual(['allowed', 0]);
  });

  test('gains nothing by many tries at once', async () => {
    const scene = new CheckScene();
    const asked = ['a', 'b', 'c', 'right'].map((key) => scene.ask({ query: `key=${key}` }));
    for (let turn = 0; turn < 10; turn++) await undefined;
    scene.clock.advance(1000);
    const verdicts = await Promise.all(asked);
    expect(verdicts.at(-1)).toMatchObject({ refused: 'blocked' });
  });

  test('is one try where one question is about many streams', async () => {
    const scene = new CheckScene();
    const { signal } = new AbortController();
    for (let i = 0; i < 9; i++)
      await scene.answer({ query: 'key=wrong', key: `live/${i}`, intent: 'look' }, signal);
    expect(await scene.answer({ query: 'key=right' })).toEqual(['allowed', 0]);
  });

  test('is none of somebody who is there already, whose key is gone', async () => {
    const scene = new CheckScene();
    for (let i = 0; i < 5; i++)
      expect(await scene.answer({ query: 'key=gone', intent: 'again' })).toEqual(['credentials', 0]);
    expect(await scene.answer({ query: 'key=right' })).toEqual(['allowed', 0]);
  });

  test('leaves no timer behind where its peer has gone', async () => {
    const scene = new CheckScene();
    const leaving = new AbortController();
    const asked = scene.ask({ query: 'key=wrong' }, leaving.signal);
    for (let turn = 0; turn < 10; turn++) await undefined;
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    expect(scene.clock.pending).toBe(0);
  });
});

test('where stream keys are secret every one of them is a try', async () => {
  const scene = new CheckScene(byStreamKey);
  for (let i = 0; i < 3; i++)
    expect(await scene.answer({ verb: 'publish', key: `live/try${i}` })).toEqual(['credentials', 1000]);
  expect(await scene.answer({ verb: 'publish', key: 'live/s3cret' })).toEqual(['blocked', 0]);
});
