import { AmfGateway } from '../../amf-gateway/amf-gateway.ts';
import {
  answerHeaders,
  expectPacket,
  type GatewayHttpOptions,
  GatewayRefusal,
  refusalHeaders,
} from '../../amf-gateway/gateway-http.ts';
import { type AmfPacket, encodeAmfBody } from '../../protocol/amf/amf-packet.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { Challenge, Grant, Refusal } from '../access.ts';
import { Allowance } from '../allowance.ts';
import { type CallingClient, callingPeer } from '../calls/client-call.ts';
import { ClientCalls } from '../calls/client-calls.ts';
import type { Connection } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import { codingProblem } from '../http/body-publish.ts';
import { HttpActivity, type HttpExchange, type HttpHost } from '../http/http-activity.ts';
import { denialHeaders, statusOf } from '../http/http-status.ts';
import { showing } from '../http/http-wish.ts';
import { type Asker, Inquiry } from '../inquiry.ts';

/** What a client may send in a packet: as much as in a command of RTMP, bytes. */
const MAX_PACKET_BYTES = 128 * 1024;

/** Requests that may come at once; in a second as many as calls. */
const REQUESTS_AT_ONCE = 64;

const METHODS = 'POST, OPTIONS';

const httpOptions: GatewayHttpOptions = { maxPacketBytes: MAX_PACKET_BYTES };

/** What counts over all requests of a client that calls. */
export class AmfCaller {
  readonly calls: ClientCalls;
  readonly requests: Allowance;

  constructor(connection: Connection) {
    const { clock, calls } = connection.context;
    this.calls = new ClientCalls(connection);
    this.requests = new Allowance(clock, REQUESTS_AT_ONCE, calls.limits.perSecond);
  }
}

/** Who calls, and what counts the calls. */
interface Caller {
  readonly calls: ClientCalls;
  readonly peer: CallingClient;
}

/** The time of a call is over when its `ClientCalls` say so. */
const gateway = new AmfGateway<Caller>({
  handlers: {
    answer: ({ name, args, client: { calls, peer } }) =>
      new Promise<AmfValue>((resolve, reject) => {
        calls.begin(name, args, () => peer, {
          result: (value) => ({
            bytes: encodeAmfBody({ target: '/', value }, 3).length,
            send: () => resolve(value),
          }),
          fault: reject,
        });
      }),
  },
  after: () => () => {},
});

/** A request that brings an AMF packet: its calls are answered as those that come by RTMP are. */
export class AmfExchange extends HttpActivity implements Asker {
  readonly activity: undefined;
  readonly #caller: AmfCaller;
  readonly #deadline: Deadline;
  readonly #leaving = new AbortController();
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #packet: AmfPacket | undefined;
  #inquiry: Inquiry | undefined;
  #grant: Grant | undefined;

  constructor(host: HttpHost, exchange: HttpExchange, caller: AmfCaller) {
    super(host, exchange);
    this.#caller = caller;
    this.#deadline = new Deadline(host.context.clock, (what) => host.run(() => this.#onLate(what)));
  }

  begin(): void {
    const { host } = this;
    const { request, response } = this.exchange;
    const { method, headers } = request;
    const { origins } = host.site;
    host.speakAs('amf');
    if (host.context.countFor === undefined && !this.#caller.requests.take()) {
      const problem = `more requests than ${REQUESTS_AT_ONCE} at once, and as many a second as calls`;
      host.complain(problem, 'HTTP_REQUESTS_TOO_MANY');
      host.farewell(429, problem);
      return;
    }
    const refusal = origins.refusalOfCaller(headers.origin);
    if (method === 'OPTIONS') {
      const cors = refusal === undefined ? origins.preflightHeaders(headers.origin) : {};
      response.writeHead(204, { allow: METHODS, ...cors });
      response.end();
      host.finish();
    } else if (refusal !== undefined) {
      host.reject(refusal);
      this.onDenied(refusal);
    } else this.#expectPacket();
  }

