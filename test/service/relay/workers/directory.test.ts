import { expect, test } from 'vitest';
import { Directory } from '../../../../src/service/relay/workers/directory.ts';

test('the home of a stream is the first worker that asks, until no worker uses it any more', () => {
  const directory = new Directory();
  expect(directory.find(['live/a'], 1)).toEqual({ key: 'live/a', home: 1 });
  expect(directory.find(['live/a'], 0)).toEqual({ key: 'live/a', home: 1 });
  directory.done('live/a', 1);
  expect(directory.find(['live/a'], 0)).toEqual({ key: 'live/a', home: 1 });
  directory.done('live/a', 0);
  directory.done('live/a', 0);
  expect(directory.size).toBe(0);
  expect(directory.find(['live/a'], 0)).toEqual({ key: 'live/a', home: 0 });
});

test('of several readings the one that is published counts, else the first', () => {
  const directory = new Directory();
  directory.find(['live/b'], 1);
  expect(directory.find(['live/a', 'live/b'], 0).key).toBe('live/a');
  directory.setPublished('live/b', 0, true); // not its home
  expect(directory.find(['live/a', 'live/b'], 0).key).toBe('live/a');
  directory.setPublished('live/b', 1, true);
  expect(directory.published()).toEqual(['live/b']);
  expect(directory.find(['live/a', 'live/b'], 0)).toEqual({ key: 'live/b', home: 1 });
  directory.setPublished('live/b', 1, false);
  expect(directory.find(['live/a', 'live/b'], 0).key).toBe('live/a');
  expect(directory.size).toBe(2);
});

test('a worker that is lost leaves its streams to those who use them', () => {
  const directory = new Directory();
  for (const worker of [0, 1, 2]) directory.find(['live/shared'], worker);
  directory.find(['live/alone'], 0);
  directory.find(['live/elsewhere'], 1);
  directory.find(['live/elsewhere'], 0);
  directory.setPublished('live/shared', 0, true);
  expect(directory.lose(0, [1, 2])).toEqual([{ key: 'live/shared', home: 1, isKept: false, users: [1, 2] }]);
  expect(directory.published()).toEqual([]);
  expect(directory.find(['live/alone'], 2).home).toBe(2);
  expect(directory.find(['live/elsewhere'], 2).home).toBe(1);
});

test('streams that are always wanted are spread, and find another home, or wait for the worker that comes again', () => {
  const directory = new Directory();
  directory.keep(['tv/a', 'tv/b', 'tv/c'], 2);
  expect([directory.keptBy(0), directory.keptBy(1)]).toEqual([['tv/a', 'tv/c'], ['tv/b']]);
  directory.find(['tv/b'], 0);
  directory.done('tv/b', 0);
  expect(directory.lose(1, [0])).toEqual([{ key: 'tv/b', home: 0, isKept: true, users: [0] }]);
  expect(directory.keptBy(0)).toEqual(['tv/a', 'tv/b', 'tv/c']);
  expect(directory.lose(0, [])).toEqual([]);
  expect(directory.keptBy(0)).toEqual(['tv/a', 'tv/b', 'tv/c']);
});

test('a new configuration adds and takes away what is always wanted', () => {
  const directory = new Directory();
  directory.keep(['tv/a', 'tv/b'], 2);
  directory.find(['tv/b'], 0);
  directory.find(['tv/c'], 1);
  directory.keep(['tv/c', 'tv/d'], 2);
  expect([directory.keptBy(0), directory.keptBy(1)]).toEqual([[], ['tv/c', 'tv/d']]);
  expect(directory.size).toBe(3); // tv/b is still played
  directory.done('tv/b', 0);
  directory.done('tv/c', 1);
  expect(directory.size).toBe(2);
});
