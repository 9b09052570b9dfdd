import type { Listener } from '../../listen/listener.ts';

/**
 * Where this house takes RTMP, over TLS if it can; null where it takes none.
 * @param host - as somebody calls the house who reaches it: name or address, perhaps with a port
 */
export function ownRtmpUrl(host: string, listeners: readonly Listener[]): string | null {
  const name = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i.exec(host)?.[1];
  const byProtocol = (protocol: string): Listener | undefined =>
    listeners.find((listener) => listener.protocol === protocol);
  const listener = byProtocol('rtmps') ?? byProtocol('rtmp');
  if (name === undefined || listener === undefined) return null;
  return `${listener.protocol}://${name}:${listener.address.port}`;
}
