import { CLIENT_TLS, Command, SIGNATURE, Transport, ValueType, VERSION } from './binary-header.ts';
import type { ProxySource } from './proxy-header.ts';

/** Whom a proxy brings. */
export interface BroughtClient {
  /** IPv4 or IPv6 as `normalizeAddress` gives it. */
  readonly source: ProxySource;
  /** Whether the client speaks TLS with the proxy. */
  readonly isTls: boolean;
}

const Family = { ipv4: 0x10, ipv6: 0x20 } as const;

/** Of a TLS value, behind its flags: the result of a check of the client's certificate, which none was asked for. */
const NOT_VERIFIED = Buffer.from('00000001', 'hex');

/**
 * Writes a header of version 2, which goes before everything else on a connection. Where the client has connected to is not said: its
 * place has zeros.
 * @see proxy-protocol.txt of HAProxy, section 2.2
 */
export function encodeProxyHeader({ source, isTls }: BroughtClient): Buffer {
  const address = addressBytes(source.address);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port);
  const values = isTls ? tlsValue() : Buffer.alloc(0);
  const block = Buffer.concat([address, Buffer.alloc(address.length), ports, values]);
  const family = address.length === 4 ? Family.ipv4 : Family.ipv6;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  return Buffer.concat([
    SIGNATURE,
    Buffer.of(VERSION | Command.proxy, family | Transport.stream),
    length,
    block,
  ]);
}

function tlsValue(): Buffer {
  const value = Buffer.concat([Buffer.of(CLIENT_TLS), NOT_VERIFIED]);
  return Buffer.concat([Buffer.of(ValueType.tls, 0, value.length), value]);
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const gap = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(gap).fill('0'), ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
