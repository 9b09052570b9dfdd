import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a `Host` header names the listener itself: an address, a loopback name or one of these. Any other name may be that of a
 * web page that had it resolve to this machine, to read what is meant for the operator.
 * @param host - the Host header of the request
 * @param names - further names, without port
 */
export function isOwnName(host = '', names: readonly string[]): boolean {
  const [, written] = /^(\[[^\]]*\]|[^:]+)(?::\d*)?$/.exec(host) ?? [];
  if (written === undefined) return false;
  const name = written.toLowerCase().replace(/\.$/, '');
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
  const own = ['localhost', ...names.map((further) => further.toLowerCase())];
  return isIPv4(name) || own.includes(name) || name.endsWith('.localhost');
}
