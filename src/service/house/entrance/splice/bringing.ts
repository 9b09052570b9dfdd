import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import { Activity } from '../../../../session/activity.ts';
import type { Connection, Wish } from '../../../../session/connection.ts';
import { type Asker, Inquiry } from '../../../../session/inquiry.ts';
import type { PlayerLeft, SessionRole } from '../../../../session/session.ts';
import { type Destination, isBrought } from '../destination.ts';

type State<L> =
  | { readonly at: 'new' }
  | { readonly at: 'asked'; readonly inquiry: Inquiry }
  /** The relay has not accepted it yet. */
  | { readonly at: 'opening'; readonly inquiry: Inquiry; readonly line: L }
  | { readonly at: 'started'; readonly line: L }
  | { readonly at: 'over' };

/** What somebody does whom the house brings to a relay, from the question to the end, whatever its protocol. `L`: the connection to the relay. */
export abstract class Bringing<L> extends Activity implements Asker {
  abstract override readonly verb: 'play' | 'publish';
  /** What the client calls the stream. */
  protected readonly name: string;
  /** The relay; empty until it is known. */
  #relay = '';
  #state: State<L> = { at: 'new' };

  constructor(connection: Connection, name: string) {
    super(connection);
    this.name = name;
  }

  get role(): SessionRole {
    return this.isStarted ? this.roleOnceStarted : 'pending';
  }

  protected get isStarted(): boolean {
    return this.#state.at === 'started';
  }

  protected get isOver(): boolean {
    return this.#state.at === 'over';
  }

  begin(wish: Wish): void {
    this.#state = { at: 'asked', inquiry: new Inquiry(this.connection, this, this.verb, wish) };
  }

  /** @param why - for the log, where there is more to say than the reason does */
  leave(reason: PlayerLeft, why?: string): void {
    const state = this.#state;
    if (state.at === 'over') return;
    this.#state = { at: 'over' };
    if (state.at === 'asked' || state.at === 'opening') state.inquiry.cancel();
    if (state.at === 'started') {
      this.logEnd(...this.farewell, reason, why);
      this.connection.context.events.onOver(this, reason);
    }
    if (state.at === 'opening' || state.at === 'started') this.leaveLine(state.line, reason);
    this.giveBack();
  }

  onDenied(denial: Refusal | Challenge): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    if (state.at === 'opening') this.leaveLine(state.line, 'closed');
    this.giveBack();
    this.refuse(denial);
  }

  onMissed(): void {
    this.leave('timeout');
    this.connection.destroy();
  }

  onLost(why: string): void {
    const text = `relay ${this.#relay} is lost for ${this.name}: ${why}`;
    this.connection.log.warn('relay-lost', text, { relay: this.#relay, stream: this.key });
    this.onGone(`relay ${this.#relay} does not answer: try again`, why);
  }

  abstract onGranted(grant: Grant): Promise<Refusal | undefined> | undefined;

  // --- what each protocol does in its own way

  /** What it makes of its session. */
  protected abstract readonly roleOnceStarted: SessionRole;
  /** Event and beginning of the line of the log about its end. */
  protected abstract readonly farewell: readonly ['unpublish' | 'play-end', string];
  /** Nothing of it counts any more. */
  protected abstract leaveLine(line: L, reason: PlayerLeft): void;
  /** Tells the client that it may not. */
  protected abstract refuse(denial: Refusal | Challenge): void;
  /** The relay is gone. @param sentence - for the client @param why - for the log */
  protected abstract onGone(sentence: string, why: string): void;

  /** Goes to the relay. @param connect - opens the connection to it */
  protected open(grant: Grant, connect: (to: Destination) => L): L {
    if (!isBrought(grant) || this.#state.at !== 'asked') throw new TypeError('nobody has said where to');
    this.goBy(grant);
    this.#relay = grant.destination.relay;
    const { inquiry } = this.#state;
    const line = connect(grant.destination);
    this.#state = { at: 'opening', inquiry, line };
    return line;
  }

  /** The relay has accepted. @returns false where nobody waits for that any more */
  protected start(): boolean {
    const state = this.#state;
    if (state.at !== 'opening') return false;
    this.#state = { at: 'started', line: state.line };
    this.logBegin(this.verb, `is brought to relay ${this.#relay} for`);
    this.connection.context.events.onBegun(this);
    return true;
  }
}
