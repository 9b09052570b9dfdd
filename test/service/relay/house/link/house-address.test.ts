import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { AddressTurns, houseAddress } from '../../../../../src/service/relay/house/link/house-address.ts';

test.each([
  [
    'https://house.example.org',
    { host: 'house.example.org', port: 443, isTls: true, url: 'ws://house.example.org/api/v1/link' },
  ],
  [
    'wss://house.example.org:8443/',
    { host: 'house.example.org', port: 8443, isTls: true, url: 'ws://house.example.org:8443/api/v1/link' },
  ],
  ['ws://[::1]:8079', { host: '::1', port: 8079, isTls: false, url: 'ws://[::1]:8079/api/v1/link' }],
])('%s', (url, address) => {
  expect(houseAddress(url)).toEqual(address);
});

test('each try begins with the next address behind the name', () => {
  const found: LookupAddress[] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({
    address,
    family: 4,
  }));
  const turns = new AddressTurns((_host, _options, onFound) => onFound(null, found));
  const tried = (): string[] => {
    const seen: string[] = [];
    turns.lookup('house', { all: true }, (_error, addresses) => {
      for (const { address } of addresses as LookupAddress[]) seen.push(address.slice(-1));
    });
    return seen;
  };
  const first = tried();
  turns.next();
  const second = tried();
  turns.next();
  turns.next();
  expect([first.join(''), second.join(''), tried().join('')]).toEqual(['123', '231', '123']);
  turns.lookup('house', {}, (error, address, family) =>
    expect([error, address, family]).toEqual([null, '192.0.2.1', 4]),
  );
});

test('a name without an address is an error', () => {
  const none = new AddressTurns((_host, _options, onFound) => onFound(null, []));
  none.lookup('house', { all: true }, (error) => expect(error?.message).toBe('house has no address'));
});
