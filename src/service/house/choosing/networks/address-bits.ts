import { isIP } from 'node:net';

/** An address as its bits, 16 to an element: two elements of IPv4, eight of IPv6. */
export type AddressBits = readonly number[];

/** @param address - normalized @returns undefined for what is no address */
export function addressBits(address: string): AddressBits | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 6) return ipv6Bits(address);
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

/** One bit, counted from the first. */
export function bitAt(bits: AddressBits, at: number): 0 | 1 {
  return (((bits[at >> 4] ?? 0) >> (15 - (at & 15))) & 1) as 0 | 1;
}

/** How many bits two addresses of one version have in common from the first on, at most `most`. */
export function commonBits(one: AddressBits, other: AddressBits, most: number): number {
  for (let at = 0; at * 16 < most; at++) {
    const difference = (one[at] ?? 0) ^ (other[at] ?? 0);
    if (difference !== 0) return Math.min(most, at * 16 + Math.clz32(difference) - 16);
  }
  return most;
}

function ipv6Bits(address: string): AddressBits {
  const [head = '', tail] = address.split('::');
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
