import { expect, test } from 'vitest';
import { noPlaces, parseDescription } from '../../../src/recording/store/description.ts';

const some = {
  version: 1,
  recording: {
    ...{
      key: 'recordings/live/a/1',
      stream: 'live/a',
      id: '1',
      family: 'FLV',
      state: 'finished',
      run: 'r',
      part: 1,
    },
    ...{ startedAt: '2026-11-23T00:00:00Z', durationMs: 1, bytes: 2 },
    ...{ hasVideo: true, isSealed: false, isUploaded: false },
  },
  headBytes: 100,
  places: noPlaces,
  ...{ writer: null, form: null, upload: null },
};

test('what was written is read', () => {
  expect(parseDescription(JSON.stringify(some))).toEqual(some);
});

test.for([
  ['a head for which there is not the memory', { headBytes: 2 ** 40 }],
  ['a head that is no count', { headBytes: -1 }],
  ['places that are none', { places: { ...noPlaces, offsets: ['a'] } }],
  ['another version', { version: 2 }],
  ['notes that are none', { upload: [] }],
])('%s is no description', ([, change]) => {
  expect(parseDescription(JSON.stringify({ ...some, ...(change as object) }))).toBeUndefined();
});
