import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isForeignAddress, localIpv4, localIpv6 } from '../../../src/service/listen/local-addresses.ts';

test('no address of an interface is foreign, nor any that stands for all of them', async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  expect(own).toContain('127.0.0.1');
  for (const address of [...own, '::', '0.0.0.0', '127.0.0.2', '::ffff:127.0.0.1'])
    expect([address, await isForeignAddress(address)]).toEqual([address, false]);
});

test
  .runIf(process.platform === 'linux')
  .each(['192.0.2.254', '198.51.100.7', '2001:db8::7', '::ffff:198.51.100.7'])(
  '%s is foreign',
  async (address) => expect(await isForeignAddress(address)).toBe(true),
);

test('reads the addresses that a routing table of the kernel has as local', () => {
  const table = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     |-- 10.1.0.0
        /16 link UNICAST
        /24 host LOCAL
        /32 link BROADCAST
`;
  expect(localIpv4(table)).toEqual(['127.0.0.0/8', '127.0.0.1/32', '10.1.0.0/24']);
});

test('reads the list of IPv6 addresses of the kernel', () => {
  const list = `00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
`;
  expect(localIpv6(list)).toEqual([
    '0000:0000:0000:0000:0000:0000:0000:0001',
    'fe80:0000:0000:0000:00fc:00ff:fe00:0001',
  ]);
});
