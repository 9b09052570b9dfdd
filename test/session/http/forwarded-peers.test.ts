import { expect, test } from 'vitest';
import { ForwardedPeers } from '../../../src/session/http/forwarded-peers.ts';

const trustedProxies = ['10.0.0.0/24', 'fd00::/64'];
const connection = { address: '10.0.0.1', peer: '10.0.0.1:5' };
const via = '10.0.0.1';
const unsaid = { via, isForwarded: true, isTls: undefined };

const byList = new ForwardedPeers({ trustedProxies, forwardedHeader: 'x-forwarded-for' });
const byElement = new ForwardedPeers({ trustedProxies, forwardedHeader: 'forwarded' });

test.each([
  { addresses: '203.0.113.9', peer: { address: '203.0.113.9', peer: '203.0.113.9', ...unsaid } },
  { addresses: '203.0.113.9:80', peer: { address: '203.0.113.9', peer: '203.0.113.9:80', ...unsaid } },
  { addresses: '[2001:db8::1]:80', peer: { address: '2001:db8::1', peer: '[2001:db8::1]:80', ...unsaid } },
  { addresses: '1.2.3.4, 203.0.113.9', peer: { address: '203.0.113.9', peer: '203.0.113.9', ...unsaid } },
  {
    addresses: 'nonsense, 203.0.113.9, 10.0.0.7, ::ffff:10.0.0.8',
    peer: { address: '203.0.113.9', peer: '203.0.113.9', ...unsaid },
  },
  { addresses: '10.0.0.9, 10.0.0.7', peer: { address: '10.0.0.9', peer: '10.0.0.9', ...unsaid } },
  { addresses: '', peer: undefined },
])('X-Forwarded-For: $addresses', ({ addresses, peer }) => {
  expect(byList.peerOf({ 'x-forwarded-for': addresses }, connection)).toEqual(peer);
});

test('X-Forwarded-Proto says whether the client speaks TLS; without it the connection does', () => {
  const tls = (headers: Record<string, string>, isTls?: boolean) =>
    byList.peerOf({ 'x-forwarded-for': '203.0.113.9', ...headers }, { ...connection, isTls })?.isTls;
  expect(tls({ 'x-forwarded-proto': 'https' })).toBe(true);
  expect(tls({ 'x-forwarded-proto': 'https, http' })).toBe(false);
  expect(tls({}, true)).toBe(true);
  expect(tls({})).toBeUndefined();
});

test('only the header that the settings name is looked at', () => {
  const headers = { 'x-forwarded-for': '203.0.113.1', forwarded: 'for=203.0.113.2;proto=https' };
  expect(byList.peerOf(headers, connection)?.address).toBe('203.0.113.1');
  expect(byElement.peerOf(headers, connection)).toMatchObject({ address: '203.0.113.2', isTls: true });
  expect(byElement.peerOf({ 'x-forwarded-for': '203.0.113.1' }, connection)).toBeUndefined();
});

test('the scheme is that which stands with the client', () => {
  const forwarded = 'for=1.2.3.4;proto=http, for=203.0.113.9;proto=https, for=10.0.0.2;proto=http';
  expect(byElement.peerOf({ forwarded }, connection)).toMatchObject({ address: '203.0.113.9', isTls: true });
});

test('nobody else is believed', () => {
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  expect(byList.peerOf(headers, { address: '10.0.1.1', peer: '' })).toBeUndefined();
  const nobody = new ForwardedPeers({ trustedProxies: [], forwardedHeader: 'x-forwarded-for' });
  expect([nobody.trusts('10.0.0.1'), nobody.peerOf(headers, connection)]).toEqual([false, undefined]);
});

test.each([
  { why: 'names nobody', addresses: 'unknown' },
  { why: 'names nobody', addresses: '203.0.113.9, _hidden, 10.0.0.4' },
  { why: 'names nobody', addresses: '203.0.113.9, 10.0.0.4 10.0.0.5' },
  { why: 'more than 16', addresses: Array.from({ length: 17 }, () => '10.0.0.4').join() },
])('a request is refused where a proxy that is trusted $why: $addresses', ({ why, addresses }) => {
  expect(() => byList.peerOf({ 'x-forwarded-for': addresses }, connection)).toThrow(
    expect.objectContaining({ code: 'HTTP_FORWARDED_INVALID', message: expect.stringContaining(why) }),
  );
});

test('sixteen proxies in a row are nothing special', () => {
  const addresses = ['203.0.113.9', ...Array.from({ length: 15 }, () => '10.0.0.4')].join();
  expect(byList.peerOf({ 'x-forwarded-for': addresses }, connection)?.address).toBe('203.0.113.9');
});
