import type { z } from 'zod';
import { fileName, section } from './setting-schema.ts';

/** Whom the relay believes when it is the client: pulls and forwards over TLS. */
export interface TlsSettings {
  /**
   * File of certificate authorities, or of self-signed certificates, in PEM form that servers may show besides those of
   * the public authorities; null (default): none. In a config file relative to the folder that it is in.
   */
  readonly caFile: string | null;
  /**
   * Certificate, and those that lead from it to an authority, in PEM form: shown to servers that ask for one, so that a parent knows
   * this relay; null (default): none.
   */
  readonly certFile: string | null;
  /** Its private key, without a passphrase; null (default): none. */
  readonly keyFile: string | null;
}

/** Schema of `tls`. */
export const tlsSettings: z.ZodType<TlsSettings> = section<TlsSettings>(
  {
    caFile: fileName.nullable().default(null),
    certFile: fileName.nullable().default(null),
    keyFile: fileName.nullable().default(null),
  },
  ({ certFile, keyFile }, context) => {
    if (Boolean(certFile) === Boolean(keyFile)) return;
    const [there, missing] = certFile ? ['certFile', 'keyFile'] : ['keyFile', 'certFile'];
    const message = `expected a file, because there is a ${there}`;
    context.addIssue({ code: 'custom', path: [missing], message });
  },
);
