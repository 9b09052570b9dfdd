import { expect, test } from 'vitest';
import type { WireForm } from '../../../src/stream/fan-out/wire-form.ts';
import { toyForm } from '../../support/toy-family.ts';
import { ToyStudio } from '../../support/toy-studio.ts';

/** A form whose players can take only headers of the same first letter in each other's place. */
const choosy: WireForm = {
  ...toyForm,
  goesOnWith: (before, after) => before.payload[0] === after.payload[0],
};

test('who cannot go on with a changed header ends with what came before it; others and those who wait go on', () => {
  const studio = new ToyStudio();
  studio.send('H one\nP 0 *a');
  const [stubborn, easy] = [studio.join(choosy), studio.join()];
  studio.send('P 40 b\nH other\nP 80 *c');
  expect(stubborn.news()).toBe('header one\n0@0 *a\n1@40 b\nchange other\n2@80 *c\n');
  expect(easy.news()).toBe('header one\n0@0 *a\n1@40 b\nchange other\n2@80 *c\n');
  studio.send('P 120 d\nH two\nP 160 *e');
  expect(stubborn.news()).toBe('3@120 d\nformat');
  expect(easy.news()).toBe('3@120 d\nchange two\n4@160 *e\n');
  const late = studio.join(choosy);
  expect(late.news()).toBe('header two\n4@160 *e\n');
});

test('a takeover with another header ends them as well, and not those who have not begun', () => {
  const studio = new ToyStudio();
  studio.send('H one\nP 0 *a');
  const stubborn = studio.join(choosy);
  studio.publish('second');
  studio.send('H two\nP 900 *b');
  expect(stubborn.news()).toBe('header one\n0@0 *a\nformat');
});