  #expectPacket(): void {
    const { request } = this.exchange;
    const { method, headers } = request;
    const { 'content-type': contentType, 'content-length': contentLength } = headers;
    const problem = codingProblem(headers);
    if (problem !== undefined) {
      this.host.farewell(problem.status, problem.text);
      return;
    }
    try {
      expectPacket({ method, contentType, contentLength }, httpOptions);
    } catch (error) {
      if (!(error instanceof GatewayRefusal)) throw error;
      this.host.farewell(error.status, error.message, refusalHeaders(error));
      return;
    }
    this.#deadline.expect('AMF packet', this.host.context.deadlines.idleMs);
    request.on('data', (bytes: Buffer) => this.host.run(() => this.#onBytes(bytes)));
    request.on('end', () => this.host.run(() => this.#onWhole()));
    this.readBody();
  }

  override get partialBytes(): number {
    return super.partialBytes + this.#size;
  }

  override dismiss(reason: string): void {
    this.#leave();
    this.host.farewell(503, reason);
  }

  onBroken(): void {
    this.#leave();
  }

  onCut(): void {
    this.#leave();
  }

  // --- what comes of the packet

  #onBytes(bytes: Buffer): void {
    if (this.#leaving.signal.aborted) return; // answered already
    this.#size += bytes.length;
    if (this.#size <= MAX_PACKET_BYTES) this.#pieces.push(bytes);
    else this.host.farewell(413, `a packet may have ${MAX_PACKET_BYTES} bytes here`);
  }

  #onWhole(): void {
    if (!this.exchange.request.complete || this.#leaving.signal.aborted) return;
    this.#deadline.clear();
    this.#packet = gateway.decode(Buffer.concat(this.#pieces.splice(0)));
    this.#size = 0;
    const { url = '' } = this.exchange.request;
    const at = url.indexOf('?');
    const readings = at === -1 ? [] : [{ key: '', query: url.slice(at + 1) }];
    const wish = { readings, path: [], ...showing(this.exchange.request) };
    this.#inquiry = new Inquiry(this.host, this, 'connect', wish);
  }

  #onLate(what: string): void {
    this.host.miss(what);
    this.host.farewell(408, `no ${what} in time`);
  }

  // --- what access says

  onGranted(grant: Grant): undefined {
    const packet = this.#packet;
    if (packet === undefined) return;
    this.#inquiry = undefined;
    this.#grant = grant;
    this.host.linger();
    const { origin } = showing(this.exchange.request);
    const peer = { ...callingPeer(this.host), identity: grant.identity, origin };
    const { signal } = this.#leaving;
    gateway.answerPacket(packet, { calls: this.#caller.calls, peer }, signal).then(
      (answer) => this.host.run(() => this.#answer(answer)),
      (error: unknown) => {
        if (!signal.aborted) this.host.fail(error);
      },
    );
  }

  onDenied(denial: Refusal | Challenge): void {
    this.host.farewell(statusOf(denial, 'play'), denial.description, denialHeaders(denial));
  }

  onMissed(what: string): void {
    this.host.farewell(503, `no ${what} in time`);
  }

  #answer(answer: Uint8Array): void {
    const { request, response } = this.exchange;
    if (this.#leaving.signal.aborted) return;
    this.#end();
    response.writeHead(200, {
      ...answerHeaders,
      'content-length': String(answer.length),
      ...this.host.site.origins.headers(request.headers.origin),
    });
    response.end(answer);
    this.host.finish();
  }

  /** Nobody waits for an answer any more. */
  #leave(): void {
    if (this.#leaving.signal.aborted) return;
    this.#end();
    this.#inquiry?.cancel();
    this.#leaving.abort(new Error('the client has gone'));
    this.#caller.calls.close();
  }

  #end(): void {
    this.#deadline.clear();
    this.#grant?.release();
    this.#grant = undefined;
  }
}
