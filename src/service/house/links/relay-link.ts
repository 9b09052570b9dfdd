import type { RawData, WebSocket } from 'ws';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import { Deadline } from '../../../session/deadline.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { HouseMessage, Instruction } from '../../fleet-link/house-message.ts';
import {
  LINK_DEADLINES,
  type LinkClose,
  linkCloses,
  MAX_LINK_MESSAGE_BYTES,
  MAX_UNREAD_BYTES,
} from '../../fleet-link/link-limits.ts';
import { LinkMessageError, readMessage } from '../../fleet-link/read-message.ts';
import {
  type Acknowledgement,
  type RelayHello,
  type RelayMessage,
  relayMessage,
  type Telemetry,
} from '../../fleet-link/relay-message.ts';
import { ReportError } from '../fleet/reported-relay.ts';
import type { LinkAllowance } from './link-allowance.ts';
import { LinkError, type Order, OrderSizeError } from './relay-links.ts';

/** What a link tells the house. */
export interface LinkHost {
  readonly clock: Clock;
  /** How long a relay may not report, milliseconds. */
  readonly reportMs: number;
  onHello(link: RelayLink, hello: RelayHello): void;
  /** @throws ReportError when it is more than a relay may report */
  onReport(link: RelayLink, telemetry: Telemetry): void;
  /** Once, whoever has ended it. @param sentence - why, for people */
  onClosed(link: RelayLink, end: LinkEnd, sentence: string): void;
}

/** Why a link is over: the house has closed it, the relay has left it or broken its protocol, or the connection was lost. */
export type LinkEnd = LinkClose | 'left' | 'protocol' | 'lost';

/** So many instructions of one relay wait for their acknowledgement at a time. */
const MAX_UNACKNOWLEDGED = 1000;

/** What ws calls the end of a connection without a close. @see RFC 6455 section 7.1.5 */
const LOST = 1006;

/** Longest reason of a close, bytes. @see RFC 6455 section 5.5 */
const MAX_REASON_BYTES = 123;

type State =
  | { readonly at: 'greeting' }
  | { readonly at: 'open'; readonly hello: RelayHello }
  | { readonly at: 'closed' };

/** Who waits for what has become of an instruction. */
interface Waiting {
  readonly done: (acknowledgement: Acknowledgement) => void;
  readonly fail: (error: LinkError) => void;
}

/** The link of one relay, from its upgrade to its end. */
export class RelayLink {
  readonly relay: string;
  /** Where the relay comes from; normalized. */
  readonly address: string;
  /** As the relay calls this house: name or address, perhaps with a port. */
  readonly host: string;
  readonly since: number;
  readonly log: Log;
  readonly #webSocket: WebSocket;
  readonly #host: LinkHost;
  readonly #silence: Deadline;
  readonly #report: Deadline;
  readonly #allowance: LinkAllowance;
  readonly #waiting = new Map<string, Waiting>();
  /** What it was sent so far, bytes. */
  sentBytes = 0;
  readonly #stopPinging: () => void;
  #state: State = { at: 'greeting' };

