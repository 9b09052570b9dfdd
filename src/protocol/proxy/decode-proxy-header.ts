import { ProtocolError } from '../../errors.ts';
import { decodeBinaryHeader } from './binary-header.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { decodeTextHeader } from './text-header.ts';

/**
 * Reads the header that a connection begins with, of version 1 or 2.
 * @param bytes - all that has come so far
 * @returns undefined while it is not whole
 * @throws ProtocolError `PROXY_HEADER_INVALID` as soon as it is none, `PROXY_HEADER_TOO_LARGE`
 * @see proxy-protocol.txt of HAProxy, sections 2.1 and 2.2
 */
export function decodeProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  switch (bytes[0]) {
    case undefined:
      return undefined;
    case 0x50: // the P of PROXY
      return decodeTextHeader(bytes);
    case 0x0d:
      return decodeBinaryHeader(bytes);
    default:
      throw new ProtocolError(
        'PROXY_HEADER_INVALID',
        `no PROXY protocol header before it: the first byte is 0x${bytes.toString('hex', 0, 1)}`,
      );
  }
}
