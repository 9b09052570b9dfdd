import { relaySettings } from '../../src/config/relay-settings.ts';
import { FailureLedger } from '../../src/service/access/credentials/failed-attempts.ts';
import type { Clock } from '../../src/stream/clock.ts';

/** Counts wrong credentials as a relay with the default settings does, or with others. */
export function failuresOf(clock: Clock, failures: object = {}): FailureLedger {
  return new FailureLedger(relaySettings.parse({ access: { failures } }).access.failures, clock, () => {});
}
