/** Which addresses this machine has, as its kernel keeps them: those of interfaces that are down are among them. */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { NetworkList, normalizeAddress } from '../../config/networks.ts';

/** Where the kernel keeps what a listener may be bound to. */
const families = {
  ipv4: { table: '/proc/net/fib_trie', mayBindAny: '/proc/sys/net/ipv4/ip_nonlocal_bind', read: localIpv4 },
  ipv6: { table: '/proc/net/if_inet6', mayBindAny: '/proc/sys/net/ipv6/ip_nonlocal_bind', read: localIpv6 },
} as const;

/**
 * Whether it is certain that this machine cannot listen on an address, because it does not have it. No socket is opened for it;
 * false where the kernel does not tell, as outside of Linux.
 */
export async function isForeignAddress(address: string): Promise<boolean> {
  const normal = normalizeAddress(address);
  if (normal === '::' || normal === '0.0.0.0') return false;
  const { table, mayBindAny, read } = families[isIPv4(normal) ? 'ipv4' : 'ipv6'];
  const [content, mayAny] = await Promise.all([textOf(table), textOf(mayBindAny)]);
  if (content === undefined || mayAny?.trim() === '1') return false;
  return !new NetworkList(read(content)).contains(normal);
}

/** The local networks in a routing table, as the kernel writes it in `/proc/net/fib_trie`. */
export function localIpv4(fibTrie: string): readonly string[] {
  const leaves = fibTrie.matchAll(/\|-- ([\d.]+)((?:\s+\/\d+ \w+ \w+)+)/g);
  return [...leaves].flatMap(([, address, routes = '']) =>
    [...routes.matchAll(/(\/\d+) \w+ LOCAL/g)].map(([, prefix]) => `${address}${prefix}`),
  );
}

/** The addresses in a list, as the kernel writes it in `/proc/net/if_inet6`: 32 hexadecimal digits, then other things. */
export function localIpv6(ifInet6: string): readonly string[] {
  const addresses = ifInet6.match(/^[\da-f]{32}\b/gm) ?? [];
  return addresses.map((digits) => (digits.match(/.{4}/g) ?? []).join(':'));
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'ascii').catch(() => undefined); // not Linux, or not allowed to look
}
