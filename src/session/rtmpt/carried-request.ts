import type { ServerResponse } from 'node:http';
import { RTMPT_CONTENT_TYPE, type TunnelVerb } from '../../protocol/rtmpt/rtmpt-path.ts';
import { Deadline } from '../deadline.ts';
import {
  type CarriedSession,
  HttpActivity,
  type HttpExchange,
  type HttpHost,
} from '../http/http-activity.ts';
import { answerShort } from '../http/http-routes.ts';
import type { PlayerLeft } from '../session.ts';
import type { BodyTaker, TunnelReply, TunnelRequest } from './tunnel-request.ts';

/** Where the requests of a tunnel go, wherever that is kept. */
export interface TunnelEntrance extends CarriedSession {
  offer(request: TunnelRequest): void;
  /** The connection of a request is gone. */
  lose(request: TunnelRequest): void;
  /** Another request waits behind one that is answered. */
  hurry(): void;
}

/** Bodies that are of no use may have so many bytes. */
const MAX_IDLE_BYTES = 1024;

/** An answer of so many bytes is written as one piece. */
const MAX_COPIED_BYTES = 16 * 1024;

/** Writes the head of an answer. Its names are as librtmp looks for them, which tells capitals from small letters. */
export function writeTunnelHead({ isLast }: HttpHost, response: ServerResponse, bytes: number): void {
  response.writeHead(200, {
    'Content-Type': RTMPT_CONTENT_TYPE,
    'Content-Length': String(bytes),
    'Cache-Control': 'no-store',
    ...(isLast ? { Connection: 'close' } : {}),
  });
}

/** What a request of a tunnel may say of itself. */
export interface CarriedFacts {
  readonly verb: TunnelVerb;
  readonly number: number;
}

/** A request of a tunnel, as its connection brings it. */
export class CarriedRequest extends HttpActivity implements TunnelRequest {
  readonly activity = undefined;
  readonly verb: TunnelVerb;
  readonly number: number;
  readonly #tunnel: TunnelEntrance;
  /** Until the body is complete. */
  readonly #deadline: Deadline;
  #taker: BodyTaker | undefined;

  constructor(host: HttpHost, exchange: HttpExchange, facts: CarriedFacts, tunnel: TunnelEntrance) {
    super(host, exchange);
    this.verb = facts.verb;
    this.number = facts.number;
    this.#tunnel = tunnel;
    this.#deadline = new Deadline(host.context.clock, (what) => this.#onMissed(what));
  }

  begin(): void {
    this.#tunnel.offer(this);
    if (this.host.isFollowed) this.#tunnel.hurry();
  }

  override onFollowed(): void {
    this.#tunnel.hurry();
  }

  onBroken(): void {
    this.#lose();
  }

  onCut(_why: PlayerLeft): void {
    this.#lose();
  }

  // --- what the tunnel wants

  takeBody(taker: BodyTaker): void {
    const { request } = this.exchange;
    let bytes = 0;
    this.#taker = taker;
    this.#expectBody();
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (this.verb === 'send') this.host.countCarried(piece.length, 0);
      else if (bytes > MAX_IDLE_BYTES) this.host.farewell(413, `${this.verb} has nothing to bring`);
      if (this.#taker === undefined) return;
      this.#expectBody();
      this.host.run(() => taker.onPiece(piece));
    });
    request.on('end', () => this.host.run(() => this.#end(request.complete)));
    this.readBody();
  }

  holdBody(isHeld: boolean): void {
    const { request } = this.exchange;
    if (isHeld === request.isPaused()) return;
    if (isHeld) {
      this.#deadline.clear(); // it is we who wait
      request.pause();
    } else if (this.#taker !== undefined) {
      this.#expectBody();
      request.resume();
    }
  }

  answer({ interval, pieces }: TunnelReply): void {
    const { host, exchange } = this;
    if (!host.isAnswering(exchange)) return;
    const { response } = exchange;
    const sentBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const body = [Buffer.of(interval), ...pieces];
    writeTunnelHead(host, response, sentBytes + 1);
    response.cork();
    for (const bytes of sentBytes < MAX_COPIED_BYTES ? [Buffer.concat(body)] : body) response.write(bytes);
    response.end(() => host.countCarried(0, sentBytes));
    response.uncork();
    host.carry(this.#tunnel);
    host.waitFor(host.context.deadlines.idleMs);
    host.finish();
  }

  refuse(status: number, sentence: string): void {
    this.#taker = undefined;
    this.#deadline.clear();
    if (this.host.isAnswering(this.exchange)) answerShort(this.host, this.exchange, status, sentence);
  }

  // --- the body

  #expectBody(): void {
    this.#deadline.expect('body of its request', this.host.context.deadlines.idleMs);
  }

  #end(isWhole: boolean): void {
    this.#deadline.clear();
    const taker = this.#taker;
    this.#taker = undefined;
    taker?.onEnd(isWhole);
  }

  #onMissed(what: string): void {
    this.host.miss(what);
    this.host.farewell(408, `no ${what} in time`);
  }

  #lose(): void {
    this.#end(false);
    this.#tunnel.lose(this);
  }
}
