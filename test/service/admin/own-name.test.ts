import { expect, test } from 'vitest';
import { isOwnName } from '../../../src/service/admin/own-name.ts';

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
  expect(isOwnName(host, ['Relay.example.com'])).toBe(true);
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
  expect(isOwnName(host, ['relay.example.com'])).toBe(false);
});

test('no Host is none', () => {
  expect(isOwnName(undefined, [])).toBe(false);
});
