import { type HouseLinkSettings, houseLinkSettings } from '../../src/config/house/house-link-settings.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { GivenConfig } from '../../src/service/relay/house/given/given-config.ts';
import type { HouseMember } from '../../src/service/relay/house/house-member.ts';
import { HouseLink, type HouseLinkHost } from '../../src/service/relay/house/link/house-link.ts';
import { systemClock } from '../../src/stream/clock.ts';
import { HouseFolder } from './house-folder.ts';
import { RecordingLog } from './recording-log.ts';

const nothing = { players: 0, publishers: 0, sentBitsPerSecond: 0, receivedBitsPerSecond: 0, streams: [] };

/** A relay that has a link to a house, and nothing else; it looks for the house again as soon as it may. */
export class HouseLinkScene implements AsyncDisposable {
  readonly log: RecordingLog = new RecordingLog();
  readonly folder: HouseFolder;
  readonly link: HouseLink;

  private constructor(folder: HouseFolder, house: HouseLinkSettings, given: GivenConfig) {
    this.folder = folder;
    const member: HouseMember = {
      report: async (isWhole) => ({ ...nothing, isWhole, joined: [], left: [] }),
      keepOut: () => {},
      welcome: () => {},
    };
    const relay = { member, readiness: 'ready', settings: relaySettings.parse({}), process: undefined };
    const host = { clock: systemClock, log: this.log, relay, given, goBy: async () => [], random: () => 0 };
    this.link = new HouseLink(house, host as unknown as HouseLinkHost);
  }

  /** @param more - of the setting `house` */
  static async start(url: string, more: Readonly<Record<string, unknown>> = {}): Promise<HouseLinkScene> {
    const folder = await HouseFolder.make();
    const house = houseLinkSettings.parse(folder.settings(url, more));
    if (house === null) throw new Error('no house');
    const log = new RecordingLog();
    const given = await GivenConfig.open(relaySettings.parse({}), house, log);
    return new HouseLinkScene(folder, house, given);
  }

  /** Why the link was not to be had, or lost, for the `count`-th time. */
  async problem(count = 1): Promise<string> {
    const { fields } = await this.log.waitFor('house', {}, { count });
    return String(fields['reason']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.link.close();
    await this.folder[Symbol.asyncDispose]();
  }
}
