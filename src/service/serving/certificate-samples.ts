import type { CertificateSample } from '../../metrics/metrics-source.ts';
import type { Listener } from '../listen/listener.ts';

/** Until when the certificates of listeners are good. */
export function* certificateSamples(listeners: readonly Listener[]): Generator<CertificateSample> {
  for (const { protocol, certificate } of listeners)
    if (certificate !== undefined)
      yield { listener: protocol, expiresAtSeconds: certificate().validTo.getTime() / 1000 };
}
