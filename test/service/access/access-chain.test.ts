import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccessChain } from '../../../src/service/access/access-chain.ts';
import type { AccessRule, Opinion, Question, RuleVerdict } from '../../../src/service/access/rule.ts';
import type { AccessRequest, Grant, Verdict } from '../../../src/session/access.ts';
import { requestOf } from '../../support/access-question.ts';
import { RecordingLog } from '../../support/recording-log.ts';

type Judge = (question: Question, signal: AbortSignal) => RuleVerdict | Promise<RuleVerdict>;

const allow: Judge = () => ({ says: 'allow' });

/** A chain of these rules, and what they were asked. */
class ChainScene {
  readonly log = new RecordingLog();
  readonly asked: string[] = [];
  readonly taken = new Set<string>();
  readonly gaveBackTwice: string[] = [];
  readonly leaving = new AbortController();
  readonly chain: AccessChain;

  constructor(
    judges: readonly Judge[],
    choose = (readings: AccessRequest['readings']) => readings[1] ?? { key: '', query: '' },
  ) {
    const rules = judges.map((judge, index): AccessRule => {
      const name = `rule ${index}`;
      return {
        name,
        judge: (question, signal) => {
          this.asked.push(name);
          return judge(question, signal);
        },
      };
    });
    this.chain = new AccessChain(rules, choose, this.log);
  }

  /** A rule that has taken something by the time it answers. */
  taking(name: string, after?: Promise<void>): Judge {
    const take = (): RuleVerdict => {
      this.taken.add(name);
      const release = (): void => {
        if (!this.taken.delete(name)) this.gaveBackTwice.push(name);
      };
      return { says: 'nothing', lease: { release } };
    };
    return () => (after === undefined ? take() : after.then(take));
  }

  ask(request: Partial<AccessRequest> = {}): Promise<Verdict> {
    return this.chain.ask(requestOf(request), this.leaving.signal);
  }

  async granted(request: Partial<AccessRequest> = {}): Promise<Grant> {
    const verdict = await this.ask(request);
    if (!('key' in verdict)) throw new Error(verdict.description);
    return verdict;
  }
}

/** A chain in which some rules take something: made in two steps because rules and scene need each other. */
function takingScene(judgesOf: (scene: ChainScene) => readonly Judge[]): ChainScene {
  const judges: Judge[] = [];
  const scene: ChainScene = new ChainScene([(question, signal) => ask(0, question, signal)]);
  const ask = (index: number, question: Question, signal: AbortSignal) =>
    (judges[index] ?? allow)(question, signal);
  judges.push(...judgesOf(scene));
  scene.chain.configure(judges.map((judge, index) => ({ name: `rule ${index}`, judge })));
  return scene;
}

describe('what rules say reaches the grant', () => {
  test('key and query of what was asked, and no end, where they say nothing more', async () => {
    const grant = await new ChainScene([allow]).granted({ readings: [{ key: 'live/a', query: 't=1' }] });
    expect(grant).toMatchObject({ key: 'live/a', query: 't=1', until: Number.POSITIVE_INFINITY });
    expect([grant.identity, grant.limits, grant.path]).toEqual([undefined, {}, []]);
  });

  test('end, identity and limits', async () => {
    const scene = new ChainScene([
      () => ({ says: 'allow', until: 5000, identity: 'ann', limits: { players: 3, bytes: 10 } }),
      () => ({ says: 'nothing', until: 4000, limits: { players: 2 } }),
    ]);
    expect(await scene.granted()).toMatchObject({
      until: 4000,
      identity: 'ann',
      limits: { players: 2, bytes: 10 },
    });
  });

  test('a new name, which the rules behind judge', async () => {
    const keys: string[] = [];
    const scene = new ChainScene([
      allow,
      () => ({ says: 'nothing', rename: 'live/b' }),
      ({ key }) => {
        keys.push(key);
        return { says: 'nothing', rename: 'live/c' };
      },
    ]);
    expect((await scene.granted()).key).toBe('live/b');
    expect(keys).toEqual(['live/b']);
  });

  test('a path, once a rule believes it, and not before', async () => {
    const paths: (readonly string[])[] = [];
    const see: Judge = ({ path }) => {
      paths.push(path);
      return { says: 'nothing' };
    };
    const believing = new ChainScene([allow, see, () => ({ says: 'nothing', believesPath: true }), see]);
    expect((await believing.granted({ path: ['r1', 'r2'] })).path).toEqual(['r1', 'r2']);
    expect(paths).toEqual([[], ['r1', 'r2']]);
    expect((await new ChainScene([allow]).granted({ path: ['r1'] })).path).toEqual([]);
  });

  test('a refusal, with where to go instead; nobody behind it is asked', async () => {
    const refusal = { refused: 'access', description: 'not here', redirect: 'rtmp://other/live/a' } as const;
    const scene = new ChainScene([allow, () => refusal, allow]);
    expect(await scene.ask()).toBe(refusal);
    expect(scene.asked).toEqual(['rule 0', 'rule 1']);
  });

  test('a challenge, whatever others allow; nobody behind it is asked', async () => {
    const challenge = { challenges: ['Basic realm="streams"'], description: 'who are you?' };
    const scene = new ChainScene([allow, () => challenge, allow]);
    expect(await scene.ask()).toBe(challenge);
    expect(scene.asked).toEqual(['rule 0', 'rule 1']);
  });

  test('no rule, no grant', async () => {
    expect(await new ChainScene([]).ask()).toMatchObject({ refused: 'access' });
  });
});

