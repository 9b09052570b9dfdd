import { createServer, type Server } from 'node:net';
import type { ListenerSettings, ListenSettings } from '../../../config/listen-settings.ts';
import { bind, type Listener } from '../../listen/listener.ts';

/** Ports that all workers listen on: as their settings name them, and as people see them. */
export interface SharedPorts {
  readonly listen: ListenSettings;
  readonly listeners: readonly Listener[];
  /** To be called when the workers listen, or never will. */
  release(): void;
}

/** Whether the platform lets several threads listen on one port. */
export async function canSharePorts(): Promise<boolean> {
  const server = createServer();
  try {
    await bind(server, 'probe', { host: '127.0.0.1', port: 0, reusePort: true });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/**
 * Binds every port but the admin listener's plainly, so that one that is taken is an error, and lets it go for the workers.
 * Port 0 becomes one port, which is held until they have it: nobody knows it yet, and anybody might be given it.
 * @throws ListenError
 */
export async function reservePorts({ rtmp, rtmps, http, https }: ListenSettings): Promise<SharedPorts> {
  const listeners: Listener[] = [];
  const held: Server[] = [];
  const reserve = async <S extends ListenerSettings>(
    protocol: string,
    wanted: readonly S[],
  ): Promise<S[]> => {
    const reserved: S[] = [];
    for (const one of wanted) {
      const server = createServer();
      const isHeld = one.port === 0;
      const address = await bind(server, protocol, { ...one, reusePort: isHeld });
      if (isHeld) held.push(server);
      else await new Promise((resolve) => server.close(resolve));
      reserved.push({ ...one, port: address.port, reusePort: true });
      listeners.push({ protocol, address, close: () => {} });
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
