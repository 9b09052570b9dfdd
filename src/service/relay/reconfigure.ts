import { tlsListeners } from '../../config/listen-settings.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { Log } from '../../log.ts';
import type { RelayControl } from '../admin/relay-control.ts';
import { readCertificate } from '../listen/certificate.ts';
import { readTrust } from './trust.ts';

/**
 * Reads settings and takes them over, if a relay could start with them; where any of that fails the log says why, and the old
 * ones stay as a whole. Never rejects.
 */
export async function reconfigure(
  relay: Pick<RelayControl, 'configure'>,
  load: () => RelaySettings,
  log: Log,
): Promise<void> {
  try {
    const settings = load();
    await checkFiles(settings);
    await relay.configure(settings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('config', `the old configuration stays: ${reason}`);
  }
}

/** @throws CertificateError when a file that the settings name cannot be used */
async function checkFiles({ listen, tls }: RelaySettings): Promise<void> {
  readTrust(tls);
  await Promise.all(tlsListeners.flatMap((protocol) => listen[protocol].map(readCertificate)));
}
