import { isDeepStrictEqual } from 'node:util';
import type { RedisPlace } from '../../../config/house/redis-url.ts';
import type { ClientTrust } from '../../../session/upstream/client-tls.ts';
import type { Clock } from '../../../stream/clock.ts';
import { Audience } from '../audience.ts';
import { blankRecord, type DecisionRecord, nextEdition, readRecord, recordText } from './decision-record.ts';
import { tidyDecisions } from './decisions.ts';
import { DECISIONS_FILE, newHouseId, readKept, type StoreHost } from './file-store.ts';
import { type Decisions, type HouseNews, type HouseStore, StoreError } from './house-store.ts';
import { KeptCopy } from './kept-copy.ts';
import { type NewsMessage, newsText, readNews, type StoreNews } from './news-message.ts';
import { RedisDocument } from './redis-document.ts';
import { RedisLink } from './redis-link.ts';
import { RedisRoster, type RosterRecord } from './redis-roster.ts';

/** Where houses meet. */
export interface RedisMeeting {
  readonly place: RedisPlace;
  readonly tls: ClientTrust;
  /** What all keys and the channel begin with. */
  readonly prefix: string;
}

/** What a store in Redis needs of the house. */
export interface RedisStoreHost extends StoreHost {
  readonly clock: Clock;
}

/** Who loses so many races for one decision gives up. */
const MAX_TRIES = 50;

/** Messages that nobody understands are told of so often at most, milliseconds. */
const COMPLAIN_MS = 60_000;

/** The store of houses that share: what they decide is in Redis, with a copy in the folder of each, and they hear each other by it. */
export class RedisStore implements HouseStore {
  readonly house: string = newHouseId();
  readonly roster: RedisRoster;
  readonly #host: RedisStoreHost;
  readonly #listeners: Audience<[Decisions]>;
  readonly #hearers: Audience<[HouseNews, string]>;
  readonly #link: RedisLink;
  readonly #document: RedisDocument<DecisionRecord>;
  readonly #copy: KeptCopy;
  #complainedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    settings: RedisMeeting,
    host: RedisStoreHost,
    kept: DecisionRecord,
    roster: RosterRecord,
  ) {
    const { place, tls, prefix } = settings;
    const { clock, log } = host;
    this.#host = host;
    this.#listeners = new Audience(log);
    this.#hearers = new Audience(log);
    this.#copy = new KeptCopy(host, DECISIONS_FILE);
    const channel = `${prefix}v1:news`;
    this.#link = new RedisLink({
      ...{ place, tls, clock, log, channel },
      onMessage: (text) => this.#hear(text),
      synchronize: () => this.#synchronize(),
      onThere: () => this.#arrive(),
    });
    const shared = { link: this.#link, channel };
    this.#document = new RedisDocument<DecisionRecord>(
      {
        ...{ ...shared, key: `${prefix}v1:decisions`, announcement: this.#announcement('decided') },
        ...{ write: recordText, read: readRecord },
        onChange: (record) => this.#take(record),
      },
      kept,
    );
    const key = `${prefix}v1:roster`;
    this.roster = new RedisRoster(
      { ...shared, ...host, key, announcement: this.#announcement('roster') },
      roster,
    );
  }

  /**
   * Begins with what the house has kept, and resolves once Redis has answered, or cannot be used now.
   * @throws StoreError where the folder cannot be used
   */
  static async open(settings: RedisMeeting, host: RedisStoreHost): Promise<RedisStore> {
    const kept = (await KeptCopy.read(host, DECISIONS_FILE, () => readKept(host))) ?? blankRecord();
    const store = new RedisStore(settings, host, kept, await RedisRoster.readKept(host));
    await store.#link.open();
    return store;
  }

  get decisions(): Decisions {
    return this.#document.current.decisions;
  }

  get isThere(): boolean {
    return this.#link.isThere;
  }

  async decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    const next = (record: DecisionRecord): DecisionRecord | undefined => {
      const { decisions: former } = record;
      const decisions = tidyDecisions(by(former), this.#host.wallMs());
      return isDeepStrictEqual(decisions, former) ? undefined : { ...nextEdition(record), decisions };
    };
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      this.#link.mustBeThere();
      if ((await this.#document.put(next)) !== 'behind') return;
    }
    throw new StoreError('other houses decide so much that nothing else can be decided now: try again');
  }

  onDecisions(tell: (decisions: Decisions) => void): () => void {
    return this.#listeners.add(tell);
  }

  tell(news: HouseNews): void {
    if (!this.#link.isThere) return;
    const text = newsText({ from: this.house, news });
    if (text !== undefined) this.#link.publish(text);
  }

  hear(take: (news: HouseNews, from: string) => void): () => void {
    return this.#hearers.add(take);
  }

  async close(): Promise<void> {
    this.#link.close();
    await Promise.all([this.#copy.written, this.roster.written]);
  }

  /** The others tell this house what it has missed, and this one tells them: whoever has come back before them was not heard. */
  #arrive(): void {
    this.tell({ what: 'arrived' });
    this.#hearers.tell({ what: 'arrived' }, this.house);
  }

  async #synchronize(): Promise<void> {
    await this.#document.synchronize();
    await this.roster.synchronize();
  }

  #take(record: DecisionRecord): void {
    this.#copy.keep(() => recordText(record));
    this.#listeners.tell(record.decisions);
  }

  #hear(text: string): void {
    const message = readNews(text);
    if (typeof message === 'string') this.#complain(message);
    else this.#hearMessage(message);
  }

  #hearMessage({ from, news }: NewsMessage): void {
    if (from === this.house) return;
    const shared = { decided: this.#document, roster: this.roster };
    if (news.what !== 'decided' && news.what !== 'roster') this.#hearers.tell(news, from);
    else shared[news.what].synchronize().catch(() => {}); // what fails comes with the next look
  }

  #complain(problem: string): void {
    const { clock, log } = this.#host;
    if (clock.now() - this.#complainedAt < COMPLAIN_MS) return;
    this.#complainedAt = clock.now();
    log.warn('store', `left out a message from Redis: ${problem}`);
  }

  #announcement(what: StoreNews['what']): string {
    return newsText({ from: this.house, news: { what } }) ?? '';
  }
}
