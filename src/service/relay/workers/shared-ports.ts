import { type AddressInfo, createServer, isIPv6, type Server } from 'node:net';
import type { ListenerSettings, ListenSettings } from '../../../config/listen-settings.ts';
import { bind, type Listener, type PortSharing } from '../../listen/listener.ts';

/** Ports that all workers listen on: as their settings name them, and as people see them. */
export interface SharedPorts {
  readonly listen: ListenSettings;
  readonly listeners: readonly Listener[];
  /** To be called when the workers listen, or never will. */
  release(): void;
}

/**
 * Binds every port but the admin listener's plainly, so that one that is taken is an error, and lets it go for the workers.
 * Port 0 becomes one port, which is held until they have it: nobody knows it yet, and anybody might be given it.
 * @param sharing - `now`: others may have the ports; whoever connects meanwhile would be lost, so nothing is bound before the workers do
 * @throws ListenError
 */
export async function reservePorts(
  { rtmp, rtmps, http, https }: ListenSettings,
  sharing: PortSharing = 'none',
): Promise<SharedPorts> {
  const listeners: Listener[] = [];
  const held: Server[] = [];
  const look = async (protocol: string, one: ListenerSettings, isHeld: boolean): Promise<AddressInfo> => {
    const server = createServer();
    const address = await bind(server, protocol, { ...one, sharing: isHeld ? 'now' : 'none' });
    if (isHeld) held.push(server);
    else await new Promise((resolve) => server.close(resolve));
    return address;
  };
  const reserve = async <S extends ListenerSettings>(
    protocol: string,
    wanted: readonly S[],
  ): Promise<S[]> => {
    const reserved: S[] = [];
    for (const one of wanted) {
      const isHeld = one.port === 0;
      const address = sharing === 'now' && !isHeld ? addressOf(one) : await look(protocol, one, isHeld);
      reserved.push({ ...one, port: address.port, sharing: 'now' });
      listeners.push({ protocol, address, close: () => {}, leave: async () => {} });
    }
    return reserved;
  };
  const release = (): void => {
    for (const server of held) server.close();
  };
  try {
    const listen: ListenSettings = {
      rtmp: await reserve('rtmp', rtmp),
      rtmps: await reserve('rtmps', rtmps),
      http: await reserve('http', http),
      https: await reserve('https', https),
      admin: [],
    };
    return { listen, listeners, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** As it is announced; the workers find out whether it can be had. */
function addressOf({ host, port }: ListenerSettings): AddressInfo {
  return { address: host, family: isIPv6(host) ? 'IPv6' : 'IPv4', port };
}
