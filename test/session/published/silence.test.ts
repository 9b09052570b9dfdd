import { expect, test } from 'vitest';
import { FlvMessageType } from '../../../src/family/flv/flv-family.ts';
import { Silence } from '../../../src/session/published/silence.ts';
import { frameOf } from '../../support/fake-media.ts';

/** Of `a` audio, `v` video, `d` data and `-` behind one of them that it has no byte: those that are passed on. */
function passed(script: string): string {
  const silence = new Silence();
  const types = { a: FlvMessageType.audio, v: FlvMessageType.video, d: FlvMessageType.dataAmf0 };
  const words = script.split(' ').filter(([kind = '', isEmpty]) => {
    const payload = Buffer.alloc(isEmpty === undefined ? 1 : 0, 0xaf);
    return silence.passes(frameOf({ type: types[kind as keyof typeof types], timestamp: 0, payload }));
  });
  return words.join(' ');
}

test.each([
  ['a a- a- a- a a- a', 'a a- a a- a'],
  ['a- a- v a a-', 'v a a-'],
  ['v v- v- v', 'v v'],
  ['d d- a d-', 'd a'],
  ['a v a- v- a- v a', 'a v a- v a'],
])('of %s goes on %s', (script, expected) => {
  expect(passed(script)).toBe(expected);
});
