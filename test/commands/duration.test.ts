import { expect, test } from 'vitest';
import { durationText, parseDuration } from '../../src/commands/duration.ts';

test.each([
  { text: '60s', seconds: 60 },
  { text: '15m', seconds: 900 },
  { text: '2h', seconds: 7200 },
  { text: '30d', seconds: 2_592_000 },
  { text: '60', seconds: undefined },
  { text: '0s', seconds: undefined },
  { text: '-1s', seconds: undefined },
  { text: '1.5h', seconds: undefined },
  { text: '99999d', seconds: undefined },
  { text: '', seconds: undefined },
])('$text', ({ text, seconds }) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  { seconds: 0.4, text: '0 seconds' },
  { seconds: 1, text: '1 second' },
  { seconds: 3661, text: '1 hour 1 minute' },
  { seconds: 86_400 * 3 + 5, text: '3 days 5 seconds' },
])('$seconds seconds', ({ seconds, text }) => {
  expect(durationText(seconds)).toBe(text);
});