describe('a new name that is for all rules', () => {
  /** A rule that gives this name to whatever has that one. */
  function renaming(name: string, from: string, to: string, terms: Partial<Opinion> = {}): AccessRule {
    return {
      name,
      renamesForAll: true,
      judge: ({ key }) => (key === from ? { says: 'nothing', rename: to, ...terms } : { says: 'nothing' }),
    };
  }

  function chainOf(...rules: readonly AccessRule[]) {
    const log = new RecordingLog();
    return new AccessChain(rules, ([first = { key: '', query: '' }]) => first, log);
  }

  const { signal } = new AbortController();
  const allowing: AccessRule = { name: 'allowing', judge: allow };

  test('is judged by those before it, too, and by the one that gave it no more', async () => {
    const seen: string[] = [];
    const lists: AccessRule = {
      name: 'lists',
      judge: ({ key, identity }) => {
        seen.push(`${key} ${identity}`);
        return { says: key === 'live/b' ? 'allow' : 'nothing', believesPath: true };
      },
    };
    const chain = chainOf(lists, renaming('hook', 'live/a', 'live/b', { identity: 'ann', until: 5 }));
    const grant = await chain.ask(requestOf({ path: ['r1'] }), signal);
    expect(grant).toMatchObject({ key: 'live/b', identity: 'ann', until: 5, path: ['r1'] });
    expect(seen).toEqual(['live/a undefined', 'live/b ann']);
  });

  test('is refused where they refuse it, or where nobody allows it', async () => {
    const only: AccessRule = {
      name: 'only',
      judge: ({ key }) => (key === 'live/a' ? { says: 'allow' } : { says: 'nothing' }),
    };
    const chain = chainOf(only, renaming('hook', 'live/a', 'live/b'));
    expect(await chain.ask(requestOf(), signal)).toMatchObject({ refused: 'access' });
    const refusal = { refused: 'no-source', description: 'it is pulled' } as const;
    const entry: AccessRule = {
      name: 'entry',
      judge: ({ key }) => (key === 'live/b' ? refusal : { says: 'allow' }),
    };
    expect(await chainOf(entry, renaming('hook', 'live/a', 'live/b')).ask(requestOf(), signal)).toBe(refusal);
  });

  test('is given once: two that rename for each other come to an end', async () => {
    const chain = chainOf(
      allowing,
      renaming('one', 'live/a', 'live/b'),
      renaming('other', 'live/b', 'live/a'),
    );
    expect(await chain.ask(requestOf(), signal)).toMatchObject({
      refused: 'access',
      description: 'the server gives this stream one name after the other',
    });
  });

  test('gives back what was taken under the former one, and is asked about again by what was asked for', async () => {
    const taken: string[] = [];
    const taking: AccessRule = {
      name: 'taking',
      judge: ({ key }) => {
        taken.push(key);
        return { says: 'allow', lease: { release: () => taken.splice(taken.indexOf(key), 1) } };
      },
    };
    const grant = await chainOf(taking, renaming('hook', 'live/a', 'live/b', { recheckMs: 1000 })).ask(
      requestOf(),
      signal,
    );
    if (!('key' in grant)) throw new Error(grant.description);
    expect(taken).toEqual(['live/b']);
    expect(grant.again).toMatchObject({ everyMs: 1000, request: { readings: [{ key: 'live/a' }] } });
    grant.release();
    expect(taken).toEqual([]);
  });
});

describe('of several readings', () => {
  const readings = [
    { key: 'live/a', query: '' },
    { key: 'live', query: 'a' },
  ];

  test('one is chosen before any rule judges', async () => {
    const scene = new ChainScene([({ key, query }) => ({ says: 'allow', identity: `${key}?${query}` })]);
    expect((await scene.granted({ readings })).identity).toBe('live?a');
  });

  test('nothing is asked where there is one only', async () => {
    const scene = new ChainScene([allow], () => {
      throw new Error('asked');
    });
    expect((await scene.granted()).key).toBe('live/a');
  });

  test('none that can be chosen is a refusal', async () => {
    const scene = new ChainScene([allow], () => {
      throw new Error('no directory');
    });
    expect(await scene.ask({ readings })).toMatchObject({ refused: 'access' });
    expect(scene.asked).toEqual([]);
    expect(scene.log.find('bug')).toHaveLength(1);
  });
});

