import {
  type AccessRequest,
  type Challenge,
  type Grant,
  type Intent,
  isChallenge,
  isRefusal,
  type Refusal,
  type Verb,
} from './access.ts';
import type { Connection, Wish } from './connection.ts';
import { Deadline } from './deadline.ts';

/** Who asked, and goes on with the verdict. */
export interface Asker {
  /**
   * It may. Called in the same turn of the loop in which the verdict was given.
   * @returns why it cannot after all, when there is still something to be asked elsewhere
   */
  onGranted(grant: Grant, signal: AbortSignal): Promise<Refusal | undefined> | undefined;
  /** It may not: the refusal is counted and logged. */
  onDenied(denial: Refusal | Challenge): void;
  /** There is no verdict in time; that is logged. */
  onMissed(what: string): void;
}

/** A question to access, from the asking until what was granted is had. */
export class Inquiry {
  readonly #connection: Connection;
  readonly #asker: Asker;
  /** What was asked for, at its likeliest reading. */
  readonly #stream: string | undefined;
  readonly #leaving = new AbortController();
  readonly #deadline: Deadline;

  constructor(connection: Connection, asker: Asker, verb: Verb, wish: Wish, intent: Intent = 'begin') {
    const { clock, deadlines } = connection.context;
    this.#connection = connection;
    this.#asker = asker;
    this.#stream = wish.readings[0]?.key || undefined;
    this.#deadline = new Deadline(clock, (what) => {
      this.cancel();
      connection.run(() => {
        connection.miss(what);
        asker.onMissed(what);
      });
    });
    this.#deadline.expect('decision about the request', deadlines.idleMs);
    this.#ask(connection.request(verb, wish, intent)).then(
      () => this.#conclude(),
      (error: unknown) => {
        if (!this.#leaving.signal.aborted) connection.fail(error);
      },
    );
  }

  /** Nobody waits for the verdict any more: what it brings is given back. */
  cancel(): void {
    this.#deadline.clear();
    this.#leaving.abort();
  }

  async #ask(request: AccessRequest): Promise<void> {
    const { signal } = this.#leaving;
    const verdict = await this.#connection.context.gate.ask(request, signal);
    const isAwaited = !signal.aborted && this.#connection.isOpen;
    if (isRefusal(verdict) || isChallenge(verdict)) {
      if (isAwaited) this.#deny(verdict);
    } else if (!isAwaited) verdict.release();
    else {
      const refusal = await this.#connection.run(() => this.#asker.onGranted(verdict, signal));
      if (refusal !== undefined && !signal.aborted) this.#deny(refusal);
    }
  }

  #deny(denial: Refusal | Challenge): void {
    if (isRefusal(denial)) this.#connection.reject(denial, this.#stream);
    else this.#connection.log.debug('challenged', `was asked for credentials: ${denial.description}`);
    this.#connection.run(() => this.#asker.onDenied(denial));
  }

  #conclude(): void {
    this.#deadline.clear();
    if (!this.#leaving.signal.aborted) this.#connection.run(() => this.#connection.onDecided());
  }
}
