import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../../log.ts';
import { Audience } from '../audience.ts';
import { blankRecord, type DecisionRecord, nextEdition, readRecord, recordText } from './decision-record.ts';
import { MAX_DECISION_BYTES, tidyDecisions } from './decisions.ts';
import { type Decisions, type HouseStore, StoreError } from './house-store.ts';
import type { StateFolder } from './state-folder.ts';

/** The file with what was decided. */
export const DECISIONS_FILE = 'decisions.json';

/** What a store needs of the house. */
export interface StoreHost {
  readonly folder: StateFolder;
  readonly log: Log;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** The store of a house that is alone: a file in its folder. */
export class FileStore implements HouseStore {
  readonly house: string = newHouseId();
  readonly #host: StoreHost;
  readonly #listeners: Audience<[Decisions]>;
  #record: DecisionRecord;
  #isThere = true;
  /** One decision after the other. */
  #work: Promise<void> = Promise.resolve();

  private constructor(host: StoreHost, record: DecisionRecord) {
    this.#host = host;
    this.#record = record;
    this.#listeners = new Audience(host.log);
  }

  /** @throws StoreError where the file is not as a house has left it: nothing is written over it then */
  static async open(host: StoreHost): Promise<FileStore> {
    return new FileStore(host, (await readKept(host)) ?? blankRecord());
  }

  get decisions(): Decisions {
    return this.#record.decisions;
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    const decided = this.#work.then(() => this.#decide(by));
    this.#work = decided.catch(() => {});
    return decided;
  }

  onDecisions(tell: (decisions: Decisions) => void): () => void {
    return this.#listeners.add(tell);
  }

  tell(): void {} // nobody is there

  hear(): () => void {
    return () => {};
  }

  close(): Promise<void> {
    return this.#work;
  }

  async #decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    const { decisions: former } = this.#record;
    const decisions = tidyDecisions(by(former), this.#host.wallMs());
    if (isDeepStrictEqual(decisions, former)) return;
    const record = { ...nextEdition(this.#record), decisions };
    await this.#write(record);
    this.#record = record;
    this.#listeners.tell(decisions);
  }

  async #write(record: DecisionRecord): Promise<void> {
    const text = recordText(record);
    try {
      await this.#host.folder.write(DECISIONS_FILE, text);
      this.#isThere = true;
    } catch (error) {
      this.#isThere = false;
      throw error;
    }
  }
}

/** Of a house: another one after each start. */
export function newHouseId(): string {
  return randomBytes(9).toString('base64url');
}

/** What a house has left in its folder; undefined where there is none. @throws StoreError that names the file */
export async function readKept({ folder, wallMs }: StoreHost): Promise<DecisionRecord | undefined> {
  const text = await folder.read(DECISIONS_FILE, MAX_DECISION_BYTES);
  if (text === undefined) return undefined;
  try {
    const record = readRecord(text);
    return { ...record, decisions: tidyDecisions(record.decisions, wallMs()) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const cure = 'mend it, or move it away and begin without bans, drained and provisioned relays';
    throw new StoreError(`${folder.fileOf(DECISIONS_FILE)} ${error.message}: ${cure}`);
  }
}
