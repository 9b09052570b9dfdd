import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeResume, encodeResume } from '../../src/session/resume-text.ts';
import type { ResumePoint } from '../../src/stream/resuming/resume-point.ts';

const hash = '9f86d081884c7d65';
const other = '0a1b2c3d4e5f6071';

const points = fc.record<ResumePoint>({
  from: fc.constantFrom('frame', 'keyframe'),
  marks: fc.array(
    fc.record({
      timestamp: fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
      hash: fc.stringMatching(/^[\da-f]{16}$/),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

describe('a point as text', () => {
  test.each<{ text: string; point: ResumePoint }>([
    {
      text: `frame;123456-${hash};123440-${other}`,
      point: {
        from: 'frame',
        marks: [
          { timestamp: 123_456, hash },
          { timestamp: 123_440, hash: other },
        ],
      },
    },
    { text: `keyframe;0-${hash}`, point: { from: 'keyframe', marks: [{ timestamp: 0, hash }] } },
    {
      text: `frame;4294967295-${hash}`,
      point: { from: 'frame', marks: [{ timestamp: 0xff_ff_ff_ff, hash }] },
    },
    {
      text: `keyframe${`;4294967295-${hash}`.repeat(8)}`,
      point: {
        from: 'keyframe',
        marks: Array.from({ length: 8 }, () => ({ timestamp: 0xff_ff_ff_ff, hash })),
      },
    },
  ])('$text', ({ text, point }) => {
    expect(encodeResume(point)).toBe(text);
    expect(decodeResume(text)).toEqual(point);
  });

  test('any point comes back as it was', () => {
    fc.assert(
      fc.property(points, (point) => {
        expect(decodeResume(encodeResume(point))).toEqual(point);
      }),
    );
  });
});

describe('no point', () => {
  test.each([
    { what: 'nothing', value: undefined },
    { what: 'no text', value: { from: 'frame', marks: [] } },
    { what: 'several headers', value: [`frame;1-${hash}`] },
    { what: 'an empty text', value: '' },
    { what: 'no marks', value: 'frame' },
    { what: 'an empty mark', value: 'frame;' },
    { what: 'a mark and an empty one', value: `frame;1-${hash};` },
    { what: 'another place', value: `header;1-${hash}` },
    { what: 'a place in capitals', value: `FRAME;1-${hash}` },
    { what: 'no place', value: `;1-${hash}` },
    { what: 'a time beyond uint32', value: `frame;4294967296-${hash}` },
    { what: 'a time of 11 digits', value: `frame;00000000001-${hash}` },
    { what: 'a time that is written otherwise', value: `frame;01-${hash}` },
    { what: 'a time before all', value: `frame;-1-${hash}` },
    { what: 'a broken time', value: `frame;1.5-${hash}` },
    { what: 'no time', value: `frame;-${hash}` },
    { what: 'no hash', value: 'frame;1-' },
    { what: 'a short hash', value: `frame;1-${hash.slice(1)}` },
    { what: 'a long hash', value: `frame;1-${hash}0` },
    { what: 'a hash in capitals', value: `frame;1-${hash.toUpperCase()}` },
    { what: 'a hash of other letters', value: `frame;1-${hash.slice(1)}g` },
    { what: 'more marks than there may be', value: `frame${`;1-${hash}`.repeat(9)}` },
    { what: 'a good mark and a bad one', value: `frame;1-${hash};2-x` },
    { what: 'spaces', value: ` frame;1-${hash}` },
    { what: 'another line behind it', value: `frame;1-${hash}\n` },
    { what: 'two headers in one', value: `frame;1-${hash}, frame;1-${hash}` },
    { what: 'a megabyte', value: `frame;1-${hash}${';'.repeat(2 ** 20)}` },
  ])('$what', ({ value }) => {
    expect(decodeResume(value)).toBeUndefined();
  });

  test('whatever is taken for one is what is written for it', () => {
    const pieces = fc.constantFrom('frame', 'keyframe', ';', '-', '1', '42949672', '96', hash, 'f', ' ', '0');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const point = decodeResume(text);
        if (point !== undefined) expect(encodeResume(point)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(decodeResume(value)).toBeUndefined();
      }),
    );
  });
});
