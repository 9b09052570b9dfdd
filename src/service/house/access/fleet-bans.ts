import type { Clock } from '../../../stream/clock.ts';
import { BanLedger } from '../../access/bans/ban-ledger.ts';
import type { HouseStore } from '../store/house-store.ts';

/** What bans of a fleet are kept with. */
export interface FleetBansParts {
  readonly store: Pick<HouseStore, 'decisions' | 'onDecisions'>;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/**
 * Who is kept out of the fleet, as the houses have decided, for the gate of this one.
 * @param onChange - told of other bans than before
 * @returns follows what is decided until it is disposed of
 */
export function fleetBans(
  { store, clock, wallMs }: FleetBansParts,
  onChange: () => void = () => {},
): BanLedger & Disposable {
  const ledger = new BanLedger(clock);
  let { bans } = store.decisions;
  const take = (): void => {
    const now = wallMs();
    ledger.replaceFrom(
      'house',
      bans.map(({ kind, value, until }) => [{ kind, value }, until - now]),
    );
  };
  take();
  const stop = store.onDecisions((decisions) => {
    if (decisions.bans === bans) return;
    bans = decisions.bans;
    take();
    onChange();
  });
  return Object.assign(ledger, { [Symbol.dispose]: stop });
}
