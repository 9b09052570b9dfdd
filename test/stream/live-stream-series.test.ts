import { expect, test } from 'vitest';
import { settings } from '../support/fake-studio.ts';
import { ToyStudio } from '../support/toy-studio.ts';

const begun = 'H one\nP 0 *a\nP 40 b';

test('the next of a series goes on where the one before has paused, in the midst of a keyframe group', () => {
  const studio = new ToyStudio();
  const first = studio.publish('first', 'x');
  studio.send(begun);
  const { news } = studio.join();
  expect(news()).toBe('header one\n0@0 *a\n1@40 b\n');
  first.leave('paused');
  studio.clock.advance(settings.pauseMs - 1);
  const second = studio.publish('second', 'x');
  expect(second.goesOnFrom?.map(({ payload }) => `${payload}`)).toEqual(['one']);
  studio.send('P 80 c\nP 120 *d');
  expect(news()).toBe('2@80 c\n3@120 *d\n');
  studio.clock.advance(settings.pauseMs * 2); // it has not paused again
  expect(news()).toBe('');
  expect(studio.replaced).toEqual(['one']);
});

test('whoever has left for a pause sends nothing more, and does not end what the next one sends', () => {
  const studio = new ToyStudio();
  const first = studio.publish('first', 'x');
  studio.send(begun);
  const { news } = studio.join();
  news();
  first.leave('paused');
  studio.publish('second', 'x');
  first.leave('ended');
  studio.send('P 80 c');
  expect(news()).toBe('2@80 c\n');
});

test('a pause that is too long is a loss: the stream waits, then it is over', () => {
  const studio = new ToyStudio();
  studio.publish('first', 'x').leave('lost');
  const second = studio.publish('second', 'x');
  studio.send(begun);
  const { news } = studio.join();
  second.leave('paused');
  studio.clock.advance(settings.pauseMs + settings.graceMs);
  expect(news()).toBe('header one\n0@0 *a\n1@40 b\nended');
});

test.each([
  ['of another series', 'y'],
  ['of no series', undefined],
])('a publisher %s takes over what has paused at its first keyframe', (_, series) => {
  const studio = new ToyStudio();
  const first = studio.publish('first', 'x');
  studio.send(begun);
  const { news } = studio.join();
  news();
  first.leave('paused');
  const second = studio.publish('second', series);
  expect(second.goesOnFrom).toBeUndefined();
  studio.send('H two\nP 500 c');
  expect(news()).toBe('');
  studio.send('P 540 *d');
  expect(news()).toMatch(/^change two\n2@\d+ \*d\n$/);
});

test('one of the same series that comes before a pause is a publisher like any other', () => {
  const studio = new ToyStudio();
  studio.publish('first', 'x');
  studio.send(begun);
  expect(studio.publish('second', 'x').goesOnFrom).toBeUndefined();
  studio.send('H two\nP 500 *d');
  expect(studio.replaced).toEqual(['one', 'first']);
});
