import { expect, test } from 'vitest';
import { AnswerStore } from '../../../../src/service/hooks/asked/answer-store.ts';

const held = { answer: { allow: true }, givenAt: 1000, until: Number.POSITIVE_INFINITY };

test('gives the latest answer while it is young enough', () => {
  const store = new AnswerStore();
  store.keep('a', { ...held, givenAt: 0 }, {});
  store.keep('a', held, {});
  expect(store.find('a', 500, 1499)).toBe(held);
  expect(store.find('a', 500, 1500)).toBeUndefined();
  expect(store.find('b', 500, 1000)).toBeUndefined();
  expect(store.count).toBe(1);
});

test('takes back what was answered about somebody, and nothing else', () => {
  const subjects = [
    { key: 'live/a', address: '192.0.2.1', identity: 'x' },
    { key: 'live/a', address: '192.0.2.2', identity: undefined },
    { key: 'live/b', address: '192.0.2.1', identity: 'y' },
  ];
  const left = (about: object): number[] => {
    const store = new AnswerStore();
    for (const [index, subject] of subjects.entries()) store.keep(`${index}`, held, subject);
    store.revoke(about);
    expect(store.revocations).toBe(1);
    return [0, 1, 2].filter((index) => store.find(`${index}`, 1, 1000) !== undefined);
  };
  expect(left({ key: 'live/a' })).toEqual([2]);
  expect(left({ address: '192.0.2.1' })).toEqual([1]);
  expect(left({ key: 'live/a', address: '192.0.2.1' })).toEqual([1, 2]);
  expect(left({ identity: 'y' })).toEqual([0, 1]);
  expect(left({})).toEqual([]);
});

test('is bounded in answers and in their characters: the oldest go', () => {
  const store = new AnswerStore();
  for (let i = 0; i < 50_010; i++) store.keep(`${i}`, held, {});
  expect(store.count).toBe(50_000);
  expect(store.find('9', 1, 1000)).toBeUndefined();
  expect(store.find('10', 1, 1000)).toBe(held);
  const long = { ...held, answer: { allow: false, message: 'x'.repeat(1000) } };
  for (let i = 0; i < 10_000; i++) store.keep(`long ${i}`, long, {});
  expect(store.count).toBeLessThan(8000);
  expect(store.find('long 9999', 1, 1000)).toBe(long);
});
