import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ProtocolError } from '../../errors.ts';
import type { Refusal } from '../access.ts';
import { Allowance } from '../allowance.ts';
import { Connection, FAREWELL_MS } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import { meterBody, paceHttp } from '../reading/http-input.ts';
import type { InputReader, PacedInput } from '../reading/paced-input.ts';
import type { SessionActivity, SessionContext, SessionRole } from '../session.ts';
import type { CarriedSession, HttpActivity, HttpExchange, HttpHost, HttpSite } from './http-activity.ts';
import { hasBody, passOver, routeRequest } from './http-routes.ts';
import { type HeaderFields, lastAnswer, sentenceHeaders, sentenceOf, statusOf } from './http-status.ts';

/** How often a peer may ask on one connection: so many at once, and so many a second. */
const REQUESTS_AT_ONCE = 64;
const REQUESTS_PER_SECOND = 2;

/** Requests sent without waiting for the answer to the one before; they are answered in order. */
const MAX_WAITING = 16;

const ANSWER_TAKEN = 'reading of the answer';

type State =
  /** Waits for a request. */
  | { readonly at: 'idle' }
  /** Without an activity the answer is a page, or nearly done. */
  | {
      readonly at: 'answering';
      readonly exchange: HttpExchange;
      activity: HttpActivity | undefined;
      /** Whether what comes of a body is kept unread: it is not known yet who wants it. */
      isBodyHeld: boolean;
    }
  | { readonly at: 'closing' }
  | { readonly at: 'closed' };

/** The server's side of one HTTP connection: answers one request after the other. The bytes are node:http's to parse. */
export class HttpSession extends Connection implements HttpHost, InputReader {
  readonly site: HttpSite;
  answered: number | undefined;
  /** Of the connection itself; behind a proxy each request has one of its own. */
  protected override readonly input: PacedInput;
  readonly #ownContext: SessionContext;
  readonly #isProxy: boolean;
  readonly #deadline: Deadline;
  readonly #requests: Allowance;
  readonly #waiting: HttpExchange[] = [];
  #state: State = { at: 'idle' };
  /** How long the next request may take, milliseconds, where that is not `deadlines.idleMs`. */
  #restMs: number | undefined;
  /** How much was received when the wait for a request began. */
  #bytesBefore = 0;
  /** How much of an answer was taken when that was last looked at. */
  #takenBytes = 0;
  #requestCount = 0;
  /** Whether the relay is about to stop: nothing is begun after the present request. */
  isLast = false;
  /** What goes on beyond a request, if something does. */
  #carried: CarriedSession | undefined;
  readonly #onEnd = (): void => this.#activity?.onHalfClosed(); // the peer will send no more
  readonly #onClose = (): void => this.#onClosed();

  constructor(socket: Socket, context: SessionContext, site: HttpSite) {
    super('http-flv', socket, context);
    this.site = site;
    this.#ownContext = context;
    this.#isProxy = context.countFor !== undefined;
    this.#requests = new Allowance(context.clock, REQUESTS_AT_ONCE, REQUESTS_PER_SECOND);
    this.#deadline = new Deadline(context.clock, (what) => this.#onMissed(what));
    this.#deadline.expect('request', context.deadlines.handshakeMs);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    this.input = paceHttp(socket, context.clock, this);
  }

  get role(): SessionRole {
    return this.#activity?.activity?.role ?? 'pending';
  }