  constructor(
    webSocket: WebSocket,
    { relay, address, host }: Pick<RelayLink, 'relay' | 'address' | 'host'>,
    log: Log,
    owner: LinkHost,
    allowance: LinkAllowance,
  ) {
    const { clock } = owner;
    this.relay = relay;
    this.address = address;
    this.host = host;
    this.since = clock.now();
    this.log = log;
    this.#webSocket = webSocket;
    this.#host = owner;
    this.#allowance = allowance;
    this.#silence = new Deadline(clock, (what) => this.close('silent', `nothing came for ${what}`));
    this.#report = new Deadline(clock, (what) => this.close('silent', `no ${what}`));
    this.#stopPinging = every(clock, LINK_DEADLINES.pingMs, () => this.#ping());
    webSocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    webSocket.on('ping', () => this.#onSign(0));
    webSocket.on('pong', () => this.#onSign(0));
    webSocket.on('error', (error) => this.#end('protocol', `it broke the protocol: ${error.message}`));
    webSocket.on('close', (code, reason) => this.#onClosed(code, reason));
    this.#onAlive();
    this.#expect('hello', LINK_DEADLINES.firstMs);
  }

  /** What the relay has said of itself; undefined until it has. */
  get hello(): RelayHello | undefined {
    return this.#state.at === 'open' ? this.#state.hello : undefined;
  }

  /** Sends a message, if the relay reads at all. */
  send(message: HouseMessage): void {
    if (this.#state.at === 'closed') return;
    const text = JSON.stringify(message);
    const size = Buffer.byteLength(text);
    if (size > MAX_LINK_MESSAGE_BYTES)
      throw new OrderSizeError(
        `${message.type} for relay ${this.relay} has ${size} bytes, limit ${MAX_LINK_MESSAGE_BYTES}`,
      );
    if (this.#webSocket.bufferedAmount + size > MAX_UNREAD_BYTES) this.close('unread', 'it does not read');
    else {
      this.sentBytes += size;
      this.#webSocket.send(text);
    }
  }

  /** Has the relay do something. Rejects with a {@link LinkError} when it does not say in time that it has. */
  order(id: string, order: Order): Promise<Acknowledgement> {
    return new Promise((resolve, reject) => {
      if (this.#state.at !== 'open') reject(new LinkError(`relay ${this.relay} is not linked`));
      else if (this.#waiting.size >= MAX_UNACKNOWLEDGED)
        reject(new LinkError(`relay ${this.relay} has ${MAX_UNACKNOWLEDGED} instructions to acknowledge`));
      else {
        const { acknowledgeMs, longAcknowledgeMs } = LINK_DEADLINES;
        const ms = order.type === 'config' || order.type === 'measure' ? longAcknowledgeMs : acknowledgeMs;
        const { clock } = this.#host;
        const stop = clock.after(ms, () =>
          waiting.fail(new LinkError(`relay ${this.relay} has not acknowledged ${order.type} in ${ms} ms`)),
        );
        const settle = <T>(tell: (outcome: T) => void, outcome: T): void => {
          stop();
          this.#waiting.delete(id);
          tell(outcome);
        };
        const waiting: Waiting = {
          done: (acknowledgement) => settle(resolve, acknowledgement),
          fail: (error) => settle(reject, error),
        };
        this.#waiting.set(id, waiting);
        try {
          this.send({ ...order, id } as Instruction);
        } catch (error) {
          waiting.fail(error as LinkError);
        }
      }
    });
  }

  /** Ends it from the side of the house. @param sentence - why, for people */
  close(why: LinkClose, sentence: string): void {
    if (this.#state.at === 'closed') return;
    this.#webSocket.close(linkCloses[why], reasonOf(sentence));
    if (why === 'unread') this.#webSocket.terminate(); // it would not read that either
    this.#end(why, sentence);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer; // ws gives one unless it is told otherwise
    if (this.#state.at === 'closed' || !this.#onSign(bytes.length)) return;
    try {
      if (isBinary) throw new LinkMessageError('a message that is no text');
      this.#take(readMessage<RelayMessage>(relayMessage, bytes));
    } catch (error) {
      if (error instanceof LinkMessageError) this.close('invalid', `it sent ${error.message}`);
      else if (error instanceof ReportError) this.close('flood', `it reported ${error.message}`);
      else {
        this.log.error('bug', bugText(error));
        this.close('invalid', 'a fault of the house');
      }
    }
  }

  #take(message: RelayMessage): void {
    const state = this.#state;
    if (message.type === 'hello') {
      if (state.at !== 'greeting') throw new LinkMessageError('hello a second time');
      this.#state = { at: 'open', hello: message };
      this.#expectReport();
      this.#host.onHello(this, message);
    } else if (state.at !== 'open') throw new LinkMessageError(`${message.type} before hello`);
    else if (message.type === 'ack') this.#waiting.get(message.id)?.done(message);
    else {
      if (!message.more) this.#expectReport();
      this.#host.onReport(this, message);
    }
  }

  /** Something has come. @returns whether it is no more than a relay may send */
  #onSign(bytes: number): boolean {
    this.#onAlive();
    const isWithin = this.#allowance.take(bytes);
    if (!isWithin) this.close('flood', 'it sends too much: more messages or bytes a second than a relay may');
    return isWithin;
  }

  #onAlive(): void {
    this.#silence.expect(`${LINK_DEADLINES.silenceMs} ms`, LINK_DEADLINES.silenceMs);
  }

  #expectReport(): void {
    this.#expect('report', this.#host.reportMs);
  }

  #expect(what: string, ms: number): void {
    this.#report.expect(`${what} for ${ms} ms`, ms);
  }

  #ping(): void {
    if (this.#webSocket.bufferedAmount === 0) this.#webSocket.ping(); // else it has something to answer to
  }

  #onClosed(code: number, reason: Buffer): void {
    const said = reason.length > 0 ? `: ${reason.toString()}` : '';
    if (code === LOST) this.#end('lost', 'the connection was lost');
    else this.#end('left', `the relay closed it with ${code}${said}`);
  }

  #end(end: LinkEnd, sentence: string): void {
    if (this.#state.at === 'closed') return;
    this.#state = { at: 'closed' };
    this.#silence.clear();
    this.#report.clear();
    this.#stopPinging();
    for (const waiting of [...this.#waiting.values()])
      waiting.fail(new LinkError(`relay ${this.relay} is not linked any more: ${sentence}`));
    this.#host.onClosed(this, end, sentence);
  }
}

/** As much of a sentence as a close can take: it may quote what the relay has sent, in any script. */
function reasonOf(sentence: string): string {
  return new TextDecoder().decode(Buffer.from(sentence).subarray(0, MAX_REASON_BYTES), { stream: true });
}
