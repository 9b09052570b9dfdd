import { expect, test } from 'vitest';
import type { RefusalReason } from '../../../src/session/access.ts';
import { closeReason, lastAnswer, sentenceHeaders, statusOf } from '../../../src/session/http/http-status.ts';

test.each<{ refused: RefusalReason; play: number; publish: number }>([
  { refused: 'access', play: 403, publish: 403 },
  { refused: 'address-limit', play: 429, publish: 429 },
  { refused: 'conflict', play: 409, publish: 409 },
  { refused: 'draining', play: 503, publish: 503 },
  { refused: 'format', play: 406, publish: 406 },
  { refused: 'key', play: 400, publish: 400 },
  { refused: 'loop', play: 508, publish: 508 },
  { refused: 'no-source', play: 404, publish: 403 },
  { refused: 'not-found', play: 404, publish: 404 },
  { refused: 'password-limit', play: 503, publish: 503 },
  { refused: 'pending-limit', play: 503, publish: 503 },
  { refused: 'play-limit', play: 429, publish: 429 },
  { refused: 'pull-limit', play: 503, publish: 503 },
  { refused: 'session-limit', play: 503, publish: 503 },
  { refused: 'waiting-limit', play: 429, publish: 429 },
])('$refused is $play for a player and $publish for a publisher', ({ refused, play, publish }) => {
  expect(statusOf({ refused, description: '' }, 'play')).toBe(play);
  expect(statusOf({ refused, description: '' }, 'publish')).toBe(publish);
});

test.each([
  { status: 429, hasRetryAfter: true },
  { status: 503, hasRetryAfter: true },
  { status: 404, hasRetryAfter: false },
])('$status says when to come back: $hasRetryAfter', ({ status, hasRetryAfter }) => {
  expect('retry-after' in sentenceHeaders(status, 'no')).toBe(hasRetryAfter);
});

test('a last answer has a length, closes, and has no body for HEAD', () => {
  const text = 'not here: café\n';
  const headers = sentenceHeaders(404, text);
  const whole = lastAnswer(404, headers, text, true).toString();
  expect(whole).toMatch(/^HTTP\/1\.1 404 Not Found\r\ndate: .* GMT\r\nconnection: close\r\n/);
  expect(whole).toContain(`content-length: ${Buffer.byteLength(text)}\r\n`);
  expect(whole.split('\r\n\r\n')[1]).toBe(text);
  expect(lastAnswer(404, headers, text, false).toString()).toMatch(/\r\n\r\n$/);
});

test.each([
  { text: 'x'.repeat(123), bytes: 123 },
  { text: 'x'.repeat(124), bytes: 123 },
  { text: 'é'.repeat(62), bytes: 122 },
])('a reason is cut to what a close frame holds, not inside a character', ({ text, bytes }) => {
  const reason = closeReason(text);
  expect(Buffer.byteLength(reason)).toBe(bytes);
  expect(text.startsWith(reason)).toBe(true);
});
