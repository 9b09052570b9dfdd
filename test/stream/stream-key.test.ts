import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { parseStreamKey, parseStreamPath } from '../../src/stream/stream-key.ts';

describe('one URL, as each client splits it', () => {
  test.each([
    { client: 'any', app: 'live', name: 'cam1', key: 'live/cam1' },
    { client: 'any', app: 'live/_definst_', name: 'cam1', key: 'live/cam1' },
    { client: 'ffmpeg', app: 'myApp/_definst_', name: 'ab/cd/ef/v', key: 'myApp/ab/cd/ef/v' },
    { client: 'librtmp', app: 'myApp/_definst_/ab', name: 'cd/ef/v', key: 'myApp/ab/cd/ef/v' },
    { client: 'GStreamer', app: 'myApp/_definst_/ab/cd/ef', name: 'v.flv', key: 'myApp/ab/cd/ef/v' },
    { client: 'ffmpeg', app: 'myApp', name: 'flv:ab/cd', key: 'myApp/ab/cd' },
    { client: 'librtmp', app: 'myApp/flv:ab', name: 'cd', key: 'myApp/ab/cd' },
    { client: 'GStreamer', app: 'myApp/flv:ab', name: 'cd.flv', key: 'myApp/ab/cd' },
    { client: 'ffmpeg', app: 'myApp/_definst_', name: 'mp4:ab/cd.mp4', key: 'myApp/ab/cd' },
    { client: 'librtmp', app: 'myApp/_definst_/mp4:ab', name: 'mp4:cd', key: 'myApp/ab/cd' },
    { client: 'GStreamer', app: 'myApp/_definst_/mp4:ab', name: 'cd.mp4', key: 'myApp/ab/cd' },
    { client: 'ffmpeg', app: 'a/b', name: 'c/d', key: 'a/b/c/d' },
    { client: 'librtmp, GStreamer', app: 'a/b/c', name: 'd', key: 'a/b/c/d' },
  ])('$client: $app, $name', ({ app, name, key }) => {
    expect(parseStreamKey(app, name)).toEqual([{ key, query: '' }]);
  });

  test('a token with a slash stays whole', () => {
    const [reading] = parseStreamKey('live/cam1?token=x', 'y');
    expect(reading).toEqual({ key: 'live/cam1', query: 'token=x/y' });
    expect(new URLSearchParams(reading?.query).get('token')).toBe('x/y');
  });

  test('OBS with a query in its server', () => {
    const [reading] = parseStreamKey('live?k=1', 'cam1');
    expect(reading).toEqual({ key: 'live/cam1', query: 'k=1' });
  });

  test.each([
    { path: '/live/cam1', key: 'live/cam1' },
    { path: '/live/_definst_/cam1', key: 'live/cam1' },
    { path: '/myApp/_definst_/ab/cd/ef/v.flv', key: 'myApp/ab/cd/ef/v' },
    { path: '/myApp/flv:ab/cd.flv', key: 'myApp/ab/cd' },
    { path: '/myApp/_definst_/mp4:ab/cd.mp4', key: 'myApp/ab/cd' },
    { path: '/a/b/c/d', key: 'a/b/c/d' },
  ])('HTTP: $path', ({ path, key }) => {
    expect(parseStreamPath(path)).toEqual({ key, query: '' });
  });

  test('HTTP: a token with a slash', () => {
    expect(parseStreamPath('/live/cam1?token=x/y')).toEqual({ key: 'live/cam1', query: 'token=x/y' });
  });
});

