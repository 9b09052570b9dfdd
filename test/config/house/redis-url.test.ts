import { expect, test } from 'vitest';
import { readRedisUrl, redisUrlProblem } from '../../../src/config/house/redis-url.ts';

const nobody = { username: null, password: null, database: 0 };

test.each([
  {
    url: 'redis://10.0.0.1',
    server: { host: '10.0.0.1', port: 6379, isTls: false },
    shown: 'redis://10.0.0.1:6379/0',
  },
  { url: 'redis://host:80/', server: { host: 'host', port: 80, isTls: false }, shown: 'redis://host:80/0' },
  {
    url: 'rediss://[::1]:7000',
    server: { host: '::1', port: 7000, isTls: true },
    shown: 'rediss://[::1]:7000/0',
  },
  {
    url: 'unix:///run/redis/redis.sock',
    server: { path: '/run/redis/redis.sock' },
    shown: 'unix:///run/redis/redis.sock',
  },
])('$url', ({ url, server, shown }) => {
  expect(readRedisUrl(url)).toEqual({ server, shown, ...nobody });
});

test('user, password and database are read, and not shown', () => {
  expect(readRedisUrl('redis://house:p%40ss%3Aword@host:6380/3')).toEqual({
    ...{ server: { host: 'host', port: 6380, isTls: false }, username: 'house', password: 'p@ss:word' },
    ...{ database: 3, shown: 'redis://host:6380/3' },
  });
  expect(readRedisUrl('redis://:word@host')).toMatchObject({ username: null, password: 'word' });
});

test.each([
  ...[
    '',
    'host',
    'http://host',
    'redis://',
    'redis://host:0',
    'redis://host:65536',
    'redis://host/x',
    'redis://host?a',
  ],
  ...['unix://', 'unix:///', 'redis://ho st', 'redis://%ff@host'],
])('%j is no URL of a Redis', (url) => {
  expect(redisUrlProblem(url)).toMatch(/^expected the URL of a Redis/);
});
