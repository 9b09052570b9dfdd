import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressGroup, NetworkList, networkProblem, normalizeAddress } from '../../src/config/networks.ts';

describe('NetworkList', () => {
  const local = new NetworkList([
    '127.0.0.0/8',
    '10.0.0.0/8',
    '::1/128',
    'fc00::/7',
    '192.0.2.7',
    '2001:db8::1',
  ]);

  test.each([
    '127.0.0.1',
    '127.255.255.255',
    '10.0.0.0',
    '::1',
    'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    '192.0.2.7',
    '2001:DB8:0::1',
    '::ffff:10.1.2.3',
    '::FFFF:10.1.2.3',
    '0:0:0:0:0:ffff:a01:203',
    'fc00::1%eth0',
  ])('has %s', (address) => {
    expect(local.contains(address)).toBe(true);
  });

  test.each([
    '128.0.0.1',
    '11.0.0.0',
    '9.255.255.255',
    '::2',
    'fe00::1',
    '192.0.2.8',
    '::10.1.2.3',
    '::ffff:11.0.0.1',
    '',
    'localhost',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.1/8',
    ':::',
  ])('has not %j', (address) => {
    expect(local.contains(address)).toBe(false);
  });

  test('a network of all IPv6 has no IPv4, mapped or not, and the other way round', () => {
    expect(new NetworkList(['::/0']).contains('::ffff:1.2.3.4')).toBe(false);
    expect(new NetworkList(['0.0.0.0/0']).contains('::1')).toBe(false);
    expect(new NetworkList(['0.0.0.0/0']).contains('255.255.255.255')).toBe(true);
  });

  test('a mapped network is the IPv4 network', () => {
    expect(new NetworkList(['::ffff:10.0.0.0/104']).contains('10.200.0.1')).toBe(true);
  });

  test('without networks has nothing', () => {
    expect(new NetworkList([]).contains('127.0.0.1')).toBe(false);
  });

  test('agrees with a comparison bit by bit', () => {
    const network = fc.oneof(
      fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
      fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(network, fc.oneof(fc.ipV4(), fc.ipV6()), fc.boolean(), ([base, prefix], other, same) => {
        const hint = /did you mean (.*)\?/.exec(networkProblem(`${base}/${prefix}`) ?? '')?.[1];
        const cidr = hint ?? `${base}/${prefix}`;
        fc.pre(networkProblem(cidr) === undefined && !normalizeAddress(base).includes('.') === !isIPv4(base));
        const address = same ? base : other;
        fc.pre(isIPv4(address) || !isIPv4(normalizeAddress(address)));
        const expected =
          isIPv4(base) === isIPv4(address) && bits(base).slice(0, prefix) === bits(address).slice(0, prefix);
        expect(new NetworkList([cidr]).contains(address)).toBe(expected);
      }),
    );
  });
});

/** An address as a text of 0 and 1. */
function bits(address: string): string {
  if (isIPv4(address)) return address.split('.').map(binary(8)).join('');
  const hex = address.replace(/[\d.]+$/, (tail) => (isIPv4(tail) ? hexPairs(tail) : tail));
  const [head = '', tail] = hex.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array(8 - head.length - (tail?.length ?? 0)).fill('0'), ...(tail ?? [])];
  return groups.map((group) => binary(16)(`0x${group}`)).join('');
}

function hexPairs(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function binary(size: number): (number: string) => string {
  return (number) => Number(number).toString(2).padStart(size, '0');
}

const anyNetwork = 'expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0)';

test.each([
  { network: '10.1.0.0/8', problem: 'expected a network without host bits, such as 10.0.0.0/8 or 10.1.0.0' },
  { network: 'fe80::1/10', problem: 'expected a network without host bits, such as fe80::/10 or fe80::1' },
  { network: '10.0.0.0/33', problem: anyNetwork },
  { network: '10.0.0.0/-1', problem: anyNetwork },
  { network: '10.0.0.0/', problem: anyNetwork },
  { network: '10.0.0.0/255.0.0.0', problem: anyNetwork },
  { network: '::1/128/3', problem: anyNetwork },
  { network: 'fe80::%eth0/10', problem: anyNetwork },
  { network: '::ffff:0:0/90', problem: anyNetwork },
  { network: 'all', problem: anyNetwork },
  { network: '', problem: anyNetwork },
])('refuses the network $network', ({ network, problem }) => {
  expect(networkProblem(network)).toBe(problem);
  expect(() => new NetworkList([network])).toThrow(new RangeError(problem));
});

test.each([
  { address: '192.0.2.1', normal: '192.0.2.1', group: '192.0.2.1' },
  { address: '::ffff:192.0.2.1', normal: '192.0.2.1', group: '192.0.2.1' },
  { address: '::ffff:c000:201', normal: '192.0.2.1', group: '192.0.2.1' },
  { address: 'fe80::1%eth0', normal: 'fe80::1', group: 'fe80::/64' },
  { address: '2001:DB8:0:0:1::1', normal: '2001:db8::1:0:0:1', group: '2001:db8::/64' },
  { address: '2001:db8:1:2:3:4:5:6', normal: '2001:db8:1:2:3:4:5:6', group: '2001:db8:1:2::/64' },
  { address: '::1', normal: '::1', group: '::/64' },
  { address: '2001::', normal: '2001::', group: '2001::/64' },
  { address: '1::5:6:7:8', normal: '1::5:6:7:8', group: '1::/64' },
  { address: '0:0:3:4:5:6:7:8', normal: '::3:4:5:6:7:8', group: '0:0:3:4::/64' },
  { address: 'somewhere', normal: 'somewhere', group: 'somewhere' },
])('$address is $normal and counts as $group', ({ address, normal, group }) => {
  expect(normalizeAddress(address)).toBe(normal);
  expect(addressGroup(address)).toBe(group);
});
