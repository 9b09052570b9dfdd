import { expect, test } from 'vitest';
import { HttpOrigins } from '../../../src/session/http/http-origins.ts';

const site = 'https://site.example';
const studio = 'https://studio.example';
const stranger = 'https://stranger.example';
const everybody = new HttpOrigins({ corsOrigins: ['*'], publishOrigins: [studio] });
const few = new HttpOrigins({ corsOrigins: [site], publishOrigins: [studio] });

test.each([
  { origins: everybody, origin: stranger, host: 'relay:8080', may: true },
  { origins: few, origin: site, host: 'relay:8080', may: true },
  { origins: few, origin: stranger, host: 'relay:8080', may: false },
  { origins: few, origin: 'null', host: 'relay:8080', may: false },
  { origins: few, origin: undefined, host: 'relay:8080', may: true },
  { origins: few, origin: 'http://relay:8080', host: 'relay:8080', may: true },
  { origins: few, origin: 'http://relay:8080', host: 'Relay:8080', may: true },
  { origins: few, origin: 'http://relay:8081', host: 'relay:8080', may: false },
])('a page of $origin at $host may play: $may', ({ origins, origin, host, may }) => {
  expect(origins.mayPlay(origin, host)).toBe(may);
});

test.each([
  { origin: undefined, may: true },
  { origin: studio, may: true },
  { origin: site, may: false },
  { origin: 'null', may: false },
])('a page of $origin may publish: $may', ({ origin, may }) => {
  expect(everybody.refusalOfPublisher(origin) === undefined).toBe(may);
});

test.each([
  { origins: everybody, origin: undefined, headers: { 'access-control-allow-origin': '*' } },
  { origins: everybody, origin: site, headers: { 'access-control-allow-origin': '*' } },
  { origins: few, origin: site, headers: { vary: 'origin', 'access-control-allow-origin': site } },
  { origins: few, origin: studio, headers: { vary: 'origin', 'access-control-allow-origin': studio } },
  { origins: few, origin: stranger, headers: { vary: 'origin' } },
  { origins: few, origin: undefined, headers: { vary: 'origin' } },
])('what a page of $origin may read', ({ origins, origin, headers }) => {
  expect(origins.headers(origin)).toEqual(headers);
});

test.each([
  { origins: everybody, origin: site, methods: 'GET, HEAD' },
  { origins: everybody, origin: studio, methods: 'GET, HEAD, POST, PUT' },
  { origins: few, origin: stranger, methods: undefined },
  { origins: few, origin: undefined, methods: undefined },
])('what a page of $origin is told that it may do', ({ origins, origin, methods }) => {
  expect(origins.preflightHeaders(origin)['access-control-allow-methods']).toBe(methods);
});

test('takes new settings over', () => {
  const origins = new HttpOrigins({ corsOrigins: [], publishOrigins: [] });
  expect(origins.refusalOfPublisher(studio)).toMatchObject({ refused: 'access' });
  origins.configure({ corsOrigins: [], publishOrigins: [studio] });
  expect(origins.refusalOfPublisher(studio)).toBeUndefined();
});
