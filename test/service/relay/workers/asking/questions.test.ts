import { expect, test } from 'vitest';
import {
  type Answer,
  type Ask,
  answer,
  Questions,
} from '../../../../../src/service/relay/workers/asking/questions.ts';

interface Sums {
  add(a: number, b: number): number;
  later(word: string): Promise<string>;
}

function scene() {
  const asked: Ask<Sums>[] = [];
  return { asked, questions: new Questions<Sums>((question) => asked.push(question)) };
}

const sums: Sums = { add: (a, b) => a + b, later: async (word) => `${word} later` };

test('each question gets its own answer, in whatever order they come', async () => {
  const { asked, questions } = scene();
  const answered = [questions.ask('add', 1, 2), questions.ask('later', 'now'), questions.ask('add', 3, 4)];
  const answers: Answer[] = await Promise.all(asked.map((question) => answer(sums, question)));
  for (const one of answers.reverse()) questions.onAnswer(one);
  expect(await Promise.all(answered)).toEqual([3, 'now later', 7]);
});

test('an answer that nobody waits for does no harm', async () => {
  const { questions } = scene();
  questions.onAnswer({ say: 'answer', id: 5, answer: 1 });
  expect(await Promise.race([questions.ask('add', 1, 2), 'open'])).toBe('open');
});

test('what is open when the other thread ends fails', async () => {
  const { questions } = scene();
  const answered = questions.ask('add', 1, 2);
  questions.close(new Error('worker 1 ended with code 1'));
  await expect(answered).rejects.toThrow('worker 1 ended with code 1');
});
