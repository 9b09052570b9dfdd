import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalizeAddress } from '../../../../../src/config/networks.ts';
import { addressBits } from '../../../../../src/service/house/choosing/networks/address-bits.ts';
import { NetworkTree } from '../../../../../src/service/house/choosing/networks/network-tree.ts';
import { ServedNetworks } from '../../../../../src/service/house/choosing/networks/served-networks.ts';

type Row = readonly [cidr: string, priority: number, relay: string];

function treeOf(rows: readonly Row[]): NetworkTree<string> {
  const tree = new NetworkTree<string>();
  for (const row of rows) tree.add(...row);
  return tree;
}

/** The relays of each priority, the highest first; without those that a higher one has already. */
function served(tree: NetworkTree<string>, address: string): readonly (readonly [number, ...string[]])[] {
  const seen = new Set<string>();
  return tree.tiersOf(addressBits(normalizeAddress(address))).flatMap(({ priority, relays }) => {
    const fresh = relays.filter((relay) => !seen.has(relay)).sort();
    for (const relay of fresh) seen.add(relay);
    return fresh.length === 0 ? [] : [[priority, ...fresh] as const];
  });
}

const rows: readonly Row[] = [
  ['0.0.0.0/0', -10, 'any'],
  ['10.0.0.0/8', 0, 'wide'],
  ['10.1.0.0/16', 0, 'narrow'],
  ['10.1.2.0/24', 4, 'office'],
  ['10.1.0.0/16', 7, 'campus'],
  ['10.1.2.3/32', 4, 'wide'],
  ['::/0', 0, 'six'],
  ['2001:db8::/32', 5, 'doc'],
  ['2001:db8:0:1::/64', 5, 'lan'],
  ['::ffff:192.0.2.0/120', 3, 'mapped'],
];

test.each<[string, ReturnType<typeof served>]>([
  [
    '10.1.2.3',
    [
      [7, 'campus'],
      [4, 'office', 'wide'],
      [0, 'narrow'],
      [-10, 'any'],
    ],
  ],
  [
    '10.1.2.4',
    [
      [7, 'campus'],
      [4, 'office'],
      [0, 'narrow', 'wide'],
      [-10, 'any'],
    ],
  ],
  [
    '::ffff:10.1.9.9',
    [
      [7, 'campus'],
      [0, 'narrow', 'wide'],
      [-10, 'any'],
    ],
  ],
  [
    '192.0.2.200',
    [
      [3, 'mapped'],
      [-10, 'any'],
    ],
  ],
  ['192.0.3.1', [[-10, 'any']]],
  [
    '2001:db8:0:1::7',
    [
      [5, 'doc', 'lan'],
      [0, 'six'],
    ],
  ],
  [
    '2001:DB8:0:2:0:0:0:7',
    [
      [5, 'doc'],
      [0, 'six'],
    ],
  ],
  ['::1', [[0, 'six']]],
  ['unix', []],
])('%s is served by', (address, tiers) => {
  expect(served(treeOf(rows), address)).toEqual(tiers);
});

test('what is no network is refused', () => {
  expect(() => treeOf([['10.0.0.0/33', 0, 'a']])).toThrow('10.0.0.0/33 is no network');
});

test('tiers that no network adds to are one object, whatever the network', () => {
  const tree = treeOf([
    ['0.0.0.0/0', 0, 'any'],
    ['10.0.0.0/8', 4, 'a'],
    ['11.0.0.0/8', 4, 'b'],
  ]);
  const [a, b] = ['10.0.0.1', '11.0.0.1'].map((address) => tree.tiersOf(addressBits(address)).at(-1));
  expect(a).toBe(b);
});

/** Networks that hold each other often: few bits differ. */
const octet = fc.constantFrom(0, 1, 128, 255);
const ipv4 = fc.array(octet, { minLength: 4, maxLength: 4 });
const group = fc.constantFrom(0, 1, 0x8000, 0xffff, 0x2001);
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .filter((groups) => groups.slice(0, 6).join() !== '0,0,0,0,0,65535'); // that is IPv4

function masked(parts: readonly number[], width: number, prefix: number): number[] {
  return parts.map((part, at) => {
    const kept = Math.min(width, Math.max(0, prefix - at * width));
    return part & ~(2 ** (width - kept) - 1) & (2 ** width - 1);
  });
}

const text = (parts: readonly number[]): string =>
  parts.length === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':');

const network = fc.oneof(
  fc.tuple(ipv4, fc.nat(32)).map(([parts, prefix]) => `${text(masked(parts, 8, prefix))}/${prefix}`),
  fc
    .tuple(ipv6, fc.nat(128))
    .map(([parts, prefix]) => `${normalizeAddress(text(masked(parts, 16, prefix)))}/${prefix}`),
);

test('finds what a look at every network finds', () => {
  const relay = fc.constantFrom('a', 'b', 'c', 'd');
  const row = fc.tuple(network, fc.integer({ min: -2, max: 2 }), relay);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.oneof(ipv4, ipv6).map(text), (all, address) => {
      const best = new Map<string, number>();
      for (const [cidr, priority, name] of all) {
        const version = cidr.includes(':') ? 'ipv6' : 'ipv4';
        const holder = new BlockList();
        holder.addSubnet(cidr.split('/')[0] ?? '', Number(cidr.split('/')[1]), version);
        const isHeld = address.includes(':') === (version === 'ipv6') && holder.check(address, version);
        if (isHeld && priority >= (best.get(name) ?? priority)) best.set(name, priority);
      }
      const expected = [...Map.groupBy(best, ([, priority]) => priority)]
        .sort(([one], [other]) => other - one)
        .map(([priority, relays]) => [priority, ...relays.map(([name]) => name).sort()]);
      expect(served(treeOf(all), address)).toEqual(expected);
      for (const name of ['a', 'b', 'c', 'd']) {
        const own = all.filter((one) => one[2] === name).map(([cidr, priority]) => ({ cidr, priority }));
        const bits = addressBits(normalizeAddress(address)) ?? [];
        expect(new ServedNetworks(own).bestFor(bits)?.priority).toBe(best.get(name));
      }
    }),
    { numRuns: 1000 },
  );
});
