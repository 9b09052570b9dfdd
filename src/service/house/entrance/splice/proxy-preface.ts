import { encodeProxyHeader } from '../../../../protocol/proxy/encode-proxy-header.ts';
import type { Connection } from '../../../../session/connection.ts';

/** What a connection to a relay begins with that is to be told for whom it is: a header of the PROXY protocol. */
export function proxyPreface({
  address,
  isTls,
  context: { peer },
}: Pick<Connection, 'address' | 'isTls' | 'context'>): Buffer {
  const [, port = '0'] = /:(\d{1,5})$/.exec(peer) ?? [];
  return encodeProxyHeader({ source: { address, port: Number(port) }, isTls });
}
