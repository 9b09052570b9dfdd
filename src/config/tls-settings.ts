import type { z } from 'zod';
import { fileName, section } from './setting-schema.ts';

/** Whom the relay believes when it is the client: pulls and forwards over TLS. */
export interface TlsSettings {
  /**
   * File of certificate authorities, or of self-signed certificates, in PEM form that servers may show besides those of
   * the public authorities; null (default): none. In a config file relative to the folder that it is in.
   */
  readonly caFile: string | null;
}

/** Schema of `tls`. */
export const tlsSettings: z.ZodType<TlsSettings> = section<TlsSettings>({
  caFile: fileName.nullable().default(null),
});
