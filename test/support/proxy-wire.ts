/** Connections as a proxy opens them that speaks the PROXY protocol: written here once more, from the specification. */
import { once } from 'node:events';
import { connect, isIPv4, type Socket } from 'node:net';

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** A header of version 2 for a client. @param values - behind the addresses, in hexadecimal */
export function binaryHeader(address: string, port = 40_000, values = ''): Buffer {
  const source = addressBytes(address);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(port);
  const block = Buffer.concat([source, Buffer.alloc(source.length), ports, Buffer.from(values, 'hex')]);
  const head = Buffer.from(isIPv4(address) ? '21110000' : '21210000', 'hex');
  head.writeUInt16BE(block.length, 2);
  return Buffer.concat([signature, head, block]);
}

/** That of a proxy that looks whether the relay is there. */
export const localHeader: Buffer = Buffer.concat([signature, Buffer.from('20000000', 'hex')]);

/** A header of version 1 for a client. */
export function textHeader(address: string, port = 40_000): Buffer {
  const [family, other] = isIPv4(address) ? ['TCP4', '127.0.0.1'] : ['TCP6', '::1'];
  return Buffer.from(`PROXY ${family} ${address} ${other} ${port} 1935\r\n`);
}

/** Opens a connection and sends a header on it. @param localAddress - of the proxy */
export async function openProxied(port: number, header: Buffer, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {}); // 'close' follows
  await once(socket, 'connect');
  socket.write(header);
  return socket;
}

/** @param address - without an IPv4 tail */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text = ''): string[] => text.split(':').filter(Boolean);
  const gap = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(gap).fill('0'), ...groups(tail)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
