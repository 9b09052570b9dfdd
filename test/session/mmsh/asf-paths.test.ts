import { expect, test } from 'vitest';
import { asfPaths } from '../../../src/session/mmsh/asf-paths.ts';

test.each([
  { path: '/live/cam1.asf', name: '/live/cam1' },
  { path: '/a/b/c.asf', name: '/a/b/c' },
  { path: '/streams/cam1', name: '/streams/cam1' },
  { path: '/streams/cam1/', name: '/streams/cam1' },
  { path: '/STREAMS/Cam1', name: '/streams/Cam1' },
  { path: '/Streams/Cam1.asf', name: '/streams/Cam1' },
  { path: '/streams/a/b', name: '/streams/a/b' },
  { path: '/streams/caf%C3%A9', name: '/streams/caf%C3%A9' },
])('$path is the stream $name', ({ path, name }) => {
  expect(asfPaths.nameIn(path)).toBe(name);
});

test.each([
  '/live/cam1',
  '/live/cam1.ASF',
  '/live/cam1.asf/',
  '/streams',
  '/streams/',
  '/streams//',
  '/streams/cam1//',
  '/streams//cam1',
  '/streams/cam1.nsc',
  '/stream/cam1',
  '/live/streams/cam1',
])('%s is none', (path) => {
  expect(asfPaths.nameIn(path)).toBeUndefined();
});

test('a stream is shown where players find it', () => {
  expect(['live/cam1', 'streams/cam1', 'streams/cam1.hd'].map((name) => asfPaths.pathOf(name))).toEqual([
    '/live/cam1.asf',
    '/streams/cam1',
    '/streams/cam1.hd.asf',
  ]);
});
