import { expect, test } from 'vitest';
import { formatsOf, upstreamUrls } from '../../../../src/service/house/directing/upstream-urls.ts';
import { pullEntry, pushEntry } from '../../../support/fleet/arbitrary-fleets.ts';

const none = { rtmp: null, rtmps: null, http: null, https: null, mmsh: null };

test.each([
  {
    urls: { rtmp: 'rtmp://a', http: 'http://a:8080' },
    found: ['rtmp://a/{key}', 'http://a:8080/{key}.flv', 'http://a:8080/{key}.asf'],
  },
  { urls: { http: 'http://a', https: 'https://a' }, found: ['https://a/{key}.flv', 'https://a/{key}.asf'] },
  { urls: { http: 'http://a', mmsh: 'mmsh://b' }, found: ['http://a/{key}.flv', 'http://a/{key}.asf'] },
  { urls: { mmsh: 'mmsh://b' }, found: ['mmsh://b/{key}.asf'] },
  { urls: { rtmp: 'rtmp://a' }, found: ['rtmp://a/{key}'] },
  { urls: {}, found: [] },
])('a relay with $urls is pulled from at $found', ({ urls, found }) => {
  expect(upstreamUrls({ ...none, ...urls }, ['flv', 'asf'])).toEqual(found);
});

test.each([
  { entry: pushEntry('live/**'), formats: ['flv', 'asf'] },
  { entry: pushEntry('streams/*'), formats: ['asf', 'flv'] },
  { entry: pullEntry('tv/*', 'rtmp://o/{key}', 'http://o/{key}.flv'), formats: ['flv'] },
  { entry: pullEntry('streams/*', 'http://o/{key}'), formats: ['asf'] },
  { entry: pullEntry('tv/*', 'mmsh://o/{name}', 'https://o/{key}.asf?a=b'), formats: ['asf'] },
  { entry: pullEntry('tv/*', 'mmsh://o/{name}', 'rtmp://o/{key}'), formats: ['asf', 'flv'] },
])('streams of $entry.match may be $formats', ({ entry, formats }) => {
  expect(formatsOf(entry)).toEqual(formats);
});

test('the format that an entry names is the only one', () => {
  const { source } = pullEntry('tv/*', 'http://o/{key}');
  if (source.type !== 'pull') throw new Error('no pull');
  expect(formatsOf({ match: 'tv/*', source: { ...source, format: 'asf' } })).toEqual(['asf']);
});
