import { expect, test } from 'vitest';
import type { FrameWriter, WireForm } from '../../../src/stream/fan-out/wire-form.ts';
import { toyForm } from '../../support/toy-family.ts';
import { ToyStudio } from '../../support/toy-studio.ts';

const beginning: FrameWriter = {
  sizeOf: ({ payload }) => payload.length + 3,
  write: (target, at, { payload }) => at + target.write(`<${payload}>\n`, at),
};

/** A form whose players begin at packets with a plus. */
const plus: WireForm = {
  ...toyForm,
  packing: { ...toyForm.packing, isRare: true, beginning, mayBegin: ({ payload }) => payload.includes('+') },
};

test('a player begins where its packing may, within the keyframe group, and not with what is before', () => {
  const studio = new ToyStudio();
  studio.send('H one\nP 0 *a\nP 40 b\nH two\nP 80 c+\nP 120 d');
  expect(studio.join(plus).news()).toBe('<one>\nchange two\n<c+>\n3@120 d\n');
});

test('without such a packet it waits for the next, which need not be a keyframe', () => {
  const studio = new ToyStudio();
  studio.send('H one\nP 0 *a\nP 40 b');
  const { news } = studio.join(plus);
  expect(news()).toBe('');
  studio.send('P 80 *c\nP 120 d\nP 160 e+\nP 200 f\nP 240 g+');
  expect(news()).toBe('<one>\n<e+>\n5@200 f\n6@240 g+\n');
});
