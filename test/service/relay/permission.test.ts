import { expect, test } from 'vitest';
import { sweepAccess } from '../../../src/service/access/access-sweep.ts';
import { Recheck } from '../../../src/service/access/recheck.ts';
import { askPermission, type MayOpen, type OutgoingWish } from '../../../src/service/relay/permission.ts';
import type { Grant, Verdict } from '../../../src/session/access.ts';
import type { SessionActivity } from '../../../src/session/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLog } from '../../support/recording-log.ts';

const wish: OutgoingWish = {
  verb: 'pull',
  key: 'live/a',
  url: 'rtmp://u:pass-word@first/live/a?token=sesame-open',
};

/** A question whose answer the test gives. */
class Question {
  readonly clock = new FakeClock(1000);
  readonly granted = new Set<SessionActivity>();
  readonly log = new RecordingLog();
  readonly heard: string[] = [];
  readonly wishes: OutgoingWish[] = [];
  released = 0;
  signal: AbortSignal | undefined;
  readonly #answer = Promise.withResolvers<Verdict>();
  readonly giveBack: () => void;

  /** @param open - what is done once it may */
  constructor(open: () => void = () => {}) {
    const mayOpen: MayOpen = (asked, signal) => {
      this.wishes.push(asked);
      this.signal = signal;
      return this.#answer.promise;
    };
    this.giveBack = askPermission({ access: { mayOpen, granted: this.granted }, log: this.log }, wish, {
      onGranted: () => {
        this.heard.push('granted');
        open();
      },
      onRefused: (description) => this.heard.push(description),
    });
  }

  grant(until = Number.POSITIVE_INFINITY): Grant {
    const release = (): void => {
      this.released++;
    };
    const endWait = (): void => {};
    const nothing = { identity: undefined, limits: {}, path: [], again: undefined };
    return { key: 'live/a', query: '', until, ...nothing, endWait, release };
  }

  async answer(verdict: Verdict): Promise<void> {
    this.#answer.resolve(verdict);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async fail(): Promise<void> {
    this.#answer.reject(new Error('no hook'));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('where nobody is asked the answer is yes, and at once', () => {
  const heard: string[] = [];
  const events = { onGranted: () => heard.push('granted'), onRefused: () => heard.push('refused') };
  askPermission({ log: new RecordingLog() }, wish, events)();
  expect(heard).toEqual(['granted']);
});

test('what was granted is given back once', async () => {
  const question = new Question();
  expect([question.wishes, question.heard]).toEqual([[wish], []]);
  await question.answer(question.grant());
  expect([question.heard, question.released]).toEqual([['granted'], 0]);
  question.giveBack();
  question.giveBack();
  expect([question.heard, question.released]).toEqual([['granted'], 1]);
});

test.each([
  { answer: 'a refusal', verdict: { refused: 'access', description: 'not there' } as const },
  { answer: 'a challenge', verdict: { challenges: ['Basic'], description: 'not there' } },
])('$answer is a no, in its words', async ({ verdict }) => {
  const question = new Question();
  await question.answer(verdict);
  expect(question.heard).toEqual(['not there']);
});

test('no answer is a no', async () => {
  const question = new Question();
  await question.fail();
  expect(question.heard).toEqual(['access control failed: Error: no hook']);
});

test('a question that is taken back is aborted, and what is granted afterwards is given back', async () => {
  const question = new Question();
  question.giveBack();
  expect(question.signal?.aborted).toBe(true);
  await question.answer(question.grant());
  expect([question.heard, question.released]).toEqual([[], 1]);
});

test('a question that is taken back has no answer, be it a fault', async () => {
  const question = new Question();
  question.giveBack();
  await question.fail();
  expect(question.heard).toEqual([]);
});

test('a permission with an end is over then, by the sweep that ends what sessions do', async () => {
  const question = new Question();
  sweepAccess(question.clock, question.granted, new Recheck());
  await question.answer(question.grant(3000));
  question.clock.advance(1999);
  expect(question.heard).toEqual(['granted']);
  question.clock.advance(1);
  expect(question.heard).toEqual(['granted', 'your access has expired']);
  question.giveBack();
  expect(question.granted.size).toBe(0);
});

test('a permission whose end is further away than a timer can wait is not over', async () => {
  const question = new Question();
  await question.answer(question.grant(2 ** 40));
  expect([question.heard, question.clock.pending]).toEqual([['granted'], 0]);
  sweepAccess(question.clock, question.granted, new Recheck());
  question.clock.advance(10_000);
  expect(question.heard).toEqual(['granted']);
});

test('an opening that throws is a fault of the relay, and a no', async () => {
  const question = new Question(() => {
    throw new TypeError(`not a URL: ${wish.url}`);
  });
  await question.answer(question.grant());
  expect(question.heard).toEqual(['granted', 'the relay failed to open the connection']);
  expect(question.log.find('bug').map(({ text }) => text)).toEqual([
    expect.stringContaining('TypeError: not a URL: rtmp://***@first/live/a?*** at '),
  ]);
  question.giveBack();
  expect(question.released).toBe(1);
});