describe('a query in the app', () => {
  const asName = { key: 'live/cam1', query: 'k=1' };
  const asQuery = { key: 'live', query: 'k=1/cam1' };

  test('has both readings', () => {
    expect(parseStreamKey('live?k=1', 'cam1')).toEqual([asName, asQuery]);
    expect(parseStreamKey('live/cam1?token=x', 'y')).toEqual([
      { key: 'live/cam1', query: 'token=x/y' },
      { key: 'live/cam1/y', query: 'token=x' },
    ]);
  });

  test.each([
    { what: 'a name with =', app: 'live?t=YWJj', name: 'ZGVm==', first: 'live' },
    { what: 'a name with &', app: 'live?t=YWJj', name: 'ZGVm&u', first: 'live' },
    { what: 'a name with /', app: 'live?t=YWJj', name: 'ZG/Vm', first: 'live' },
    { what: 'a value not begun', app: 'live?a=1&t=', name: 'YWJj', first: 'live' },
    { what: 'a value behind a whole key', app: 'live/cam1?t=YWJj', name: 'ZGVm', first: 'live/cam1' },
    { what: 'a value behind an instance', app: 'live/_definst_?t=1', name: 'cam1', first: 'live/cam1' },
    { what: 'a parameter without value', app: 'live/event?hd', name: 'cam1', first: 'live/event/cam1' },
    { what: 'an empty query', app: 'live?', name: 'cam1', first: 'live/cam1' },
    { what: 'a parameter complete', app: 'live/event?t=1&', name: 'cam1', first: 'live/event/cam1' },
  ])('$what: $app, $name', ({ app, name, first }) => {
    const readings = parseStreamKey(app, name);
    expect(readings[0]?.key).toBe(first);
    expect(readings.length).toBe(2);
  });

  test('and another in the name: both are the query', () => {
    expect(parseStreamKey('live?vhost=a', 'cam1?k=1')[0]).toEqual({ key: 'live/cam1', query: 'vhost=a&k=1' });
  });

  test('without a name has one reading', () => {
    expect(parseStreamKey('live/cam1?k=1', '')).toEqual([asName]);
    expect(parseStreamKey('live/cam1?k=1', '?j=2')).toEqual([{ key: 'live/cam1', query: 'k=1&j=2' }]);
  });

  test('a reading that gives no key gives way', () => {
    const rest = 'e'.repeat(600);
    expect(parseStreamKey('live/cam1?t', rest)).toEqual([{ key: 'live/cam1', query: `t/${rest}` }]);
    expect(parseStreamKey('?k=1', 'live/cam1')).toEqual([{ key: 'live/cam1', query: 'k=1' }]);
  });
});

test.each([
  { app: 'live', name: 'cam1?a=1?b=2', key: 'live/cam1', query: 'a=1?b=2' },
  { app: 'live', name: 'cam1?t=../x', key: 'live/cam1', query: 't=../x' },
  { app: '/live//', name: '//cam1/', key: 'live/cam1', query: '' },
  { app: 'live', name: '', key: 'live', query: '' },
  { app: '', name: 'cam1', key: 'cam1', query: '' },
  { app: 'Live', name: 'CAM1.FLV', key: 'Live/CAM1.FLV', query: '' },
  { app: 'live', name: 'mp4:flv:a', key: 'live/flv:a', query: '' },
  { app: 'live', name: 'a.flv.mp4', key: 'live/a.flv', query: '' },
  { app: 'a.flv', name: 'b', key: 'a.flv/b', query: '' },
  { app: 'live', name: 'mp3:', key: 'live', query: '' },
  { app: 'live', name: 'rtmp:a', key: 'live/rtmp:a', query: '' },
  { app: 'live', name: 'a..b', key: 'live/a..b', query: '' },
  { app: 'live', name: 'a%2fb', key: 'live/a%2fb', query: '' },
  { app: 'live', name: 'é', key: 'live/é', query: '' },
  { app: 'live', name: 'a'.repeat(255), key: `live/${'a'.repeat(255)}`, query: '' },
])('$app, $name', ({ app, name, key, query }) => {
  expect(parseStreamKey(app, name)).toEqual([{ key, query }]);
});

test.each([
  { what: 'nothing', app: '', name: '', reason: 'it is empty' },
  { what: 'only a query', app: '', name: '?k=1', reason: 'it is empty' },
  { what: 'only slashes', app: '/', name: '//', reason: 'it is empty' },
  { what: 'only what is dropped', app: '_definst_', name: 'mp4:.mp4', reason: 'it is empty' },
  { what: '..', app: 'live', name: '../x', reason: 'it has a ".." segment' },
  { what: '.. behind a prefix', app: 'live', name: 'mp4:../x', reason: 'it has a ".." segment' },
  { what: '.. before a suffix', app: 'live', name: '...flv', reason: 'it has a ".." segment' },
  { what: '.. in both readings', app: '..?k', name: 'x', reason: 'it has a ".." segment' },
  { what: 'NUL', app: 'live', name: 'a\0b', reason: 'it has a control character' },
  { what: 'a line break in the query', app: 'live', name: 'a?b\nc', reason: 'it has a control character' },
  { what: 'a C1 control', app: 'li\u0085ve', name: 'a', reason: 'it has a control character' },
  { what: 'half a character', app: 'live', name: '\ud83d', reason: 'it is not well-formed Unicode' },
  {
    what: 'a long segment',
    app: 'live',
    name: 'a'.repeat(256),
    reason: 'a segment has 256 bytes, limit 255',
  },
  {
    what: 'a long segment',
    app: 'live',
    name: 'é'.repeat(128),
    reason: 'a segment has 256 bytes, limit 255',
  },
  { what: 'a long key', app: 'live', name: 'abc/'.repeat(256), reason: 'it has 1028 bytes, limit 1024' },
  {
    what: 'a long query',
    app: 'live',
    name: `a?${'b'.repeat(9000)}`,
    reason: 'with its query it has 9006 characters, limit 8192',
  },
])('refuses $what', ({ app, name, reason }) => {
  const error = new ProtocolError('STREAM_KEY_INVALID', `the stream key is not valid: ${reason}`);
  expect(() => parseStreamKey(app, name)).toThrow(error);
});

