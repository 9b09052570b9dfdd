import { expect, test } from 'vitest';
import { RequestWindow, WINDOW_REQUESTS } from '../../../src/protocol/rtmpt/request-window.ts';

/** Where a request stands when these were answered and the last of them perhaps is yet to be. */
function placeIn(answered: readonly number[], isAnswering: boolean, number: number): string {
  const window = new RequestWindow();
  for (const one of answered) {
    window.begin(one);
    window.finish();
  }
  if (isAnswering) window.begin((window.last ?? 0) + 1);
  return window.placeOf(number);
}

test.each([
  { what: 'the first may have any number', answered: [], number: 17, place: 'next' },
  { what: 'the one after the last', answered: [4, 5], number: 6, place: 'next' },
  { what: 'one after a missing one', answered: [4, 5], number: 7, place: 'early' },
  { what: 'the furthest that may come early', answered: [5], number: 5 + WINDOW_REQUESTS, place: 'early' },
  { what: 'one beyond', answered: [5], number: 6 + WINDOW_REQUESTS, place: 'outside' },
  { what: 'the last once more', answered: [4, 5], number: 5, place: 'repeated' },
  { what: 'one of some time ago', answered: [90], number: 91 - WINDOW_REQUESTS, place: 'repeated' },
  { what: 'one of long ago', answered: [90], number: 90 - WINDOW_REQUESTS, place: 'outside' },
])('$what', ({ answered, number, place }) => {
  expect(placeIn(answered, false, number)).toBe(place);
});

test.each([
  { what: 'the one that is being answered once more', number: 6, place: 'present' },
  { what: 'the next one while another is answered', number: 7, place: 'early' },
])('$what', ({ number, place }) => {
  expect(placeIn([5], true, number)).toBe(place);
});
