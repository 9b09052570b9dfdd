import type { Grant, Verb } from './access.ts';
import type { Connection } from './connection.ts';
import type { SessionActivity } from './session.ts';

/** What a peer does by a grant of access, if it has one yet. */
export abstract class Activity implements SessionActivity {
  abstract readonly verb: Verb;
  protected readonly connection: Connection;
  #grant: Grant | undefined;
  #isGivenBack = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** It goes on by this grant. */
  protected goBy(grant: Grant): void {
    this.#grant = grant;
    if (grant.until !== Number.POSITIVE_INFINITY) this.connection.context.granted.add(this);
  }

  /** Gives back what access took for it; once is enough, more does no harm. */
  protected giveBack(): void {
    if (this.#grant === undefined || this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.connection.context.granted.delete(this);
    this.#grant.release();
  }

  /** The stream is there: gives back what access took for the wait. */
  protected endWait(): void {
    this.#grant?.endWait();
  }

  get key(): string {
    return this.#grant?.key ?? '';
  }

  get identity(): string | undefined {
    return this.#grant?.identity;
  }

  get until(): number {
    return this.#grant?.until ?? Number.POSITIVE_INFINITY;
  }

  /** The relays that are believed to stand behind the peer; none where it is no relay. */
  get path(): readonly string[] {
    return this.#grant?.path ?? [];
  }

  get isRelay(): boolean {
    return this.path.length > 0;
  }

  /** Lets the peer go with a word of farewell: it may come back elsewhere. */
  dismiss(reason: string): void {
    this.connection.run(() => this.end('shutdown', reason));
  }

  revoke(reason: string): void {
    this.connection.run(() => this.end('revoked', reason));
  }

  /** It ends from this side. @param sentence - why, for people */
  protected abstract end(end: 'revoked' | 'shutdown', sentence: string): void;
}
