import { isIPv4 } from 'node:net';
import { groupsOf, NetworkList, normalizeAddress } from './networks.ts';

/** Networks that are not the public internet, by what they are, in words. @see RFC 6890, and the registries that it has made */
const kinds: readonly (readonly [kind: string, networks: NetworkList])[] = Object.entries({
  'a loopback address': ['127.0.0.0/8', '::1/128'],
  'a link-local address': ['169.254.0.0/16', 'fe80::/10', 'fec0::/10'],
  'a private address': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  'a multicast address': ['224.0.0.0/4', 'ff00::/8'],
  'the address of no machine': ['0.0.0.0/8', '::/128'],
  'a reserved address': [
    ...[
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
    ],
    ...[
      '240.0.0.0/4',
      '::/96',
      '::ffff:0:0:0/96',
      '64:ff9b:1::/48',
      '100::/64',
      '2001::/23',
      '2001:db8::/32',
    ],
    ...['3fff::/20', '5f00::/16'],
  ],
}).map(([kind, networks]) => [kind, new NetworkList(networks)]);

/**
 * What an address is that does not belong to one machine of the public internet, such as `a loopback address`; undefined where it does.
 * An address of IPv6 that leads to one of IPv4 is what that is.
 */
export function specialKind(address: string): string | undefined {
  const kind = kinds.find(([, networks]) => networks.contains(address))?.[0];
  const inner = innerAddress(address);
  return kind ?? (inner === undefined ? undefined : specialKind(inner));
}

/** The address of IPv4 to which one of IPv6 leads, by 6to4 or NAT64. @see RFC 3056, RFC 6052 */
export function innerAddress(address: string): string | undefined {
  const normal = normalizeAddress(address);
  if (isIPv4(normal)) return undefined;
  const groups = groupsOf(normal);
  if (groups[0] === 0x2002) return ipv4Of(groups[1], groups[2]);
  const isNat64 =
    groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  return isNat64 ? ipv4Of(groups[6], groups[7]) : undefined;
}

function ipv4Of(high = 0, low = 0): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
