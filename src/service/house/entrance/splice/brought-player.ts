import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import type { HttpExchange, HttpHost } from '../../../../session/http/http-activity.ts';
import type { PlayerLeft, Revocation } from '../../../../session/session.ts';
import { Bringing } from './bringing.ts';
import { Flow } from './flow.ts';
import { HttpLine, type HttpLineEvents, type HttpLineParts } from './http-line.ts';

/** What a player of HTTP that is brought asks for. */
export interface BroughtWish {
  /** What it calls the stream. */
  readonly name: string;
  /** Whether it plays, or only wants to know first what the stream is: that counts as no play. */
  readonly does: 'play' | 'describe';
  onDenied(denial: Refusal | Challenge): void;
}

/** What an answer begins with that brings the stream, and as many bytes as it takes to see. */
const success = /^HTTP\/1\.\d 200/;
const SUCCESS_BYTES = 12;

/** A player of HTTP whose request was sent on to its relay. */
export class BroughtPlayer extends Bringing<HttpLine> implements HttpLineEvents {
  readonly verb = 'play';
  protected readonly roleOnceStarted = 'player';
  protected readonly farewell = ['play-end', 'stopped playing'] as const;
  readonly #host: HttpHost;
  readonly #exchange: HttpExchange;
  readonly #wish: BroughtWish;
  readonly #parts: HttpLineParts;
  #line: HttpLine | undefined;
  readonly #flow: Flow;
  /** Its beginning, until enough of it is there; undefined once it is passed on. */
  #beginning: Buffer | undefined = Buffer.alloc(0);
  #firstMediaMs: number | undefined;

  constructor(host: HttpHost, exchange: HttpExchange, wish: BroughtWish, parts: HttpLineParts) {
    super(host, wish.name);
    this.#host = host;
    this.#exchange = exchange;
    this.#wish = wish;
    this.#parts = parts;
    this.#flow = new Flow(host.writer, {
      hold: () => this.#line?.hold(),
      goOn: () => this.#line?.goOn(),
    });
  }

  get firstMediaMs(): number | undefined {
    return this.#firstMediaMs;
  }

  onGranted(grant: Grant): undefined {
    this.#line = this.open(
      grant,
      (destination) => new HttpLine(this.#host, this.#exchange, destination, this.#parts, this),
    );
  }

  // --- what the relay tells

  onOpen(): void {
    this.#host.accept();
  }

  onBytes(bytes: Buffer): void {
    if (this.#beginning === undefined) {
      this.#flow.write(bytes);
      return;
    }
    this.#beginning = Buffer.concat([this.#beginning, bytes]);
    if (this.#beginning.length >= SUCCESS_BYTES) this.#pass(this.#beginning);
  }

  onEnd(): void {
    if (this.#beginning !== undefined) this.onLost('it closed the connection without an answer');
    else this.#finish('ended');
  }

  /** The head of an answer is there, or what the relay takes for one. */
  #pass(beginning: Buffer): void {
    this.#beginning = undefined;
    const isPlay = this.#wish.does === 'play' && success.test(beginning.toString('latin1', 0, SUCCESS_BYTES));
    if (isPlay && this.start()) this.#firstMediaMs = Math.round(this.#host.onFirstMedia());
    this.#flow.write(beginning);
  }

  // --- the end

  protected refuse(denial: Refusal | Challenge): void {
    this.#wish.onDenied(denial);
  }

  protected leaveLine(line: HttpLine): void {
    line.close();
  }

  protected onGone(sentence: string, why: string): void {
    if (this.#beginning === undefined) this.#break('closed', why);
    else {
      this.leave('closed', why);
      this.#host.farewell(503, sentence);
    }
  }

  protected end(end: Revocation | 'shutdown', sentence: string): void {
    if (this.isOver) return;
    if (this.#beginning === undefined) this.#break(end, end === 'revoked' ? sentence : undefined);
    else {
      this.leave(end);
      this.#host.farewell(end === 'shutdown' ? 503 : 403, sentence);
    }
  }

  /** What was written is sent, and the end of the connection is the end of the answer. */
  #finish(reason: PlayerLeft): void {
    this.leave(reason);
    this.#host.cut();
  }

  /** The end of the answer is none of the stream's. */
  #break(reason: PlayerLeft, why?: string): void {
    this.leave(reason, why);
    this.#host.destroy();
  }
}
