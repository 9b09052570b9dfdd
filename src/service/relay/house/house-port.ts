import type { HouseLinkSettings } from '../../../config/house/house-link-settings.ts';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { Log } from '../../../log.ts';
import type { HouseSample } from '../../../metrics/metrics-source.ts';
import type { HouseStatus } from '../../admin/relay-status.ts';
import type { GivenConfig, GoBy } from './given/given-config.ts';
import type { HouseLink, HouseLinkHost } from './link/house-link.ts';

/** What a relay has to do with its house, where its settings name one: it is loaded only then. */
export class HousePort {
  #membership: { readonly house: HouseLinkSettings; readonly given: GivenConfig } | undefined;
  #link: HouseLink | undefined;

  /** Reads what the house has given before. @returns what the relay is to run with */
  async open(own: RelaySettings, log: Log): Promise<RelaySettings> {
    const { house } = own;
    if (house === null) return own;
    const { GivenConfig } = await import('./given/given-config.ts');
    const given = await GivenConfig.open(own, house, log);
    this.#membership = { house, given };
    return given.settings;
  }

  /** Looks for the house from now on, and does what it says. */
  async join(host: Omit<HouseLinkHost, 'given'>): Promise<void> {
    if (this.#membership === undefined) return;
    const { house, given } = this.#membership;
    const { HouseLink } = await import('./link/house-link.ts');
    this.#link = new HouseLink(house, { ...host, given });
  }

  /** The relay has other settings of its own: it goes by these under what the house has given. */
  configure(own: RelaySettings, goBy: GoBy): Promise<readonly string[]> {
    return this.#membership === undefined ? goBy(own) : this.#membership.given.configure(own, goBy);
  }

  /** Null where it has none. */
  get status(): HouseStatus | null {
    return this.#link?.status ?? null;
  }

  /** Undefined where it has none. */
  get sample(): HouseSample | undefined {
    return this.#link?.sample;
  }

  close(): void {
    this.#link?.close();
  }
}
