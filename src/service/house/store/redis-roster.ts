import { type RosterEntry, rosterSettings } from '../../../config/house/roster-settings.ts';
import { settings } from '../../../config/setting-schema.ts';
import { Audience } from '../audience.ts';
import { type Edition, editionShape, firstEdition, nextEdition } from './decision-record.ts';
import type { StoreHost } from './file-store.ts';
import { StoreError } from './house-store.ts';
import { KeptCopy } from './kept-copy.ts';
import { RedisDocument, type RedisDocumentHost } from './redis-document.ts';
import { isSameRoster, type SharedRoster, withHashedKeys } from './shared-roster.ts';

/** A shared roster as it is kept. */
export interface RosterRecord extends Edition {
  readonly entries: readonly RosterEntry[];
}

/** What a roster in Redis needs of the house. */
export interface RedisRosterHost
  extends StoreHost,
    Pick<RedisDocumentHost<RosterRecord>, 'link' | 'key' | 'channel' | 'announcement'> {}

const ROSTER_FILE = 'shared-roster.json';

const MAX_BYTES = 16 * 2 ** 20;

/** The roster that houses share by Redis. */
export class RedisRoster implements SharedRoster {
  readonly #document: RedisDocument<RosterRecord>;
  readonly #listeners: Audience<[readonly RosterEntry[]]>;
  readonly #copy: KeptCopy;
  /** What is to be put there as soon as that can be. */
  #wanted: readonly RosterEntry[] | undefined;

  /** @param kept - what {@link readKept} has found */
  constructor(host: RedisRosterHost, kept: RosterRecord) {
    const { link, key, channel, announcement, log } = host;
    this.#listeners = new Audience(log);
    this.#copy = new KeptCopy(host, ROSTER_FILE);
    this.#document = new RedisDocument<RosterRecord>(
      {
        ...{ link, key, channel, announcement, write: JSON.stringify, read: readRoster },
        onChange: (record) => {
          this.#copy.keep(() => JSON.stringify(record));
          this.#listeners.tell(record.entries);
        },
      },
      kept,
    );
  }

  /** What this house has kept of the roster. @throws StoreError where its folder cannot be used */
  static async readKept(host: StoreHost): Promise<RosterRecord> {
    const { folder } = host;
    const kept = await KeptCopy.read(host, ROSTER_FILE, async () => {
      const text = await folder.read(ROSTER_FILE, MAX_BYTES);
      return text === undefined ? undefined : readRoster(text);
    });
    return kept ?? { ...firstEdition(), entries: [] };
  }

  get entries(): readonly RosterEntry[] | undefined {
    const { revision, entries } = this.#document.current;
    return revision === 0 ? undefined : entries;
  }

  /** Resolves when the copy is written, or could not be. */
  get written(): Promise<void> {
    return this.#copy.written;
  }

  put(entries: readonly RosterEntry[]): void {
    this.#wanted = entries;
    this.#putWanted().catch(() => {}); // comes with the next look then
  }

  onChange(tell: (entries: readonly RosterEntry[]) => void): () => void {
    return this.#listeners.add(tell);
  }

  /** Brings both sides up to date. @throws StoreError */
  async synchronize(): Promise<void> {
    await this.#document.synchronize();
    await this.#putWanted();
  }

  async #putWanted(): Promise<void> {
    while (this.#wanted !== undefined) {
      const wanted = this.#wanted;
      const outcome = await this.#document.put((record) =>
        record.revision > 0 && isSameRoster(wanted, record.entries)
          ? undefined
          : { ...nextEdition(record), entries: withHashedKeys(wanted, record.entries) },
      );
      if (outcome !== 'behind' && this.#wanted === wanted) this.#wanted = undefined;
    }
  }
}

const recordSchema = settings<RosterRecord>({
  ...editionShape,
  entries: rosterSettings,
});

/** @throws StoreError */
function readRoster(text: string): RosterRecord {
  if (text.length > MAX_BYTES) throw new StoreError(`has more than ${MAX_BYTES / 2 ** 20} MiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError('is not JSON');
  }
  const found = recordSchema.safeParse(value);
  if (found.success) return found.data;
  throw new StoreError(`is no roster at ${found.error.issues[0]?.path.join('.') || 'its beginning'}`);
}
