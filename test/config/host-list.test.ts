import { describe, expect, test } from 'vitest';
import { HostList } from '../../src/config/host-list.ts';

const hosts = new HostList([
  'media.example.org',
  '*.cdn.example',
  'only.example:1935',
  '10.1.0.0/16',
  '127.0.0.1:8080',
  '[::1]:8080',
  '9.9.9.9',
]);

describe('a name', () => {
  test.each([
    ['media.example.org', 1935, true],
    ['MEDIA.example.org', 80, true],
    ['media.example.org.', 80, true],
    ['other.example.org', 80, false],
    ['media.example.org.evil.example', 80, false],
    ['xmedia.example.org', 80, false],
    ['a.cdn.example', 80, true],
    ['a.b.cdn.example', 80, true],
    ['cdn.example', 80, false],
    ['evilcdn.example', 80, false],
    ['only.example', 1935, true],
    ['only.example', 80, false],
    ['9.9.9.9', 80, false], // an address is no name
  ])('%s at port %i is listed: %s', (host, port, isListed) => {
    expect(hosts.hasName(host, port)).toBe(isListed);
  });

  test.each([
    ['8.8.8.8', undefined],
    ['2606:4700::1111', undefined],
    ['10.1.2.3', undefined], // its network is listed, too
    ['10.2.0.1', '10.2.0.1 is a private address, and in no network of admin.hosts'],
    ['127.0.0.1', '127.0.0.1 is a loopback address, and in no network of admin.hosts'],
    ['::ffff:127.0.0.1', '127.0.0.1 is a loopback address, and in no network of admin.hosts'],
    ['169.254.169.254', '169.254.169.254 is a link-local address, and in no network of admin.hosts'],
    ['64:ff9b::a9fe:a9fe', '64:ff9b::a9fe:a9fe is a link-local address, and in no network of admin.hosts'],
    ['64:ff9b::a01:203', undefined], // leads to 10.1.2.3
  ])('that is listed and stands for %s: %s', (address, objection) => {
    expect(hosts.objectionTo(address, { host: 'media.example.org', port: 1935 })).toBe(objection);
  });

  test('that is not listed opens no address but those of listed networks', () => {
    const to = { host: 'evil.example', port: 80 };
    expect(hosts.objectionTo('8.8.8.8', to)).toBe('evil.example is not in admin.hosts');
    expect(hosts.objectionTo('9.9.9.9', to)).toBeUndefined();
  });
});

describe('an address', () => {
  test.each([
    ['9.9.9.9', 80, undefined],
    ['::ffff:9.9.9.9', 80, undefined],
    ['8.8.8.8', 80, '8.8.8.8 is not in admin.hosts'],
    ['127.0.0.1', 8080, undefined],
    ['127.0.0.1', 22, '127.0.0.1 is a loopback address, and in no network of admin.hosts'],
    ['::1', 8080, undefined],
    ['::1', 8081, '::1 is a loopback address, and in no network of admin.hosts'],
  ])('%s at port %i: %s', (address, port, objection) => {
    expect(hosts.objectionTo(address, { host: address, port })).toBe(objection);
  });
});

test('nothing is listed in an empty list', () => {
  const none = new HostList([]);
  expect(none.hasName('media.example.org', 80)).toBe(false);
  expect(none.objectionTo('8.8.8.8', { host: 'media.example.org', port: 80 })).toBe(
    'media.example.org is not in admin.hosts',
  );
});
