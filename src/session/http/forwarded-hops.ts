/**
 * The headers in which proxies say for whom they ask: `X-Forwarded-For` with `X-Forwarded-Proto`, and `Forwarded`. Each proxy
 * adds its client at the right; what stands left of that is what the client has sent.
 */
import { isIP, isIPv6 } from 'node:net';
import { normalizeAddress } from '../../config/networks.ts';
import { ProtocolError } from '../../errors.ts';

/** One client of one proxy. */
export interface ForwardedHop {
  /** Normalized; undefined where the proxy does not say: `unknown`, `_hidden`. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** `http` or `https`, in small letters; undefined where the proxy does not say. */
  readonly scheme: string | undefined;
  /** The server as the client has called it; undefined where the proxy does not say. */
  readonly host?: string | undefined;
}

/** Longer headers are refused, characters. */
const MAX_LENGTH = 2048;

/**
 * The clients in `X-Forwarded-For`, the first one first. The scheme is the last word of `X-Forwarded-Proto`, that of the nearest
 * proxy, and said of all.
 * @throws ProtocolError `HTTP_FORWARDED_INVALID`
 */
export function decodeForwardedFor(addresses: string, schemes = ''): ForwardedHop[] {
  checkLength('X-Forwarded-For', addresses);
  checkLength('X-Forwarded-Proto', schemes);
  const scheme = schemes.split(',').at(-1)?.trim().toLowerCase() || undefined;
  return elementsOf(addresses).map((node) => ({ ...decodeNode(node), scheme }));
}

/** The clients in `Forwarded`, the first one first. @throws ProtocolError `HTTP_FORWARDED_INVALID` @see RFC 7239 section 4 */
export function decodeForwarded(value: string): ForwardedHop[] {
  checkLength('Forwarded', value);
  const hops: ForwardedHop[] = [];
  let pairs = new Map<string, string>();
  const finish = (): void => {
    if (pairs.size > 0) {
      const scheme = pairs.get('proto')?.toLowerCase();
      hops.push({ ...decodeNode(pairs.get('for') ?? 'unknown'), scheme, host: pairs.get('host') });
    }
    pairs = new Map();
  };
  const pair =
    /[ \t]*(?:([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w:[\]-]+)|"((?:[^"\\]|\\.)*)"))?[ \t]*([,;]|$)/y;
  while (pair.lastIndex < value.length) {
    const [, name, token, quoted = '', end] = pair.exec(value) ?? [];
    if (end === undefined) throw invalid('Forwarded', 'it is malformed');
    if (name !== undefined) {
      if (pairs.has(name.toLowerCase())) throw invalid('Forwarded', `it says ${name} twice of one client`);
      pairs.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, '$1'));
    }
    if (end !== ';') finish();
  }
  finish();
  return hops;
}

/** An element of a list may be empty, and is none then. @see RFC 9110 section 5.6.1 */
function elementsOf(list: string): string[] {
  return list
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

/** A client as proxies write it: an address, perhaps in brackets, perhaps with a port; else a name that hides it. */
function decodeNode(node: string): Omit<ForwardedHop, 'scheme' | 'host'> {
  if (isIP(node) !== 0) return { address: normalizeAddress(node), port: undefined };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(node) ?? [];
  const address = bracketed ?? plain;
  const isAddress = bracketed === undefined ? isIP(address ?? '') === 4 : isIPv6(bracketed);
  if (address === undefined || !isAddress) return { address: undefined, port: undefined };
  return { address: normalizeAddress(address), port: digits === undefined ? undefined : Number(digits) };
}

function checkLength(name: string, value: string): void {
  if (value.length > MAX_LENGTH) throw invalid(name, `it has more than ${MAX_LENGTH} characters`);
}

function invalid(header: string, problem: string): ProtocolError {
  return new ProtocolError('HTTP_FORWARDED_INVALID', `the header ${header} cannot be used: ${problem}`);
}
