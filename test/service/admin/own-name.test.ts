import { expect, test } from 'vitest';
import { isAskedByOwnName } from '../../../src/service/admin/own-name.ts';

test.each([
  'localhost',
  'LocalHost:9935',
  'localhost.',
  'relay.localhost:80',
  '127.0.0.1',
  '10.1.2.3:9935',
  '[::1]',
  '[2001:db8::1]:9935',
  'relay.example.com',
  'Relay.Example.com:443',
])('%s is a name of its own', (host) => {
  expect(isAskedByOwnName({ host }, ['Relay.example.com'])).toBe(true);
});

test.each([
  'evil.example',
  'relay.example.com.evil.example',
  'notlocalhost',
  'localhost.evil.example',
  '127.0.0.1.evil.example:9935',
  '1.2.3',
  '[::1',
  '[::1].evil.example',
  '[evil]',
  '::1',
  'localhost:80:80',
  'localhost@evil.example',
  'evil.example/localhost',
  ' localhost',
  '',
  '.',
])('%j is not', (host) => {
  expect(isAskedByOwnName({ host }, ['relay.example.com'])).toBe(false);
});

test('no Host is none', () => {
  expect(isAskedByOwnName({}, [])).toBe(false);
});

test.each([
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded',
    'x_forwarded_for',
    'forwarded',
    'via',
  ],
  ...['x-real-ip', 'true-client-ip', 'x-cluster-client-ip', 'cf-connecting-ip', 'cdn-loop', 'x-original-url'],
])('by a proxy that says so with %s only the names of the settings count', (header) => {
  const asked = (host: string): boolean => isAskedByOwnName({ host, [header]: 'x' }, ['relay.example.com']);
  expect(['localhost:9935', '127.0.0.1:9935', '[::1]', 'a.localhost'].filter(asked)).toEqual([]);
  expect(asked('relay.example.com')).toBe(true);
});
