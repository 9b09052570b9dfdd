import { createHmac, randomBytes } from 'node:crypto';
import { addressGroup } from '../../../config/networks.ts';
import { formatScryptHash, type ScryptHash } from '../../../credentials/scrypt-hash.ts';
import type { Clock } from '../../../stream/clock.ts';

/** What becomes of a password: `busy` where there are too many to be looked at. */
export type PasswordAnswer = 'right' | 'wrong' | 'busy';

/** Looks at one password, in a thread of its own. */
export type MatchesPassword = (password: string, hash: ScryptHash) => Promise<boolean>;

/** The same, one at a time whoever asks. */
export function oneAtATime(matches: MatchesPassword): MatchesPassword {
  let last: Promise<unknown> = Promise.resolve();
  return (password, hash) => {
    const next = last.then(() => matches(password, hash));
    last = next.catch(() => {});
    return next;
  };
}

/** Passwords that wait; each takes about 0.1 s. */
const MAX_WAITING = 64;
/** Those of them from one IPv4 address or IPv6 /64. */
const MAX_WAITING_OF_ONE = 8;
/** Nobody waits longer for a password to be looked at, milliseconds. */
const MAX_WAIT_MS = 5000;

/** Passwords that were right need no second look for this long, milliseconds. */
const KNOWN_MS = 10 * 60_000;
/** So many of them are known, each with about 100 bytes. */
const MAX_KNOWN = 4096;

/** A password that somebody shows, and what it is held against. */
export interface ShownPassword {
  readonly password: string;
  readonly hash: ScryptHash;
  /** Of whoever shows it. */
  readonly address: string;
  /** The same object as long as it is shown for the same. */
  readonly holder: object;
  /** Whether it was looked at for this holder before. */
  readonly isAgain: boolean;
}

/** A password to be looked at, and whoever asks about that one. */
interface Look {
  readonly id: string;
  readonly password: string;
  readonly hash: ScryptHash;
  readonly group: string;
  readonly since: number;
  readonly askers: Set<Asker>;
}

interface Asker {
  readonly answer: (answer: PasswordAnswer) => void;
}

/**
 * Looks at one password at a time, as each costs much work and memory on purpose. Whoever asks about a password that is looked at
 * already gets the same answer; what was right lately is known by a keyed hash, never as it is.
 */
export class PasswordQueue {
  readonly #clock: Clock;
  readonly #matches: MatchesPassword;
  readonly #key = randomBytes(32);
  /** Until when, milliseconds of the clock; the least lately used first. */
  readonly #known = new Map<string, number>();
  /** What was right, by whoever has shown it. */
  readonly #proven = new WeakMap<object, Set<string>>();
  /** In the order in which they came, the one that is looked at included. */
  readonly #looks = new Map<string, Look>();
  #isLooking = false;

  constructor(clock: Clock, matches: MatchesPassword) {
    this.#clock = clock;
    this.#matches = matches;
  }

  /** How many passwords wait or are looked at. */
  get size(): number {
    return this.#looks.size;
  }

  /**
   * Whether the password is the one that was hashed. What was right for a holder is so when it is asked again.
   * @param signal - it has left: the answer is of no use, and where nobody else waits for it, no work is done
   */
  async check(shown: ShownPassword, signal: AbortSignal): Promise<PasswordAnswer> {
    const { password, hash, address, holder, isAgain } = shown;
    const id = this.#idOf(password, hash);
    const proven = this.#proven.get(holder) ?? new Set();
    if (isAgain && proven.has(id)) return 'right';
    const look =
      this.#looks.get(id) ?? (this.#isKnown(id) ? 'right' : this.#begin(id, password, hash, address));
    if (look === undefined) return 'busy';
    const answer = look === 'right' ? look : await this.#answerOf(look, signal);
    if (answer === 'right') this.#proven.set(holder, proven.add(id));
    return answer;
  }

  #answerOf(look: Look, signal: AbortSignal): Promise<PasswordAnswer> {
    return new Promise((resolve) => {
      const leave = (): void => {
        look.askers.delete(asker);
      };
      const asker: Asker = {
        answer: (answer) => {
          signal.removeEventListener('abort', leave);
          resolve(answer);
        },
      };
      look.askers.add(asker);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #begin(id: string, password: string, hash: ScryptHash, address: string): Look | undefined {
    const group = addressGroup(address);
    const ofGroup = [...this.#looks.values()].filter((look) => look.group === group).length;
    if (this.#looks.size >= MAX_WAITING || ofGroup >= MAX_WAITING_OF_ONE) return undefined;
    const look = { id, password, hash, group, since: this.#clock.now(), askers: new Set<Asker>() };
    this.#looks.set(id, look);
    if (!this.#isLooking) void this.#work();
    return look;
  }

  async #work(): Promise<void> {
    this.#isLooking = true;
    await Promise.resolve(); // whoever began it is about to ask
    for (const look of this.#looks.values()) {
      const answer = await this.#lookAt(look);
      this.#looks.delete(look.id);
      for (const asker of look.askers) asker.answer(answer);
    }
    this.#isLooking = false;
  }

  async #lookAt({ id, password, hash, since, askers }: Look): Promise<PasswordAnswer> {
    if (askers.size === 0 || this.#clock.now() - since > MAX_WAIT_MS) return 'busy';
    try {
      if (!(await this.#matches(password, hash))) return 'wrong';
    } catch {
      return 'busy'; // there is no memory for it, or the thread that does it has ended
    }
    this.#know(id);
    return 'right';
  }

  #isKnown(id: string): boolean {
    const until = this.#known.get(id);
    if (until === undefined) return false;
    this.#known.delete(id);
    if (until < this.#clock.now()) return false;
    this.#known.set(id, until);
    return true;
  }

  #know(id: string): void {
    this.#known.set(id, this.#clock.now() + KNOWN_MS);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  /** A password with what it is held against. */
  #idOf(password: string, hash: ScryptHash): string {
    const written = `${formatScryptHash(hash)}\n${password.normalize('NFC')}`;
    return createHmac('sha256', this.#key).update(written).digest('base64');
  }
}