describe('a rule that fails', () => {
  test.each([
    {
      how: 'throws',
      fail: () => {
        throw new Error('broken');
      },
    },
    { how: 'rejects', fail: () => Promise.reject(new Error('broken')) },
  ])('refuses when it $how, and the log says so', async ({ fail }) => {
    const scene = takingScene((own) => [allow, own.taking('before'), fail, allow]);
    expect(await scene.ask()).toEqual({
      refused: 'access',
      description: 'the server could not decide whether this is allowed',
    });
    expect(scene.taken).toEqual(new Set());
    const [line] = scene.log.find('bug');
    expect(line?.text).toContain('access rule rule 2: Error: broken');
  });
});

describe('what rules took', () => {
  test('is held until the grant is released, and given back once', async () => {
    const scene = takingScene((own) => [allow, own.taking('a'), own.taking('b')]);
    const grant = await scene.granted();
    expect(scene.taken).toEqual(new Set(['a', 'b']));
    grant.release();
    grant.release();
    expect([scene.taken.size, scene.gaveBackTwice]).toEqual([0, []]);
  });

  test('for a wait is given back when that is over, the rest is kept; a lease that fails costs no other', async () => {
    const told: string[] = [];
    const lease =
      (name: string, fails = false) =>
      () => ({
        says: 'allow' as const,
        lease: {
          endWait: () => {
            told.push(`${name} waits no more`);
            if (fails) throw new Error('stuck');
          },
          release: () => told.push(`${name} is over`),
        },
      });
    const scene = takingScene(() => [
      lease('a', true),
      () => ({ says: 'nothing', lease: { release: () => {} } }),
      lease('b'),
    ]);
    const grant = await scene.granted();
    grant.endWait();
    expect([told.splice(0), scene.log.find('bug').length]).toEqual([
      ['a waits no more', 'b waits no more'],
      1,
    ]);
    grant.release();
    grant.endWait();
    expect(told).toEqual(['b is over', 'a is over']);
  });

  test('is given back though one lease cannot be', async () => {
    const scene = takingScene((own) => [
      allow,
      own.taking('a'),
      () => ({
        says: 'nothing',
        lease: {
          release: () => {
            throw new Error('stuck');
          },
        },
      }),
    ]);
    (await scene.granted()).release();
    expect([scene.taken.size, scene.log.find('bug').length]).toEqual([0, 1]);
  });

  test('is given back when the peer leaves midway, also what comes after that', async () => {
    const late = Promise.withResolvers<void>();
    const scene = takingScene((own) => [allow, own.taking('early'), own.taking('late', late.promise)]);
    const answer = scene.ask();
    const left = new Error('left');
    await new Promise(setImmediate);
    expect(scene.taken).toEqual(new Set(['early']));
    scene.leaving.abort(left);
    await expect(answer).rejects.toBe(left);
    expect(scene.taken).toEqual(new Set());
    late.resolve();
    await new Promise(setImmediate);
    expect([scene.taken.size, scene.gaveBackTwice]).toEqual([0, []]);
  });

  test('is nothing when the peer has left before', async () => {
    const scene = new ChainScene([allow]);
    scene.leaving.abort(new Error('left'));
    await expect(scene.ask()).rejects.toThrow('left');
    expect(scene.asked).toEqual([]);
  });

  const step = fc.constantFrom(
    'allow',
    'take',
    'take late',
    'refuse',
    'challenge',
    'throw',
    'reject',
    'wait',
  );
  test('is given back whatever the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        fc.option(fc.nat({ max: 30 }), { nil: undefined }),
        async (steps, leavesAfter) => {
          const scene = takingScene((own) => steps.map((kind, index) => judgeOf(kind, index, own)));
          const answer = scene.ask().catch(() => undefined);
          if (leavesAfter !== undefined) {
            for (let turn = 0; turn < leavesAfter; turn++) await undefined; // at every place between two steps
            scene.leaving.abort();
          }
          const verdict = await answer;
          if (verdict !== undefined && 'release' in verdict) verdict.release();
          await new Promise(setImmediate);
          expect([[...scene.taken], scene.gaveBackTwice]).toEqual([[], []]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function judgeOf(kind: string, index: number, scene: ChainScene): Judge {
  switch (kind) {
    case 'take':
      return scene.taking(`${index}`);
    case 'take late':
      return scene.taking(`${index}`, Promise.resolve());
    case 'refuse':
      return () => ({ refused: 'access', description: 'no' });
    case 'challenge':
      return () => ({ challenges: ['who'], description: 'who?' });
    case 'throw':
      return () => {
        throw new Error('broken');
      };
    case 'reject':
      return () => Promise.reject(new Error('broken'));
    case 'wait':
      return () => Promise.resolve().then(() => ({ says: 'nothing' as const }));
    default:
      return allow;
  }
}

test('rules that come with new settings are for those who ask then', async () => {
  const scene = new ChainScene([allow]);
  const grant = await scene.granted();
  scene.chain.configure([]);
  expect(await scene.ask()).toMatchObject({ refused: 'access' });
  grant.release();
});
