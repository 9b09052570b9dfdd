import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** What proxies and their networks add to a request: whoever has sent it is not who has connected. */
const proxyHeader =
  /^(?:forwarded|via|x-forwarded(?:-.+)?|x-original-.+|x-envoy-.+|cf-connecting-ip(?:v6)?|cdn-loop|.*-client-ip|x-real-ip|x-scheme)$/;

/** Whether a request has come by a proxy, which says so. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => proxyHeader.test(name.replaceAll('_', '-')));
}

/**
 * Whether a request names the listener itself: an address, a loopback name or one of these. Any other name may be that of a
 * web page that had it resolve to this machine, to read what is meant for the operator. By a proxy, who writes addresses and loopback
 * names for anybody, only these names count.
 * @param names - further names, without port
 */
export function isAskedByOwnName(headers: IncomingHttpHeaders, names: readonly string[]): boolean {
  const written = nameIn(headers.host);
  const isNamed = names.some((name) => name.toLowerCase() === written);
  return isNamed || (!isForwarded(headers) && isOwnName(headers.host));
}

/** Whether a `Host` header names this machine, by an address or a loopback name. */
function isOwnName(host: string | undefined): boolean {
  const name = nameIn(host);
  if (name === undefined) return false;
  if (name.startsWith('[')) return isIPv6(name.slice(1, -1));
  return isIPv4(name) || name === 'localhost' || name.endsWith('.localhost');
}

/** The name in a Host header, in small letters and without port; undefined where there is none. */
function nameIn(host = ''): string | undefined {
  const [, written] = /^(\[[^\]]*\]|[^:]+)(?::\d*)?$/.exec(host) ?? [];
  return written?.toLowerCase().replace(/\.$/, '');
}
