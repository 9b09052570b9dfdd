import { addressGroup } from './config/networks.ts';

/**
 * Whose doing lines are: `demand` is a stream that a player asks for and that has not come yet, `upstream` one that comes or is
 * always wanted, `operator` what somebody changes by the API, `relay` a fault of the relay's own.
 */
export const speakerKinds = ['peer', 'demand', 'upstream', 'forward', 'hook', 'operator', 'relay'] as const;

/** One of {@link speakerKinds}. */
export type SpeakerKind = (typeof speakerKinds)[number];

/** How many lines a log takes. */
export interface LogRates {
  /** Of each kind in all, lines a second. */
  readonly linesPerSecond: number;
  /** Of one address or stream among them, lines a second. */
  readonly linesPerSecondPerAddress: number;
}

/** Lines that were left out of a log since it was last told. */
export interface LeftOut {
  readonly kind: SpeakerKind;
  readonly lines: number;
  /** Of whom most were left out, where that is known. */
  readonly most: { readonly name: string; readonly lines: number } | undefined;
}

/** What a log needs of a clock. */
export interface LogTime {
  /** Milliseconds since some fixed moment. */
  now(): number;
  after(ms: number, callback: () => void): unknown;
}

/** Lines may come all at once that a rate allows in so many milliseconds. */
const AT_ONCE_MS = 5000;

/** How often it is looked whether it is time to tell what was left out, milliseconds. */
const LOOK_MS = 1000;

/** Where lines are left out without a pause that is told after so many looks. */
const MAX_LOOKS = 60;

const realTime: LogTime = {
  now: () => performance.now(),
  after: (ms, callback) => setTimeout(callback, ms).unref(),
};

/** So many lines a second in the long run, those of {@link AT_ONCE_MS} at once, though at least one. */
class Pace {
  #msPerLine: number;
  #spentUntil = Number.NEGATIVE_INFINITY;
  leftOut = 0;

  constructor(linesPerSecond: number) {
    this.#msPerLine = 1000 / linesPerSecond;
  }

  /** What was taken stays taken. */
  setRate(linesPerSecond: number): void {
    this.#msPerLine = 1000 / linesPerSecond;
  }

  hasRoom(now: number): boolean {
    return this.#spentUntil <= now + Math.max(0, AT_ONCE_MS - this.#msPerLine);
  }

  take(now: number): void {
    this.#spentUntil = Math.max(this.#spentUntil, now) + this.#msPerLine;
  }

  /** Whether it is as if it had never been taken from. */
  isFresh(now: number): boolean {
    return this.#spentUntil <= now && this.leftOut === 0;
  }
}

/** The share of one kind of speakers; who has said nothing for a while is forgotten, so that it stays small. */
class Share {
  readonly #kind: SpeakerKind;
  #eachPerSecond: number;
  readonly #all: Pace;
  readonly #each = new Map<string, Pace>();
  /** Of all lines that ever were left out. */
  total = 0;
  #leftOutBefore = 0;
  #looks = 0;

  constructor(kind: SpeakerKind, { linesPerSecond, linesPerSecondPerAddress }: LogRates) {
    this.#kind = kind;
    this.#all = new Pace(linesPerSecond);
    this.#eachPerSecond = linesPerSecondPerAddress;
  }

  configure({ linesPerSecond, linesPerSecondPerAddress }: LogRates): void {
    this.#all.setRate(linesPerSecond);
    this.#eachPerSecond = linesPerSecondPerAddress;
    for (const pace of this.#each.values()) pace.setRate(linesPerSecondPerAddress);
  }

  take(name: string, now: number): boolean {
    const known = this.#each.get(name);
    const one = known ?? new Pace(this.#eachPerSecond);
    const hasRoom = one.hasRoom(now) && this.#all.hasRoom(now);
    if (hasRoom) {
      one.take(now);
      this.#all.take(now);
      if (known === undefined) this.#each.set(name, one); // only then: there are never more than lines
    } else {
      one.leftOut++;
      this.#all.leftOut++;
      this.total++;
    }
    return hasRoom;
  }

  get speakers(): number {
    return this.#each.size;
  }

  /** Whether there is nothing to remember. */
  isFresh(now: number): boolean {
    return this.#each.size === 0 && this.#all.isFresh(now);
  }

  /** Forgets who has been quiet. @returns what is to be told, if lines were left out and are no more, or have been for long */
  look(now: number): LeftOut | undefined {
    const { leftOut: lines } = this.#all;
    const isOngoing = lines !== this.#leftOutBefore && ++this.#looks < MAX_LOOKS;
    this.#leftOutBefore = isOngoing ? lines : 0;
    const leftOut = isOngoing ? undefined : this.tell();
    for (const [name, pace] of this.#each) if (pace.isFresh(now)) this.#each.delete(name);
    return leftOut;
  }

  /** What was left out since it was last told. */
  tell(): LeftOut | undefined {
    const { leftOut: lines } = this.#all;
    if (lines === 0) return undefined;
    const leftOut = { kind: this.#kind, lines, most: this.#most() };
    this.#beginAnew();
    return leftOut;
  }

  #most(): LeftOut['most'] {
    let most: { readonly name: string; readonly lines: number } | undefined;
    for (const [name, { leftOut: lines }] of this.#each)
      if (lines > (most?.lines ?? 0)) most = { name, lines };
    return most;
  }

  #beginAnew(): void {
    this.#looks = 0;
    this.#all.leftOut = 0;
    for (const pace of this.#each.values()) pace.leftOut = 0;
  }
}

/**
 * Shares a log out, so that nobody can fill it: each kind of speakers has a share of its own, and each of them a part of that.
 * What it remembers is bounded by the rates, however many speakers there are.
 */
export class LogShares {
  #rates: LogRates;
  readonly #time: LogTime;
  readonly #shares = new Map<SpeakerKind, Share>();
  #isLooking = false;
  /** Says in the log what was left out of it. */
  onLeftOut: (leftOut: LeftOut) => void = () => {};

  constructor(rates: LogRates, time: LogTime = realTime) {
    this.#rates = rates;
    this.#time = time;
  }

  /** Other rates hold from now on. */
  configure(rates: LogRates): void {
    this.#rates = rates;
    for (const share of this.#shares.values()) share.configure(rates);
  }

  /** Whether a line may be written; it is left out and counted otherwise. @param name - address of a peer, or what others are called */
  take(kind: SpeakerKind, name: string): boolean {
    let share = this.#shares.get(kind);
    if (share === undefined) {
      share = new Share(kind, this.#rates);
      this.#shares.set(kind, share);
    }
    if (!this.#isLooking) this.#lookLater();
    return share.take(kind === 'peer' ? addressGroup(name) : name, this.#time.now());
  }

  /** How many lines were left out so far, by whose doing they were. */
  *leftOut(): Generator<[SpeakerKind, number]> {
    for (const [kind, { total }] of this.#shares) yield [kind, total];
  }

  /** Tells at once what was left out: the log is about to end. */
  tellAll(): void {
    for (const share of this.#shares.values()) {
      const leftOut = share.tell();
      if (leftOut !== undefined) this.onLeftOut(leftOut);
    }
  }

  /** How many it remembers. */
  get speakers(): number {
    return [...this.#shares.values()].reduce((sum, { speakers }) => sum + speakers, 0);
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#time.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const now = this.#time.now();
    const shares = [...this.#shares.values()];
    const leftOut = shares.flatMap((share) => share.look(now) ?? []);
    this.#isLooking = false;
    if (shares.some((share) => !share.isFresh(now))) this.#lookLater();
    for (const each of leftOut) this.onLeftOut(each);
  }
}
