import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import { type Decisions, type HouseStore, StoreError } from '../store/house-store.ts';
import {
  type KeptFiles,
  newPermitPair,
  type PermitPair,
  readPermitPairs,
  writePermitPairs,
} from './permit-pairs.ts';

/** How often it is looked whether there is anything to do, milliseconds. */
const LOOK_MS = 60_000;

/** How often a house says that it uses its key, milliseconds: more seldom, and it is forgotten before those that are in use. */
const SAY_MS = 600_000;

/** A pair signs for so long, milliseconds. */
const USE_MS = 30 * 86_400_000;

/** Relays have so long to hear of a new key before it signs, milliseconds. */
const LEAD_MS = 600_000;

/** What a keyring needs of the house. */
export interface PermitKeyringParts {
  readonly files: KeptFiles;
  readonly store: Pick<HouseStore, 'decisions' | 'decide' | 'onDecisions'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** The key pairs of a house, whose public keys are among what the houses have decided together. */
export class PermitKeyring {
  readonly #parts: PermitKeyringParts;
  /** How long a permit may hold that a key has made, milliseconds; infinite where there is no end. */
  holdsMs: number;
  /** The oldest first. */
  #pairs: readonly PermitPair[];
  /** Ids that the others have heard of. */
  readonly #known = new Set<string>();
  readonly #tells = new Set<() => void>();
  /** Ids of all public keys that were last told of. */
  #told = '';
  readonly #stops: readonly (() => void)[];
  /** One step after the other. */
  #work: Promise<void>;

  private constructor(parts: PermitKeyringParts, holdsMs: number, kept: readonly PermitPair[]) {
    const { clock, store, wallMs } = parts;
    this.#parts = parts;
    this.holdsMs = holdsMs;
    this.#pairs = kept.length === 0 ? [newPermitPair(wallMs(), wallMs())] : kept;
    for (const { id } of kept) this.#known.add(id);
    this.#stops = [
      every(clock, LOOK_MS, () => void this.#doNext(() => this.#look())),
      store.onDecisions((decisions) => this.#onDecisions(decisions)),
    ];
    this.#work = this.#begin(kept.length === 0);
  }

  /** Opens what the house has left, or makes the first pair, and tells the others of it. @throws StoreError where a file cannot be used */
  static async open(parts: PermitKeyringParts, holdsMs: number): Promise<PermitKeyring> {
    const keyring = new PermitKeyring(parts, holdsMs, await readPermitPairs(parts.files));
    try {
      await keyring.#work;
    } catch (error) {
      keyring.close();
      throw error;
    }
    return keyring;
  }

  /** The pair that signs now. */
  get pair(): PermitPair {
    const now = this.#parts.wallMs();
    const [first] = this.#pairs;
    return this.#pairs.findLast(({ signsFrom }) => signsFrom <= now) ?? (first as PermitPair);
  }

  /** Public keys of all houses, base64url, by id: what relays are to know. */
  publicKeys(): Record<string, string> {
    const theirs = Object.entries(this.#parts.store.decisions.permitKeys);
    return {
      ...Object.fromEntries(theirs.map(([id, { publicKey }]) => [id, publicKey])),
      ...Object.fromEntries(this.#pairs.map(({ id, publicKey }) => [id, publicKey])),
    };
  }

  /** The public keys are others, or another one signs. @returns ends it */
  onChange(tell: () => void): () => void {
    this.#tells.add(tell);
    return () => this.#tells.delete(tell);
  }

  /**
   * Takes the public keys of all houses back: nothing holds any more that was signed with them, and every house makes a new pair.
   * @throws StoreError when that could not be kept: then they hold
   */
  renew(): Promise<void> {
    return this.#doNext(async () => {
      const { store, wallMs } = this.#parts;
      const fresh = newPermitPair(wallMs(), wallMs());
      await store.decide((decisions) => ({ ...decisions, permitKeys: this.#said([fresh]) }));
      await this.#replace(fresh, 'all keys were taken back');
    });
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  async #begin(isFirst: boolean): Promise<void> {
    if (isFirst) await this.#keep(this.#pairs);
    await this.#look();
  }

  async #look(): Promise<void> {
    const { store, wallMs } = this.#parts;
    const now = wallMs();
    const { permitKeys } = store.decisions;
    if (this.#areTakenBack(permitKeys)) await this.#replace(newPermitPair(now, now), 'it was taken back');
    const newest = this.#pairs.at(-1) as PermitPair;
    if (now - newest.madeAt >= USE_MS) await this.#keep([...this.#pairs, newPermitPair(now, now + LEAD_MS)]);
    const unused = this.#pairs.indexOf(this.pair);
    if (unused > 0) await this.#keep(this.#pairs.slice(unused));
    this.#tell();
    const areSaid = this.#pairs.every(({ id }) => now - (permitKeys[id]?.at ?? 0) < SAY_MS);
    if (!areSaid) await this.#say();
  }

  /** Has the others know them, and forget what nobody can hold a permit of any more. */
  async #say(): Promise<void> {
    const { store, wallMs, log } = this.#parts;
    const oldest = wallMs() - this.holdsMs - LEAD_MS - SAY_MS;
    try {
      await store.decide(({ permitKeys, ...decisions }) => {
        const standing = Object.entries(permitKeys).filter(([, { at }]) => at >= oldest);
        return { ...decisions, permitKeys: { ...Object.fromEntries(standing), ...this.#said(this.#pairs) } };
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const { id } = this.pair;
      log.debug('permit-key', `relays cannot be told of the key ${id}: ${error.message}`, { key: id });
    }
  }

  #said(pairs: readonly PermitPair[]): Decisions['permitKeys'] {
    const at = this.#parts.wallMs();
    return Object.fromEntries(pairs.map(({ id, publicKey }) => [id, { publicKey, at }]));
  }

  #onDecisions({ permitKeys }: Decisions): void {
    // where nobody's key is known any more all that was decided is lost: then it is said again
    if (Object.keys(permitKeys).length === 0) this.#known.clear();
    if (this.#areTakenBack(permitKeys)) void this.#doNext(() => this.#look());
    for (const { id } of this.#pairs) if (Object.hasOwn(permitKeys, id)) this.#known.add(id);
    this.#tell();
  }

  #areTakenBack(permitKeys: Decisions['permitKeys']): boolean {
    const isAnyKnown = Object.keys(permitKeys).length > 0;
    return isAnyKnown && this.#pairs.some(({ id }) => this.#known.has(id) && !Object.hasOwn(permitKeys, id));
  }

  async #replace(pair: PermitPair, why: string): Promise<void> {
    const { id: former } = this.pair;
    await this.#keep([pair]);
    this.#parts.log.warn('permit-key', `the key ${former} signs no more permits: ${why}`, { key: pair.id });
  }

  /** Kept first: what only this process knows would be gone with it. */
  async #keep(pairs: readonly PermitPair[]): Promise<void> {
    await writePermitPairs(this.#parts.files, pairs);
    this.#pairs = pairs;
    this.#tell();
  }

  #tell(): void {
    const now = [this.pair.id, ...Object.keys(this.publicKeys()).sort()].join();
    if (now === this.#told) return;
    this.#told = now;
    for (const tell of this.#tells) tell();
  }

  #doNext(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step);
    this.#work = done.catch((error: unknown) => {
      const { log } = this.#parts;
      if (error instanceof StoreError) log.error('permit-key', `keys of permits: ${error.message}`);
      else log.error('bug', `keys of permits: ${bugText(error)}`);
    });
    return done;
  }
}
