import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TlsOptions, Server as TlsServer } from 'node:tls';
import { nodeTls } from '../../../built-in.ts';
import type {
  CertificateFiles,
  ClientCertificateSettings,
  TlsListenerSettings,
} from '../../../config/listen-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { type ListenAddress, type Listener, listen } from '../listener.ts';
import type { OnArrived } from '../proxy-entrance.ts';
import { type Certificate, contextOptions } from './certificate.ts';
import { CertificateWatch } from './certificate-watch.ts';
import type { HandshakeQueue } from './handshake-queue.ts';
import type { SecureDoor } from './secure-door.ts';
import { TICKET_SECONDS, type TicketKey } from './ticket-key.ts';

/** A TLS socket that listens. */
export interface TlsListener extends Listener {
  /** Reads the certificate again, from other files if they are given; connections that are open stay as they are. */
  renew(files?: CertificateFiles): void;
}

/** What a TLS listener needs. */
export interface TlsListenerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly door: SecureDoor;
  /** Of the thread. */
  readonly handshakes: HandshakeQueue;
  /** Seals session tickets. */
  readonly ticketKey: TicketKey;
  /** Makes what takes every connection that was accepted. @param onArrived - goes on with it */
  entering(onArrived: OnArrived): (socket: Socket) => void;
  /** The protocols that clients may choose from in the handshake (ALPN); with none they are not asked. */
  readonly applications: readonly string[];
  /** Told every connection whose handshake is done. */
  onSocket(socket: Socket): void;
  /** Told when the kernel could not give a connection; the listener goes on. */
  onError(error: Error): void;
}

/**
 * Opens a listener that hands over encrypted connections.
 * @throws CertificateError when the certificate cannot be used, ListenError when the port cannot be had
 */
export async function listenTls(
  protocol: string,
  settings: ListenAddress & TlsListenerSettings,
  parts: TlsListenerParts,
): Promise<TlsListener> {
  const { door, handshakes, applications } = parts;
  const { server: tls, ...certificate } = await certifiedServer(protocol, settings, parts, (options) =>
    nodeTls().createServer({
      ...options,
      ...(applications.length === 0 ? {} : { ALPNProtocols: [...applications] }),
    }),
  );
  tls.on('secureConnection', (socket) => parts.onSocket(socket));
  tls.on('tlsClientError', (error, socket) => door.onFailed(socket, error));
  // The connections are accepted here, not there: they have to be counted before they cost a handshake.
  const onArrived: OnArrived = (socket, arrival) => {
    if (door.begin(socket, arrival)) handshakes.receive(socket, () => tls.emit('connection', socket));
  };
  try {
    const listener = await listen(protocol, settings, parts.entering(onArrived), parts.onError);
    const close = (): void => {
      certificate.close();
      listener.close();
    };
    return { ...listener, close, renew: certificate.renew, certificate: certificate.current };
  } catch (error) {
    certificate.close();
    throw error;
  }
}

/** A server that speaks TLS with a certificate of files, by which it goes whenever they change. */
export interface CertifiedServer<S extends TlsServer> extends Pick<TlsListener, 'renew'> {
  /** The one that new connections get. */
  current(): Certificate;
  /** Not listening yet. */
  readonly server: S;
  /** Looks at the files no more. */
  close(): void;
}

/** What a TLS server needs besides its settings. */
type ServerParts = Pick<TlsListenerParts, 'clock' | 'log'> & Partial<Pick<TlsListenerParts, 'ticketKey'>>;

/**
 * Makes a TLS server.
 * @param parts - without a `ticketKey` it has one of its own, until its certificate changes
 * @param make - from what its certificate and those of clients need
 * @throws CertificateError when the certificate cannot be used
 */
export async function certifiedServer<S extends TlsServer>(
  protocol: string,
  settings: CertificateFiles & ClientCertificateSettings,
  { clock, log, ticketKey }: ServerParts,
  make: (options: TlsOptions) => S,
): Promise<CertifiedServer<S>> {
  const optionsOf = (certificate: Certificate): TlsOptions => ({
    ...contextOptions(certificate),
    sessionIdContext: sessionsOf(protocol, settings, certificate),
    sessionTimeout: TICKET_SECONDS,
    ...(ticketKey === undefined ? {} : { ticketKeys: ticketKey.bytes }),
  });
  const watch = await CertificateWatch.open(settings, {
    clock,
    log: log.with({ listener: protocol }),
    onRenewed: (renewed) => server.setSecureContext(optionsOf(renewed)),
  });
  const server = make({
    ...optionsOf(watch.current),
    requestCert: settings.clientCaFile !== null,
    rejectUnauthorized: settings.requireClientCertificate,
  });
  const unfollow = ticketKey?.follow((bytes) => server.setTicketKeys(bytes));
  return {
    server,
    current: () => watch.current,
    renew: (files) => watch.reread(files),
    close: () => {
      unfollow?.();
      watch.close();
    },
  };
}

/**
 * Which sessions a listener goes on with: its own, in any thread, and after a new certificate, too; but not once other authorities
 * of clients hold, whom a session that goes on is not asked for.
 */
function sessionsOf(
  protocol: string,
  { certFile, requireClientCertificate }: CertificateFiles & ClientCertificateSettings,
  { clientCa = [] }: Certificate,
): string {
  const facts = JSON.stringify([protocol, certFile, requireClientCertificate, clientCa]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 32); // as many characters as OpenSSL takes
}
