import { BlockList, isIPv4, isIPv6 } from 'node:net';
import IPCIDR from 'ip-cidr';

/** A list of IPv4 and IPv6 networks that tells whether an address is in one of them. */
export class NetworkList {
  // In one list, a network of IPv6 such as ::/0 would have IPv4 addresses too.
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();

  /**
   * @param networks - in CIDR notation without host bits; an address alone is a network of one.
   * @throws RangeError with the sentence of `networkProblem`.
   */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const problem = networkProblem(network);
      if (problem !== undefined) throw new RangeError(problem);
      const { address, prefix } = readNetwork(network) as NetworkParts;
      if (isIPv4(address)) this.#ipv4.addSubnet(address, prefix, 'ipv4');
      else this.#ipv6.addSubnet(address, prefix, 'ipv6');
    }
  }

  /** False too for what is not an address. An IPv4-mapped IPv6 address counts as its IPv4 address. */
  contains(address: string): boolean {
    const normal = normalizeAddress(address);
    return isIPv4(normal) ? this.#ipv4.check(normal, 'ipv4') : this.#ipv6.check(normal, 'ipv6');
  }
}

/** Whether a text is a host name or an address, without brackets and port; an address of IPv6 may have a zone. */
export function isHost(text: string): boolean {
  return text.length <= 255 && (/^[\w.-]+$/.test(text) || isIPv6(text));
}

/** What is wrong with a network, as a sentence that begins with "expected"; undefined when nothing is. */
export function networkProblem(text: string): string | undefined {
  const network = readNetwork(text);
  if (network === undefined)
    return 'expected a network such as 10.0.0.0/8 or fc00::/7 (all: 0.0.0.0/0 and ::/0)';
  const { address, prefix } = network;
  if (!bitsOf(address).includes('1', prefix)) return undefined;
  const base = new IPCIDR(`${address}/${prefix}`).addressStart.correctForm();
  return `expected a network without host bits, such as ${base}/${prefix} or ${address}`;
}

/**
 * What a network has its addresses begin with, as digits 0 and 1 behind a 4 or 6: one network holds another if its digits begin those
 * of the other. Undefined for what {@link networkProblem} finds fault with, host bits aside.
 */
export function networkBits(text: string): string | undefined {
  const network = readNetwork(text);
  if (network === undefined) return undefined;
  const { address, prefix } = network;
  return `${isIPv4(address) ? 4 : 6}${bitsOf(address).slice(0, prefix)}`;
}

/** All bits of a normalized address, as digits 0 and 1. */
function bitsOf(address: string): string {
  const [parts, width] = isIPv4(address) ? [address.split('.').map(Number), 8] : [groupsOf(address), 16];
  return parts.map((part) => part.toString(2).padStart(width, '0')).join('');
}

/** The eight groups of a normalized address of IPv6; fewer where it is none. */
export function groupsOf(ipv6: string): readonly number[] {
  const [head = '', tail] = ipv6.split('::');
  const before = numbersOf(head);
  if (tail === undefined) return before;
  const after = numbersOf(tail);
  return [...before, ...new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}

function numbersOf(part: string): readonly number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}

/**
 * The one text of an address: IPv4-mapped IPv6 becomes IPv4, zone ids go, IPv6 gets its shortest form in lower case.
 * What is not an address comes back as it is.
 */
export function normalizeAddress(address: string): string {
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  if (!isIPv6(bare)) return isIPv4(bare) ? bare : address;
  const shortest = shortestForm(bare);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (mapped === null) return shortest;
  const high = Number.parseInt(mapped[1] as string, 16);
  const low = Number.parseInt(mapped[2] as string, 16);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** What an address counts as where limits are per address: IPv4 itself, IPv6 its /64, such as `2001:db8::/64`. */
export function addressGroup(address: string): string {
  const normal = normalizeAddress(address);
  if (!isIPv6(normal)) return normal;
  const gap = `:${'0:'.repeat(9 - normal.split(':').length)}`;
  const network = normal.replace('::', gap).split(':', 4);
  return `${shortestForm(`${network.map((group) => group || '0').join(':')}::`)}/64`;
}

/** What a network is made of. */
export interface NetworkParts {
  /** Its first, in the shortest form (ip-cidr misreads some with an IPv4 tail). */
  readonly address: string;
  /** Bits: up to 32 of IPv4, up to 128 of IPv6. */
  readonly prefix: number;
}

/** Reads a network in CIDR notation, or an address alone; undefined where it is neither. One of IPv4-mapped addresses is one of IPv4. */
export function readNetwork(text: string): NetworkParts | undefined {
  const [, written, digits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  if (written === undefined || (!isIPv4(written) && !isIPv6(written))) return undefined;
  const bits = isIPv4(written) ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  if (prefix > bits) return undefined;
  const address = normalizeAddress(written);
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8; with a shorter prefix than the mapping's 96 bits it is no network of IPv4.
  if (bits === 128 && isIPv4(address)) return prefix < 96 ? undefined : { address, prefix: prefix - 96 };
  return { address, prefix };
}

/** The URL parser writes IPv6 as RFC 5952 wants it, in hexadecimal throughout. */
function shortestForm(ipv6: string): string {
  return new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
}