  override get partialBytes(): number {
    const bytes = super.partialBytes + (this.#activity?.partialBytes ?? 0);
    return this.#waiting.reduce((sum, { request }) => sum + request.readableLength, bytes);
  }

  *activities(): Generator<SessionActivity> {
    const activity = this.#activity?.activity;
    if (activity !== undefined) yield activity;
  }

  /** HTTP has no word for it; but a connection on which nothing goes on is of no use any more. */
  override askToReconnect(): boolean {
    if (this.#isCarrying) return false;
    this.isLast = true;
    if (this.#state.at === 'idle') this.#close();
    return false;
  }

  dismiss(reason: string): void {
    if (this.#isCarrying) this.isLast = true;
    else if (this.#activity === undefined) this.#close();
    else this.#activity.dismiss(reason);
  }

  // --- what node:http tells

  /** Whether it still answers. */
  get isOpen(): boolean {
    return this.#state.at === 'idle' || this.#state.at === 'answering';
  }

  /** A request has come, its body perhaps not yet. */
  onRequest(exchange: HttpExchange): void {
    for (const half of [exchange.request, exchange.response]) half.on('error', () => {}); // the connection tells its end
    if (hasBody(exchange)) this.#expectBody(exchange);
    if (this.#state.at === 'idle') this.#begin(exchange);
    else if (this.#state.at === 'answering') {
      if (this.#waiting.length < MAX_WAITING) {
        this.#waiting.push(exchange);
        this.run(() => this.#activity?.onFollowed(exchange));
      } else if (!this.socket.destroyed)
        this.#refuseMore(`${MAX_WAITING} requests are already waiting for their answers`);
    }
  }

  /** What the peer sends is no HTTP. @param code - as node:http calls the fault */
  onBroken(code: string, problem: string): void {
    const state = this.#state;
    if (!this.isOpen) return;
    const isCut = code === 'HPE_INVALID_EOF_STATE' && state.at === 'answering'; // gone in the middle of a body
    if (!isCut) {
      this.endReason = 'protocol';
      if (this.receivedBytes > this.#bytesBefore || state.at === 'answering')
        this.complain(`${problem} (${code})`, 'HTTP_REQUEST_INVALID');
    }
    if (this.#activity !== undefined) this.#activity.onBroken(this.endReason);
    else if (state.at === 'answering') this.destroy();
    if (!this.isOpen) return; // it was answered
    if (code === 'HPE_HEADER_OVERFLOW') this.farewell(431, 'the request header is too large');
    else this.farewell(400, `not a valid HTTP request: ${problem}`);
  }

  /** The peer tries what is not spoken here, before it asks by HTTP on another connection. */
  onTried(protocol: string): void {
    if (this.#state.at !== 'idle') this.destroy();
    this.log.debug('unused', `was disconnected: it tried ${protocol}`);
    this.farewell(400, `this server does not speak ${protocol}: ask by HTTP`);
  }

  /** Whether no request is being answered. */
  get isIdle(): boolean {
    return this.#state.at === 'idle';
  }

  /**
   * What a session needs that goes on with a request: behind a proxy it comes from somebody else, who is counted from then on.
   * @throws ProtocolError `HTTP_FORWARDED_INVALID`
   */
  contextOf({ headers }: Pick<IncomingMessage, 'headers'>): SessionContext {
    return this.site.forwarded.contextOf(headers, this.#ownContext);
  }

  /** Gives the connection away to another session, which tells its end. @returns what it brings, for that session to read */
  release(): PacedInput {
    this.#state = { at: 'closed' };
    this.handOver();
    this.#deadline.clear();
    this.socket.off('end', this.#onEnd);
    this.socket.off('close', this.#onClose);
    return this.input;
  }

  // --- what activities tell

  start(activity: HttpActivity): void {
    if (this.#state.at !== 'answering') return;
    this.#deadline.clear(); // the activity has its own
    this.#state.activity = activity;
    activity.begin();
  }

  readBody(): void {
    if (this.#state.at === 'answering') this.#state.isBodyHeld = false;
    this.input.goOn();
  }

  linger(): void {
    if (this.#state.at !== 'answering') return;
    this.#deadline.clear();
    this.accept();
  }

  carry(carried: CarriedSession): void {
    this.#carried = carried;
    if (carried.isAccepted) this.accept();
  }

  mayAsk(): boolean {
    if (this.#isProxy || this.#requests.take()) return true;
    this.#refuseMore(`more than ${REQUESTS_AT_ONCE} requests in a row, and ${REQUESTS_PER_SECOND} a second`);
    return false;
  }

  get isFollowed(): boolean {
    return this.#waiting.length > 0;
  }

  isAnswering(exchange: HttpExchange): boolean {
    return this.#state.at === 'answering' && this.#state.exchange === exchange;
  }

  answer(status: number, text: string, headers: HeaderFields = {}): void {
    if (this.#state.at !== 'answering') return;
    const { request, response } = this.#state.exchange;
    const cors = this.site.origins.headers(request.headers.origin);
    const closing = this.isLast ? { connection: 'close' } : {};
    const sentence = sentenceOf(text);
    const own = { ...this.#activity?.headers, ...headers };
    response.writeHead(status, { ...sentenceHeaders(status, sentence), ...cors, ...closing, ...own });
    response.end(sentence);
    this.finish();
  }

  farewell(status: number, text: string, more: HeaderFields = {}): void {
    const state = this.#state;
    if (state.at === 'closed' || this.socket.destroyed) return;
    const request = state.at === 'answering' ? state.exchange.request : undefined;
    const sentence = sentenceOf(text);
    const cors = this.site.origins.headers(request?.headers.origin);
    const own = { ...this.#activity?.headers, ...more };
    const headers = { ...sentenceHeaders(status, sentence), ...cors, ...own };
    this.answered = status;
    this.writer.write(lastAnswer(status, headers, sentence, request?.method !== 'HEAD'));
    this.#close();
  }

  waitFor(ms: number): void {
    this.#restMs = ms;
  }

  finish(): void {
    if (this.#state.at !== 'answering') return;
    this.#state.activity = undefined;
    this.#expectAnswerTaken();
    this.readBody();
  }

  cut(): void {
    this.#close();
  }

  /** A fault in a body is told with its place; one of ours is not. */
  onFailed(error: unknown): void {
    if (error instanceof ProtocolError)
      this.farewell(this.#activity?.faultStatus ?? 400, `${error.message} (${error.code})`);
    else {
      this.#close();
      this.destroy();
    }
  }

  // --- what comes in

  get isHeld(): boolean {
    if (this.#state.at !== 'answering') return false;
    const last = this.#waiting.at(-1);
    return this.#state.isBodyHeld || (last !== undefined && hasBody(last));
  }

  proceed(): void {
    this.run(() => this.#activity?.proceed());
  }

  #expectBody({ request }: HttpExchange): void {
    if (this.role === 'pending') this.input.pace.isPending = true;
    meterBody(request, this.meter);
  }

  // --- one request after the other

  #begin(exchange: HttpExchange): void {
    this.#state = { at: 'answering', exchange, activity: undefined, isBodyHeld: hasBody(exchange) };
    this.#restMs = undefined;
    this.answered = undefined;
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    if (this.#requestCount++ > 0) this.askedAt = this.context.clock.now();
    exchange.response.once('close', () => this.#onAnswered(exchange));
    if (this.#isProxy) this.run(() => this.speakFor(this.contextOf(exchange.request)));
    if (!this.isOpen) return; // the proxy does not say for whom it asks
    this.identify(exchange.request.headers['user-agent'] ?? '');
    const { tunnels, gateway } = this.site;
    const hasOwnCount = [tunnels, gateway].some((route) => route?.takes(exchange.request));
    if (!hasOwnCount && !this.mayAsk()) return;
    this.atDoor(
      () => this.isAnswering(exchange) && routeRequest(this, exchange),
      (refusal) => this.isAnswering(exchange) && this.#turnAway(exchange, refusal),
    );
  }

  /** Others may come on the connection of a proxy. */
  #turnAway(exchange: HttpExchange, refusal: Refusal): void {
    const status = statusOf(refusal, 'play');
    if (this.context.countFor === undefined || hasBody(exchange)) this.farewell(status, refusal.description);
    else this.answer(status, refusal.description);
  }

  /** The answer is out, or never will be. */
  #onAnswered(exchange: HttpExchange): void {
    if (exchange.response.headersSent) this.answered = exchange.response.statusCode;
    if (!this.isAnswering(exchange) || this.socket.destroyed) return; // told by the connection
    this.#state = { at: 'idle' };
    if (!this.#isCarrying) this.rest();
    if (this.context !== this.#ownContext) {
      this.speakFor(this.#ownContext);
      this.context.countFor?.(null);
    }
    this.#bytesBefore = this.receivedBytes;
    const next = this.#waiting.shift();
    if (this.isLast) this.#close();
    else if (next === undefined)
      this.#deadline.expect('request', this.#restMs ?? this.context.deadlines.idleMs);
    else this.#begin(next);
  }

  // --- the connection

  #refuseMore(problem: string): void {
    this.endReason = 'protocol';
    this.complain(problem, 'HTTP_REQUESTS_TOO_MANY');
    if (this.#activity !== undefined) this.destroy();
    else this.farewell(429, problem);
  }

  #expectAnswerTaken(): void {
    this.#takenBytes = this.writer.takenBytes;
    this.#deadline.expect(ANSWER_TAKEN, this.context.deadlines.idleMs);
  }

  #onMissed(what: string): void {
    const state = this.#state;
    if (what === ANSWER_TAKEN && this.writer.takenBytes !== this.#takenBytes) {
      this.#expectAnswerTaken(); // slow, but it reads on
      return;
    }
    if (!this.isOpen) {
      this.destroy();
      return;
    }
    if (state.at === 'idle' && this.receivedBytes === this.#bytesBefore) {
      this.#onUnused();
      return;
    }
    this.miss(what);
    if (state.at === 'answering') this.destroy();
    else this.farewell(408, 'the request header did not arrive in time');
  }

  /** Opened or kept for a request that did not come, as browsers do: nobody's fault. */
  #onUnused(): void {
    this.log.debug('unused', 'was disconnected: it asked for nothing');
    if (this.#requestCount > 0) this.#close();
    else this.destroy();
  }

  /** What was written is sent, then the connection closes, at the latest by force. What comes in meanwhile is dropped. */
  #close(): void {
    const state = this.#state;
    if (!this.isOpen) return;
    this.#state = { at: 'closing' };
    this.#deadline.expect('close', FAREWELL_MS);
    if (state.at === 'answering') {
      passOver(state.exchange);
      state.activity?.onCut(this.endReason);
    }
    for (const exchange of this.#waiting.splice(0)) passOver(exchange);
    this.socket.end();
    this.input.goOn();
  }

  /** Whether the connection is needed though nothing is asked for at the moment. */
  get #isCarrying(): boolean {
    return this.#carried?.isOpen ?? false;
  }

  get #activity(): HttpActivity | undefined {
    return this.#state.at === 'answering' ? this.#state.activity : undefined;
  }

  #onClosed(): void {
    const state = this.#state;
    this.#state = { at: 'closed' };
    this.#deadline.clear();
    this.#waiting.length = 0;
    if (state.at === 'answering') state.activity?.onCut(this.endReason);
    this.context.events.onClosed(this);
  }
}
