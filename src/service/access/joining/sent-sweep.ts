import { type Clock, every } from '../../../stream/clock.ts';
import type { Join, SentReport } from './join.ts';
import { ShareList } from './share-list.ts';

/** How often it is measured what is sent, milliseconds: a rate is that since the measurement before. */
export const SENT_SWEEP_MS = 2000;

/** What a thread has counted anyway, bytes. */
export interface SentCounters {
  /** What a session has been sent; undefined when it is gone. */
  sessionBytes(session: string): number | undefined;
  /** What has come of each stream whose home this thread is. */
  streamBytes(): Iterable<readonly [key: string, bytes: number]>;
}

/** A play that counts to shares with a bit rate. */
interface MeteredPlay {
  readonly join: Join;
  /** What its stream had when it came. */
  readonly streamBits: number;
  names: readonly string[];
  isYoung: boolean;
}

/** Measures what is sent where a limit asks for it: every two seconds, from counters that are there; else it does nothing. */
export class SentSweep {
  readonly #clock: Clock;
  readonly #counters: SentCounters;
  readonly #onReport: (report: SentReport) => void;
  #list = new ShareList([]);
  readonly #plays = new Map<number, MeteredPlay>();
  /** What was counted at the last measurement. */
  #sessionBytes = new Map<string, number>();
  #streamBytes = new Map<string, number>();
  #measuredAt = 0;
  #upTo = 0;
  /** How many plays have credentials with a bit rate. */
  #withOwnLimit = 0;
  #stop: (() => void) | undefined;

  /** @param onReport - called with every measurement */
  constructor(clock: Clock, counters: SentCounters, onReport: (report: SentReport) => void) {
    this.#clock = clock;
    this.#counters = counters;
    this.#onReport = onReport;
  }

  /** Other limits hold. */
  configure(list: ShareList): void {
    this.#list = list;
    for (const play of this.#plays.values()) play.names = this.#namesOf(play.join);
    this.#runIfWanted();
  }

  /** A play holds a part of shares. @param streamBits - what its stream has, as far as that is known */
  add(id: number, join: Join, streamBits: number): void {
    this.#upTo = id;
    if (join.verb !== 'play') return;
    this.#plays.set(id, { join, streamBits, names: this.#namesOf(join), isYoung: true });
    if (hasOwnLimit(join) && ++this.#withOwnLimit === 1) this.#runIfWanted();
  }

  /** It is over. */
  remove(id: number): void {
    const join = this.#plays.get(id)?.join;
    this.#plays.delete(id);
    if (join !== undefined && hasOwnLimit(join)) this.#withOwnLimit--; // the next measurement finds out
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #namesOf(join: Join): readonly string[] {
    const limited = this.#list.sharesOf(join).filter(({ amounts }) => amounts.bitsPerSecond !== null);
    return limited.map(({ name }) => name);
  }

  #runIfWanted(): void {
    const isWanted = this.#list.limitsBits || this.#withOwnLimit > 0;
    if (isWanted && this.#stop === undefined) {
      this.#sessionBytes.clear();
      this.#streamBytes.clear();
      this.#measuredAt = this.#clock.now();
      this.#stop = every(this.#clock, SENT_SWEEP_MS, () => this.#measure());
    } else if (!isWanted && this.#stop !== undefined) {
      this.close();
      this.#onReport({ upTo: this.#upTo, shares: new Map(), streams: new Map() });
    }
  }

  #measure(): void {
    const now = this.#clock.now();
    const bitsOf = (bytes: number): number =>
      Math.max(0, Math.round((8000 * bytes) / (now - this.#measuredAt)));
    const report = { upTo: this.#upTo, shares: this.#sharesBits(bitsOf), streams: this.#streamsBits(bitsOf) };
    this.#measuredAt = now;
    this.#onReport(report);
    this.#runIfWanted();
  }

  /** A connection counts once to a share, with all that it is sent, however much it plays. */
  #sharesBits(bitsOf: (bytes: number) => number): Map<string, number> {
    const shares = new Map<string, number>();
    const bytesNow = new Map<string, number>();
    const counted = new Map<string, Set<string>>();
    const add = (name: string, bits: number): void => {
      shares.set(name, (shares.get(name) ?? 0) + bits);
    };
    for (const play of this.#plays.values()) {
      const { session } = play.join;
      const bytes = bytesNow.get(session) ?? this.#counters.sessionBytes(session);
      if (bytes === undefined) continue;
      bytesNow.set(session, bytes);
      const before = this.#sessionBytes.get(session);
      if (play.isYoung || before === undefined) {
        for (const name of play.names) add(name, play.streamBits);
        play.isYoung = false;
        continue;
      }
      let names = counted.get(session);
      if (names === undefined) {
        names = new Set();
        counted.set(session, names);
      }
      for (const name of play.names) {
        if (names.has(name)) continue;
        names.add(name);
        add(name, bitsOf(bytes - before));
      }
    }
    this.#sessionBytes = bytesNow;
    return shares;
  }

  #streamsBits(bitsOf: (bytes: number) => number): Map<string, number> {
    const streams = new Map<string, number>();
    const bytesNow = new Map<string, number>();
    for (const [key, bytes] of this.#counters.streamBytes()) {
      bytesNow.set(key, bytes);
      const before = this.#streamBytes.get(key);
      if (before !== undefined) streams.set(key, bitsOf(bytes - before));
    }
    this.#streamBytes = bytesNow;
    return streams;
  }
}

function hasOwnLimit({ limits }: Join): boolean {
  return limits['bitsPerSecond'] !== undefined;
}
