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
  ['http://h/a?x=1&y=2', 'http://h/a?x=1&amp;y=2'],
  ['http://h/"><Ref href="http://evil/', 'http://h/&quot;&gt;&lt;Ref href=&quot;http://evil/'],
  ['http://h/a\r\n\0\x1b[2J\x85b', 'http://h/a[2Jb'],
  ["http://h/'ü", "http://h/'ü"],
])('escapes %j', (url, escaped) => {
  expect(encodeAsx([url])).toContain(`<Ref href="${escaped}" />`);
});
