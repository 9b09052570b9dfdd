import { isIP } from 'node:net';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import { nodeTls } from '../../built-in.ts';

/** Whom the relay trusts when it connects to a server with TLS. */
export interface ClientTrust {
  /** Certificates (PEM) of all authorities that are trusted; undefined: the public ones that Node brings. */
  readonly ca?: readonly string[] | undefined;
  /** What the relay shows of itself to servers that ask for a certificate (PEM); undefined: nothing. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
}

const minVersion = 'TLSv1.2';

/** To read some hundred certificates takes longer than the rest of a handshake: once for each list will do. */
const contexts = new WeakMap<ClientTrust, SecureContext>();

/** The options of every TLS connection that the relay opens: TLS 1.2 or newer, and a certificate that is valid for the host. */
export function clientTlsOptions(host: string, trust: ClientTrust = {}): ConnectionOptions {
  return {
    secureContext: contextOf(trust),
    rejectUnauthorized: true, // whatever the environment says
    host, // what the certificate is checked against
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}

function contextOf(trust: ClientTrust): SecureContext {
  const known = contexts.get(trust);
  if (known !== undefined) return known;
  const context = nodeTls().createSecureContext({
    minVersion,
    ...(trust.ca === undefined ? {} : { ca: [...trust.ca] }),
    ...trust.identity,
  });
  contexts.set(trust, context);
  return context;
}
