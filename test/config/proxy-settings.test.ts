import { describe, expect, test } from 'vitest';
import { proxySettings } from '../../src/config/proxy-settings.ts';

test('there is no proxy by default, and this machine never has one', () => {
  expect(proxySettings.parse(undefined)).toEqual({
    url: null,
    bypass: ['localhost', '127.0.0.0/8', '::1/128'],
  });
});

describe('url', () => {
  test.each(['http://proxy:3128', 'http://me:pass@10.0.0.1:8080/', 'http://[::1]:3128'])('%s', (url) => {
    expect(proxySettings.parse({ url }).url).toBe(url);
  });

  test.each([
    'proxy:3128',
    'http://proxy',
    'https://proxy:3128',
    'socks5://p:1080',
    'http://p:1/x',
    'http://p:99999',
  ])('not %s', (url) => {
    const { error } = proxySettings.safeParse({ url });
    expect(error?.issues[0]?.message).toBe(
      'expected a URL such as http://proxy:3128 or http://user:password@proxy:3128',
    );
  });
});

describe('bypass', () => {
  test.each(['host', 'host.example', '.example.com', '10.0.0.1', '10.0.0.0/8', 'fc00::/7'])('%s', (entry) => {
    expect(proxySettings.parse({ bypass: [entry] }).bypass).toEqual([entry]);
  });

  test.each(['', '*.example.com', 'http://host', '10.0.0.1/8', 'host:80', '1.2.3', '[::1]'])(
    'not %s',
    (entry) => {
      expect(proxySettings.safeParse({ bypass: [entry] }).success).toBe(false);
    },
  );
});
