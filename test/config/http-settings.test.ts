import { expect, test } from 'vitest';
import { loadRelayConfig } from '../../src/config/load-config.ts';

test('every page may play, none may publish or show ours, and streams are not listed, unless it is said otherwise', () => {
  expect(loadRelayConfig({ env: {} }).http).toMatchObject({
    corsOrigins: ['*'],
    publishOrigins: [],
    frameAncestors: [],
    listStreams: false,
    redirectUnknownTo: null,
  });
});

test.each([
  { url: 'https://www.example.com', problem: undefined },
  { url: 'http://10.0.0.1:8080/page?from=relay#top', problem: undefined },
  { url: 'www.example.com', problem: 'expected a URL such as' },
  { url: 'mmsh://www.example.com', problem: 'expected a URL such as' },
  { url: 'javascript:alert(1)', problem: 'expected a URL such as' },
  { url: 'https://', problem: 'expected a URL such as' },
  { url: 'https://a b', problem: 'expected a URL without spaces' },
  { url: 'https://a/\r\nSet-Cookie:x', problem: 'expected a URL without spaces' },
  { url: `https://a/${'x'.repeat(2048)}`, problem: 'expected a URL without spaces' },
  { url: 'https://ann:secret@www.example.com', problem: 'expected a URL without user and password' },
])('what is not there is redirected to $url: $problem', ({ url, problem }) => {
  const load = () => loadRelayConfig({ env: { STREAMPUMP_HTTP_REDIRECT_UNKNOWN_TO: url } }).http;
  if (problem === undefined) expect(load().redirectUnknownTo).toBe(url);
  else expect(load).toThrow(problem);
});

test.each([
  { origin: 'https://example.com' },
  { origin: 'http://10.0.0.1:8080' },
  { origin: 'http://[::1]:8080' },
])('$origin is an origin', ({ origin }) => {
  const env = {
    STREAMPUMP_HTTP_PUBLISH_ORIGINS: origin,
    STREAMPUMP_HTTP_CORS_ORIGINS: `${origin},*`,
    STREAMPUMP_HTTP_FRAME_ANCESTORS: `*,${origin}`,
  };
  expect(loadRelayConfig({ env }).http).toMatchObject({
    corsOrigins: [origin, '*'],
    frameAncestors: ['*', origin],
    publishOrigins: [origin],
  });
});

test.each([
  { origin: 'example.com' },
  { origin: 'https://example.com/' },
  { origin: 'https://example.com/page' },
  { origin: 'https://Example.com' },
  { origin: 'https://example.com:443' },
  { origin: 'https://a.example;script-src' },
  { origin: 'null' },
  { origin: '*' },
])('"$origin" is none that may publish', ({ origin }) => {
  const env = { STREAMPUMP_HTTP_PUBLISH_ORIGINS: origin };
  expect(() => loadRelayConfig({ env })).toThrow('expected an origin such as https://example.com');
});

test('--http-port turns the listener on, --host is for it as well', () => {
  const env = { STREAMPUMP_LISTEN_HTTP: 'null' };
  expect(loadRelayConfig({ env }).listen.http).toEqual([]);
  expect(loadRelayConfig({ env, overrides: { httpPort: '0', host: '127.0.0.1' } }).listen.http).toEqual([
    { host: '127.0.0.1', port: 0 },
  ]);
  expect(loadRelayConfig({ env: {}, overrides: { host: '127.0.0.1' } }).listen.http).toEqual([
    { host: '127.0.0.1', port: 8080 },
  ]);
});
