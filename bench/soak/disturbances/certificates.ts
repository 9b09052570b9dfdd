import { type Disturbance, unless } from './disturbance.ts';

/** The files are looked at every few seconds, milliseconds. */
const NOTICE_MS = 60_000;

let reloads = 0;

/** The certificate is replaced on disk under players over TLS. */
export const certificateReload: Disturbance = {
  about: 'the certificate is replaced on disk, which relays notice by themselves',
  isCommon: true,
  async happen({ certificates: { folder, place, others }, relays }) {
    const before = relays.map(({ relay }) => relay.server.count('certificate'));
    const next = others[reloads++ % others.length];
    if (next !== undefined) await folder.replace(place, next);
    // a line for each listener of each thread
    const noticed = relays.map(({ relay }, at) =>
      relay.server.counted('certificate', (before[at] ?? 0) + 2 * relay.workers, NOTICE_MS),
    );
    const failed = (await Promise.allSettled(noticed)).filter(({ status }) => status === 'rejected').length;
    return unless(failed === 0, `${failed} relays did not notice a new certificate`);
  },
};