describe('an HTTP path', () => {
  test.each([
    { path: '/live/cam1.flv?token=x', key: 'live/cam1', query: 'token=x' },
    { path: '/live/cam%201.flv', key: 'live/cam 1', query: '' },
    { path: '/live/%C3%A9.flv', key: 'live/é', query: '' },
    { path: '/live/a+b.flv', key: 'live/a+b', query: '' },
    { path: '/live/%252e%252e.flv', key: 'live/%2e%2e', query: '' },
    { path: '/live/cam1%2Eflv', key: 'live/cam1', query: '' },
    { path: '/live/cam1.flv?a=%ff&b=%2F', key: 'live/cam1', query: 'a=%ff&b=%2F' },
  ])('$path', ({ path, key, query }) => {
    expect(parseStreamPath(path)).toEqual({ key, query });
  });

  test.each([
    { path: '/', reason: 'it is empty' },
    { path: '/live/../cam1.flv', reason: 'it has a ".." segment' },
    { path: '/live/%2e%2E/cam1.flv', reason: 'it has a ".." segment' },
    { path: '/live/.%2e.flv', reason: 'it has a ".." segment' },
    { path: '/live/a%2fb.flv', reason: 'it has an encoded "/" or "?"' },
    { path: '/live/a%3Fb.flv', reason: 'it has an encoded "/" or "?"' },
    { path: '/live/a%00.flv', reason: 'it has a control character' },
    { path: '/live/a%C2%85.flv', reason: 'it has a control character' },
    { path: '/live/%zz.flv', reason: 'its percent-encoding is broken' },
    { path: '/live/100%', reason: 'its percent-encoding is broken' },
    { path: '/live/%ff.flv', reason: 'its percent-encoding is broken' },
    { path: '/live/%c0%ae%c0%ae.flv', reason: 'its percent-encoding is broken' },
    { path: `/live/${'a'.repeat(8192)}`, reason: 'with its query it has 8198 characters, limit 8192' },
  ])('refuses $path', ({ path, reason }) => {
    const error = new ProtocolError('STREAM_KEY_INVALID', `the stream key is not valid: ${reason}`);
    expect(() => parseStreamPath(path)).toThrow(error);
  });
});

describe('any strings', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '/',
      '?',
      '=',
      '&',
      '..',
      '_definst_',
      'mp4:',
      '.flv',
      '%2e',
      '\0',
      '\ud800',
      'a'.repeat(200),
    ),
  );
  const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));

  test('give one or two keys that hold the rules, or a ProtocolError', () => {
    fc.assert(
      fc.property(text, text, (app, name) => {
        const readings = keysOrRefusal(() => parseStreamKey(app, name));
        if (readings === undefined) return;
        expect([1, 2]).toContain(readings.length);
        for (const { key } of readings) expectCanonical(key);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a path give a key that holds the rules, or a ProtocolError', () => {
    fc.assert(
      fc.property(text, (path) => {
        const reading = keysOrRefusal(() => parseStreamPath(path));
        if (reading !== undefined) expectCanonical(reading.key);
      }),
      { numRuns: 2_000 },
    );
  });

  test('give the same key wherever they are split', () => {
    const name = fc.stringMatching(/^[a-z0-9.:_]{1,6}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 2, maxLength: 6 }), (segments) => {
        const readings = segments.slice(1).map((_, index) => {
          const app = segments.slice(0, index + 1).join('/');
          const rest = segments.slice(index + 1).join('/');
          return JSON.stringify(keysOrRefusal(() => parseStreamKey(app, rest)));
        });
        expect(new Set(readings).size).toBe(1);
      }),
    );
  });

  function keysOrRefusal<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect((error as ProtocolError).code).toBe('STREAM_KEY_INVALID');
      return undefined;
    }
  }

  function expectCanonical(key: string): void {
    expect(key).not.toMatch(/^$|^\/|\/$|\/\/|\?|\p{Cc}/u);
    expect(key.split('/')).not.toContain('..');
    expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1024);
    for (const segment of key.split('/')) expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(255);
  }
});
