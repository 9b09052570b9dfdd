import type { AmfObject } from '../../../../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../../../../protocol/rtmp/dialogue/client-dialogue.ts';
import { StatusCode } from '../../../../protocol/rtmp/dialogue/status.ts';
import type { MediaType } from '../../../../protocol/rtmp/message/message.ts';
import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import { Activity } from '../../../../session/activity.ts';
import type { Wish } from '../../../../session/connection.ts';
import { type Asker, Inquiry } from '../../../../session/inquiry.ts';
import type {
  MessageStreamUse,
  OtherActivities,
  RtmpDeed,
  RtmpHost,
} from '../../../../session/rtmp/rtmp-activity.ts';
import type { PlayerLeft, SessionRole } from '../../../../session/session.ts';
import { isBrought } from '../destination.ts';
import { type LineEvents, type LineParts, RelayLine } from './relay-line.ts';

type State =
  | { readonly at: 'new' }
  | { readonly at: 'asked'; readonly inquiry: Inquiry }
  /** The relay has not accepted it yet. */
  | { readonly at: 'opening'; readonly inquiry: Inquiry; readonly line: RelayLine }
  | { readonly at: 'started'; readonly line: RelayLine }
  | { readonly at: 'over' };

const statusCodes: ReadonlySet<string> = new Set(Object.values(StatusCode));

/**
 * What an RTMP client does on a message stream, spliced to the relay that it was sent to: what either end says about the stream goes to
 * the other. The rest of the client's dialogue, and its limits, are the house's.
 */
export abstract class Splice extends Activity implements Asker, RtmpDeed, MessageStreamUse, LineEvents {
  abstract override readonly verb: 'play' | 'publish';
  readonly activity: RtmpDeed = this;
  protected readonly host: RtmpHost;
  protected readonly others: OtherActivities;
  protected readonly messageStreamId: number;
  /** What the client calls the stream. */
  protected readonly name: string;
  readonly #parts: LineParts;
  /** The relay; empty until it is known. */
  #relay = '';
  #state: State = { at: 'new' };

  constructor(others: OtherActivities, messageStreamId: number, name: string, parts: LineParts) {
    super(others.host);
    this.host = others.host;
    this.others = others;
    this.messageStreamId = messageStreamId;
    this.name = name;
    this.#parts = parts;
  }

  get role(): SessionRole {
    return this.#state.at === 'started' ? this.roleOnceStarted : 'pending';
  }

  begin(wish: Wish): void {
    this.#state = { at: 'asked', inquiry: new Inquiry(this.host, this, this.verb, wish) };
  }

  /** @param why - for the log, where there is more to say than the reason does */
  leave(reason: PlayerLeft, why?: string): void {
    const state = this.#state;
    if (state.at === 'over') return;
    this.#state = { at: 'over' };
    if (state.at === 'asked' || state.at === 'opening') state.inquiry.cancel();
    if (state.at === 'started') {
      this.logEnd(...this.farewell, reason, why);
      this.host.context.events.onOver(this, reason);
    }
    if (state.at === 'opening' || state.at === 'started') this.leaveLine(state.line, reason);
    this.giveBack();
  }

  onDenied(denial: Refusal | Challenge): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    if (state.at === 'opening') this.leaveLine(state.line, 'closed');
    this.giveBack();
    this.others.onOver(this.messageStreamId);
    this.refuse(denial);
    this.others.onDenied(this.verb, denial.description);
  }

  onMissed(): void {
    this.leave('timeout');
    this.host.destroy();
  }

  /** The end that has the stream sends a message of it. */
  abstract onMedia(type: MediaType, timestamp: number, payload: Buffer): void;

  pause(_isPaused: boolean): void {}

  receive(_kind: 'audio' | 'video', _isWanted: boolean): void {}

  abstract onGranted(grant: Grant): Promise<Refusal | undefined> | undefined;

  // --- what the relay tells

  onStarted(information: AmfObject): void {
    const state = this.#state;
    if (state.at !== 'opening') return;
    this.#state = { at: 'started', line: state.line };
    this.logBegin(this.verb, `is brought to relay ${this.#relay} for`);
    this.host.context.events.onBegun(this);
    this.host.run(() => {
      this.host.accept();
      this.onAccepted(information);
    });
  }

  onStatus(_code: string, _information: AmfObject): void {}

  onDry(_isDry: boolean): void {}

  abstract onRefused(refusal: ServerRefusal): void;
  abstract onEnded(): void;

  onLost(why: string): void {
    const text = `relay ${this.#relay} is lost for ${this.name}: ${why}`;
    this.host.log.warn('relay-lost', text, { relay: this.#relay, stream: this.key });
    this.onGone(`relay ${this.#relay} does not answer: try again`, why);
  }

  // --- what playing and publishing do in their own ways

  /** What it makes of its session. */
  protected abstract readonly roleOnceStarted: SessionRole;
  /** Event and beginning of the line of the log about its end. */
  protected abstract readonly farewell: readonly ['unpublish' | 'play-end', string];
  /** Nothing of it counts any more. */
  protected abstract leaveLine(line: RelayLine, reason: PlayerLeft): void;
  /** Tells the client that it may not. */
  protected abstract refuse(denial: Refusal | Challenge): void;
  /** The relay has accepted: the client is to be told. */
  protected abstract onAccepted(information: AmfObject): void;
  /** The relay is gone. @param sentence - for the client @param why - for the log */
  protected abstract onGone(sentence: string, why: string): void;

  /** Goes to the relay. */
  protected open(grant: Grant): RelayLine {
    if (!isBrought(grant) || this.#state.at !== 'asked') throw new TypeError('nobody has said where to');
    this.goBy(grant);
    this.#relay = grant.destination.relay;
    const { inquiry } = this.#state;
    const line = new RelayLine(this.host, this.verb, grant, this.#parts, this);
    this.#state = { at: 'opening', inquiry, line };
    return line;
  }

  protected get isStarted(): boolean {
    return this.#state.at === 'started';
  }

  /** The relay's own word for a status, if it is one that is known here. */
  protected codeOf(said: string, otherwise: StatusCode): StatusCode {
    return statusCodes.has(said) ? (said as StatusCode) : otherwise;
  }
}
