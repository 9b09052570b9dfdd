import { expect, test } from 'vitest';
import { type StreamSettings, streamSettings } from '../../../../src/config/stream-settings.ts';
import { Additions } from '../../../../src/service/relay/changing/additions.ts';

const configured = streamSettings.parse([
  {
    match: 'events/*',
    source: { type: 'push', maxFramesPerSecond: 60 },
    forward: ['rtmp://cdn.example/{key}'],
  },
  { match: 'far/**', source: { type: 'pull', urls: ['rtmp://parent.example/{key}'] } },
]);

function before(...all: Parameters<Additions['configure']>[0]): readonly StreamSettings[] {
  const additions = new Additions();
  additions.configure(all);
  const entries = additions.before(configured);
  expect(entries.slice(-configured.length)).toEqual(configured);
  return entries.slice(0, -configured.length);
}

test('without additions the entries are those of the configuration', () => {
  expect(before()).toEqual([]);
});

test('a pull stands in front, is always wanted, leads nowhere else, and keeps the forwards of its stream', () => {
  const urls = ['rtmp://a.example/live/x', 'rtmp://b.example/live/x'];
  expect(before({ is: 'pull', id: 'u1', stream: 'events/x', urls })).toMatchObject([
    {
      match: 'events/x',
      source: { type: 'pull', urls, start: 'always', redirectHosts: [] },
      forward: ['rtmp://cdn.example/{key}'],
    },
  ]);
});

test('a forward comes behind those that are configured, and leaves the source as it is', () => {
  const url = 'rtmp://other.example/live/x';
  expect(
    before(
      { is: 'forward', id: 'f1', stream: 'events/x', url },
      { is: 'forward', id: 'f1', stream: 'far/y', url },
    ),
  ).toEqual([
    {
      match: 'events/x',
      source: configured[0]?.source,
      forward: ['rtmp://cdn.example/{key}', url],
      record: 'onWish',
    },
    { match: 'far/y', source: configured[1]?.source, forward: [url], record: 'onWish' },
  ]);
});

test('a stream that is pulled and forwarded has one entry', () => {
  const [entry, ...more] = before(
    { is: 'forward', id: 'f1', stream: 'new/x', url: 'rtmp://other.example/live/x' },
    { is: 'pull', id: 'u1', stream: 'new/x', urls: ['rtmp://a.example/live/x'] },
  );
  expect(entry).toMatchObject({
    match: 'new/x',
    source: { type: 'pull' },
    forward: ['rtmp://other.example/live/x'],
  });
  expect(more).toEqual([]);
});

test('a forward of a stream that nobody may bring waits for an entry of the configuration', () => {
  expect(before({ is: 'forward', id: 'f1', stream: 'new/x', url: 'rtmp://other.example/live/x' })).toEqual(
    [],
  );
});

test('it is known what was added, with placeholders filled in', () => {
  const additions = new Additions();
  additions.configure([
    { is: 'pull', id: 'u1', stream: 'far/x', urls: ['rtmp://a.example/live/x'] },
    { is: 'forward', id: 'f1', stream: 'events/x', url: 'rtmp://other.example/{app}/y' },
  ]);
  expect(additions.pulls('far/x')).toBe(true);
  expect(additions.pulls('events/x')).toBe(false);
  expect(additions.forwardsOf('events/x')).toEqual([
    { id: 'f1', url: 'rtmp://other.example/events/y', origin: 'api' },
  ]);
  expect(additions.forwardsOf('far/x')).toEqual([]);
});
