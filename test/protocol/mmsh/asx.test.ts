import { expect, test } from 'vitest';
import { encodeAsx } from '../../../src/protocol/mmsh/asx.ts';

test('lists URLs in their order', () => {
  const urls = ['mmsh://relay.example/streams/a', 'http://relay.example/live/a.asf'];
  expect(encodeAsx(urls)).toBe(
    `<ASX version="3.0">
  <Entry>
    <Ref href="mmsh://relay.example/streams/a" />
    <Ref href="http://relay.example/live/a.asf" />
  </Entry>
</ASX>
`.replaceAll('\n', '\r\n'),
  );
});

test.each([
  ['http://h/a?x=1&y=2', 'http://h/a?x=1&y=2'],
  ['http://h/a?x=1&amp;y=2&#38;&lt=1', 'http://h/a?x=1&amp;amp;y=2&amp;#38;&lt=1'],
  ['http://h/"><Ref href="http://evil/', 'http://h/%22%3E%3CRef%20href=%22http://evil/'],
  ['http://h/a\r\n\0\x1b[2J\x85b', 'http://h/a%0D%0A%00%1B[2J%C2%85b'],
  ["http://h/'ü", "http://h/'ü"],
])('escapes %j', (url, escaped) => {
  expect(encodeAsx([url])).toContain(`<Ref href="${escaped}" />`);
});
