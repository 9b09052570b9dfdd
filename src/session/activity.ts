import { type AskedAgain, type Grant, isChallenge, isRefusal, type Verb, type Verdict } from './access.ts';
import type { Connection } from './connection.ts';
import type { ActivityEnd, ActivityProgress, Revocation, SessionActivity, SessionPeer } from './session.ts';
import { uidOf } from './uid-label.ts';

/** How long something was done, and what the connection carried meanwhile. */
export interface ActivityAccount {
  readonly stream: string;
  readonly seconds: number;
  readonly bytes: number;
  readonly reason: ActivityEnd;
}

/** What the log says at an end; the subject is the peer. */
const endings: Readonly<Record<ActivityEnd, string>> = {
  closed: 'it left',
  ended: 'the stream ended',
  format: 'the stream is not available in this format',
  kicked: 'an operator has ended it',
  'not-found': 'the stream did not come',
  protocol: 'it broke the protocol',
  replaced: 'another publisher took over',
  revoked: 'it is no longer allowed',
  shutdown: 'the relay is shutting down',
  stalled: 'it took no data for too long',
  timeout: 'it did not respond in time',
  unreadable: 'the recording could not be read on',
};

/** How long a grant holds that does not hold for ever. */
interface Term {
  readonly until: number;
  readonly recheckAt: number;
  /** While it is asked again; aborted when nobody waits for the answer. */
  readonly asking?: AbortController;
}

/** What a peer hears that cannot go on as what it was let in for. */
const changed = 'the server knows you otherwise now: connect again';
const missed = 'the server could not decide in time whether this may go on';

/** What a peer does by a grant of access, if it has one yet. */
export abstract class Activity implements SessionActivity {
  abstract readonly verb: Verb;
  protected readonly connection: Connection;
  #grant: Grant | undefined;
  #isGivenBack = false;
  #term: Term | undefined;
  /** When it was accepted, until then asked for, and what the connection had carried by then. */
  #acceptedAt: number;
  #carriedBefore = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#acceptedAt = connection.context.clock.now();
  }

  /** It goes on by this grant. */
  protected goBy(grant: Grant): void {
    this.#grant = grant;
    if (grant.until === Number.POSITIVE_INFINITY && grant.again === undefined) return;
    this.#term = this.#termOf(grant);
    this.connection.context.granted.add(this);
  }

  #termOf({ until, again }: Grant): Term {
    const { clock } = this.connection.context;
    return { until, recheckAt: clock.now() + (again?.everyMs ?? Number.POSITIVE_INFINITY) };
  }

  /** Gives back what access took for it; once is enough, more does no harm. */
  protected giveBack(): void {
    if (this.#grant === undefined || this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.connection.context.granted.delete(this);
    this.#term?.asking?.abort();
    this.#grant.release();
  }

  /** The stream is there: gives back what access took for the wait. */
  protected endWait(): void {
    this.#grant?.endWait();
  }

  get key(): string {
    return this.#grant?.key ?? '';
  }

  get session(): SessionPeer {
    return this.connection;
  }

  /** What stood behind the `?`, as it was sent. */
  get query(): string {
    return this.#grant?.query ?? '';
  }

  get identity(): string | undefined {
    return this.#grant?.identity;
  }

  get uid(): string | undefined {
    return uidOf(this.query);
  }

  get until(): number {
    return this.#term?.until ?? Number.POSITIVE_INFINITY;
  }

  get isProven(): boolean {
    return this.#grant?.again !== undefined && !this.#isGivenBack;
  }

  get recheckAt(): number {
    return this.#term?.recheckAt ?? Number.POSITIVE_INFINITY;
  }

  askAgain(): Promise<void> | undefined {
    const again = this.#grant?.again;
    const term = this.#term;
    const isOpen = !this.#isGivenBack && term?.asking === undefined;
    return again !== undefined && term !== undefined && isOpen ? this.#askAgain(again, term) : undefined;
  }

  /** The relays that are believed to stand behind the peer; none where it is no relay. */
  get path(): readonly string[] {
    return this.#grant?.path ?? [];
  }

  get isRelay(): boolean {
    return this.path.length > 0;
  }

  async #askAgain({ request }: AskedAgain, { until }: Term): Promise<void> {
    const { gate, clock, deadlines } = this.connection.context;
    const asking = new AbortController();
    const { signal } = asking;
    this.#term = { until, recheckAt: Number.POSITIVE_INFINITY, asking };
    const stopWaiting = clock.after(deadlines.idleMs, () => asking.abort(missed));
    try {
      this.#goOnBy(await gate.ask(request, signal));
    } catch (error) {
      if (signal.reason === missed) this.revoke(missed);
      else if (!signal.aborted) this.connection.fail(error);
    } finally {
      stopWaiting();
    }
  }

  /** It has been asked again: what it may now. */
  #goOnBy(verdict: Verdict): void {
    if (isRefusal(verdict) || isChallenge(verdict)) {
      if (!this.#isGivenBack) this.revoke(verdict.description);
      return;
    }
    verdict.release();
    if (this.#isGivenBack) return;
    const isSame = verdict.key === this.key && verdict.identity === this.identity;
    if (!isSame || (this.isRelay && verdict.path.length === 0)) this.revoke(changed);
    else {
      this.#term = this.#termOf(verdict);
      this.onGoesOn();
    }
  }

  /** It was asked again, and may go on. */
  protected onGoesOn(): void {}

  /** Lets the peer go with a word of farewell: it may come back elsewhere. */
  dismiss(reason: string): void {
    this.connection.run(() => this.end('shutdown', reason));
  }

  revoke(reason: string, as: Revocation = 'revoked'): void {
    this.connection.run(() => this.end(as, reason));
  }

  /** It is accepted: the first line of the log about it. */
  protected logBegin(event: 'publish' | 'play', text: string): void {
    this.#acceptedAt = this.connection.context.clock.now();
    this.#carriedBefore = this.#carriedBytes;
    this.connection.log.info(event, `${text} ${this.key}`, { stream: this.key });
  }

  /** It is over: the last line. @param why - for people, where there is more to say than the reason does */
  protected logEnd(event: 'unpublish' | 'play-end', text: string, reason: ActivityEnd, why?: string): void {
    const facts = this.account(reason);
    const sentence = `${text} ${this.key} after ${facts.seconds} s: ${why ?? endings[reason]}`;
    this.connection.log.info(event, sentence, facts);
  }

  /** What every line about its end says. */
  protected account(reason: ActivityEnd): ActivityAccount {
    const { ms, bytes } = this.progress();
    return { stream: this.key, seconds: Math.round(ms / 1000), bytes, reason };
  }

  /** Since it was accepted. */
  progress(): ActivityProgress {
    const ms = this.connection.context.clock.now() - this.#acceptedAt;
    return { ms, bytes: this.#carriedBytes - this.#carriedBefore };
  }

  /** What a publisher has sent, or a player has been sent. */
  get #carriedBytes(): number {
    const { receivedBytes, sentBytes } = this.connection;
    return this.verb === 'publish' ? receivedBytes : sentBytes;
  }

  /** It ends from this side. @param sentence - why, for people */
  protected abstract end(end: Revocation | 'shutdown', sentence: string): void;
}
