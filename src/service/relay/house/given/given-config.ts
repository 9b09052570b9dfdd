import type { HouseLinkSettings } from '../../../../config/house/house-link-settings.ts';
import type { RelaySettings } from '../../../../config/relay-settings.ts';
import { type Log, printable } from '../../../../log.ts';
import type { BansInstruction, ConfigInstruction } from '../../../fleet-link/house-message.ts';
import { MAX_CHARACTERS } from '../../../fleet-link/link-limits.ts';
import type { Telemetry } from '../../../fleet-link/relay-message.ts';
import { copyPlace } from './copy-place.ts';
import { type GivenCopy, GivenCopyError, readGivenCopy, writeGivenCopy } from './given-copy.ts';
import { type GivenSettings, judgeGiven, underGiven } from './given-settings.ts';

/** What holds now of what a house has given. */
interface Given {
  readonly revision: string;
  readonly written: ConfigInstruction['settings'];
  readonly settings: GivenSettings;
}

/** Has the relay go by settings. @throws Error with the reason; then the old ones hold */
export type GoBy = (settings: RelaySettings) => Promise<readonly string[]>;

/** What a relay has been given by its house, over what it has of its own; kept on disk for starts without the house. */
export class GivenConfig {
  readonly #house: HouseLinkSettings;
  readonly #log: Log;
  readonly #file: string;
  #given: Given | undefined;
  #bans: BansInstruction['bans'] = [];
  /** Of the relay alone, as it runs now. */
  #own: RelaySettings;
  #tried: Telemetry['config'] = { revision: null, problem: null };
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(own: RelaySettings, house: HouseLinkSettings, log: Log) {
    this.#own = own;
    this.#house = house;
    this.#log = log;
    this.#file = copyPlace(house);
  }

  /** With what the copy on disk has; one that cannot be used is told of, and changes nothing. */
  static async open(own: RelaySettings, house: HouseLinkSettings, log: Log): Promise<GivenConfig> {
    const config = new GivenConfig(own, house, log);
    await config.#read();
    return config;
  }

  /** What holds of the house's; null without any. */
  get revision(): string | null {
    return this.#given?.revision ?? null;
  }

  /** What was tried last, and what is wrong with it. */
  get tried(): Telemetry['config'] {
    return this.#tried;
  }

  /** Who is kept out. */
  get bans(): BansInstruction['bans'] {
    return this.#bans;
  }

  /** What the relay is to run with. */
  get settings(): RelaySettings {
    return underGiven(this.#own, this.#given?.settings);
  }

  /** The relay has other settings of its own. @throws Error with the reason; then the old ones hold */
  configure(own: RelaySettings, goBy: GoBy): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const waiting = await goBy(underGiven(own, this.#given?.settings));
      this.#own = own;
      return waiting;
    });
  }

  /** Goes by what the house gives now. @throws Error with the reason; then what was given before holds */
  give({ revision, settings: written }: ConfigInstruction, goBy: GoBy): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#given?.revision === revision && this.#tried.problem === null) return;
      try {
        const given = { revision, written, settings: judgeGiven(written, this.#house.id) };
        await goBy(underGiven(this.#own, given.settings));
        this.#given = given;
        this.#tried = { revision, problem: null };
      } catch (error) {
        this.#tried = { revision, problem: printable((error as Error).message, MAX_CHARACTERS.problem) };
        throw error;
      }
      await this.#write();
    });
  }

  /** These are kept out from now on. */
  async ban(bans: BansInstruction['bans']): Promise<void> {
    this.#bans = bans;
    await this.#inTurn(() => this.#write());
  }

  async #read(): Promise<void> {
    try {
      const copy = await readGivenCopy(this.#file);
      if (copy === undefined) return;
      const { url, id } = this.#house;
      if (copy.house !== url || copy.relay !== id)
        throw new GivenCopyError(`${this.#file} is not used: it is of another house or relay`);
      const { revision, settings: written, bans } = copy;
      this.#given = { revision, written, settings: judgeGiven(written, id) };
      this.#tried = { revision, problem: null };
      this.#bans = bans;
      this.#log.info('house-config', `config ${revision} of the house is used, from the copy ${this.#file}`, {
        revision,
      });
    } catch (error) {
      this.#tell(error);
    }
  }

  async #write(): Promise<void> {
    if (this.#given === undefined) return;
    const { url: house, id: relay } = this.#house;
    const { revision, written: settings } = this.#given;
    const copy: GivenCopy = { version: 1, house, relay, revision, settings, bans: this.#bans };
    await writeGivenCopy(this.#file, copy).catch((error: unknown) => this.#tell(error));
  }

  #tell(error: unknown): void {
    this.#log.warn('house-config', (error as Error).message, { revision: this.revision });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }
}
