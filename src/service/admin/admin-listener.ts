import type { Server, Socket } from 'node:net';
import {
  type AdminListenerSettings,
  type CertificateFiles,
  type ClientCertificateSettings,
  hasCertificate,
} from '../../config/listen-settings.ts';
import { normalizeAddress } from '../../config/networks.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../stream/clock.ts';
import { bind, type Listener, leaving } from '../listen/listener.ts';
import { FailedHandshakes, faultOf } from '../listen/tls/failed-handshakes.ts';
import { certifiedServer } from '../listen/tls/tls-listener.ts';
import { type AdminServer, createAdminServer, createSecureAdminServer } from './admin.ts';
import type { OperationLoader } from './api/operation.ts';
import type { ServiceControl } from './service-control.ts';

/** The admin listener's socket. */
export interface AdminListener extends Listener {
  /** Reads its certificate again, if it has one, from the files that the settings name now. */
  renew(settings: AdminListenerSettings | undefined): void;
}

/** What an admin listener needs. */
export interface AdminListenerParts<C extends ServiceControl = ServiceControl> {
  readonly clock: Clock;
  readonly log: Log;
  readonly service: C;
  /** What it can be asked for beyond metrics and health. */
  readonly operations: OperationLoader<C>;
}

/**
 * Opens an admin listener, over TLS where it has a certificate.
 * @throws CertificateError when the certificate cannot be used, ListenError when the port cannot be had
 */
export async function listenAdmin<C extends ServiceControl>(
  settings: AdminListenerSettings,
  parts: AdminListenerParts<C>,
): Promise<AdminListener> {
  if (hasCertificate(settings)) return listenSecurely(settings, parts);
  const server = createAdminServer({ ...parts, names: settings.names });
  return { ...(await opened(server, settings, parts)), renew: () => {} };
}

async function listenSecurely<C extends ServiceControl>(
  settings: AdminListenerSettings & CertificateFiles & ClientCertificateSettings,
  parts: AdminListenerParts<C>,
): Promise<AdminListener> {
  const { clock, log } = parts;
  const { server, ...certificate } = await certifiedServer('admin', settings, parts, (options) =>
    createSecureAdminServer({ ...parts, names: settings.names }, options),
  );
  const connections = new Set<Socket>(); // node:https knows them once their handshake is done
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const failed = new FailedHandshakes(clock, log.with({ listener: 'admin' }));
  server.on('tlsClientError', (error, socket) => {
    const fault = faultOf(error, socket);
    if (fault.code === 'ECONNRESET' && !socket.authorizationError) return; // gone before it has said who it is
    const { remoteAddress } = socket; // not known any more once the connection is cut
    failed.note(remoteAddress === undefined ? undefined : normalizeAddress(remoteAddress), fault);
  });
  try {
    const listener = await opened(server, settings, parts);
    const close = (): void => {
      certificate.close();
      listener.close();
      for (const socket of connections) socket.destroy();
    };
    const renew = (now: AdminListenerSettings | undefined): void => {
      if (now !== undefined && hasCertificate(now)) certificate.renew(now);
    };
    return { ...listener, close, renew, certificate: certificate.current };
  } catch (error) {
    certificate.close();
    throw error;
  }
}

async function opened(
  server: AdminServer<Server>,
  settings: AdminListenerSettings,
  { log }: Pick<AdminListenerParts, 'log'>,
): Promise<Listener> {
  const address = await bind(server, 'admin', settings);
  server.on('error', ({ message }: Error) =>
    log.error('accept', `could not accept a connection: ${message}`, { listener: 'admin' }),
  );
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { protocol: 'admin', address, close, leave: leaving(server) };
}
