import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { ProtocolError } from '../../errors.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../protocol/amf/amf-json.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import type { CallFault } from '../../protocol/amf/call-fault.ts';
import {
  decodeJsonRpc,
  encodeError,
  encodeRequest,
  encodeResult,
  JsonRpcError,
  type JsonRpcMessage,
  type RequestId,
} from '../../protocol/json-rpc/json-rpc-message.ts';
import { Work } from '../../protocol/work-meter.ts';
import { type Challenge, type Grant, isChallenge, type Refusal } from '../access.ts';
import { Activity } from '../activity.ts';
import { Allowance } from '../allowance.ts';
import type { CallOutcome, ClientAnswer } from '../calls/call-outcome.ts';
import { CallsToClient } from '../calls/calls-to-client.ts';
import { type CallingClient, callingPeer } from '../calls/client-call.ts';
import { ClientCalls } from '../calls/client-calls.ts';
import { Connection } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import type { HttpSite } from '../http/http-activity.ts';
import { closeCodeOf, closeReason, statusOf } from '../http/http-status.ts';
import { showing } from '../http/http-wish.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import type { InputReader, PacedInput } from '../reading/paced-input.ts';
import type { Revocation, SessionActivity, SessionContext, SessionRole } from '../session.ts';
import { TrafficWatch } from '../traffic-watch.ts';
import { mindHeartbeat } from './heartbeat.ts';

/** Close codes. @see RFC 6455 section 7.4.1 */
const CLOSE_GOING_AWAY = 1001;
const CLOSE_UNSUPPORTED = 1003;
const CLOSE_POLICY = 1008;
const CLOSE_BUG = 1011;

/** How often a client may say what is no call, or no JSON-RPC at all: so many at once, and so many a second. */
const OTHERS_AT_ONCE = 64;
const OTHERS_PER_SECOND = 32;

/** So much may come before it is known whether the client may call, bytes: one text of the largest size. */
const MAX_EARLY_BYTES = 64 * 1024;

/** A client may leave so much unread of what it is answered, bytes. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** A WebSocket whose client calls methods of the server, and the server methods of the client. @see JSON-RPC 2.0 */
export class RpcSession extends Connection implements InputReader {
  readonly #webSocket: WebSocket;
  /** Until it is known whether the connection may be used at all. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;
  readonly #others: Allowance;
  readonly #ofClient: ClientCalls;
  readonly #toClient: CallsToClient;
  /** Calls to the client that it has not answered, by their ids. */
  readonly #asked = new Map<number, (answer: ClientAnswer) => void>();
  #lastId = 0;
  /** What it has said before it was known whether it may. */
  readonly #early: Buffer[] = [];
  #leave: RpcLeave | undefined;
  #origin: string | undefined;

  /** @param input - what the socket brings */
  constructor(webSocket: WebSocket, socket: Socket, context: SessionContext, input: PacedInput) {
    super('rpc', socket, context);
    this.#webSocket = webSocket;
    this.#others = new Allowance(context.clock, OTHERS_AT_ONCE, OTHERS_PER_SECOND);
    this.#ofClient = new ClientCalls(this);
    this.#toClient = new CallsToClient(this);
    this.#deadline = new Deadline(context.clock, (what) => {
      this.miss(what);
      this.destroy();
    });
    this.#watch = new TrafficWatch(this);
    this.input = input;
    input.handTo(this);
    webSocket.on('message', (bytes, isBinary) => this.run(() => this.#onMessage(bytes, isBinary)));
    mindHeartbeat(webSocket, this.meter);
    webSocket.on('error', (error) => this.#onBroken(error));
    socket.on('close', () => this.#onClosed());
  }

  /** Acts on the request; to be called once the session is counted. */
  begin(request: IncomingMessage, site: HttpSite): void {
    this.identify(request.headers['user-agent'] ?? '');
    this.#deadline.expect('decision about the request', this.context.deadlines.idleMs);
    this.atDoor(
      () => this.#ask(request, site),
      (refusal) => this.close(closeCodeOf(statusOf(refusal, 'play')), refusal.description),
    );
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  get role(): SessionRole {
    return this.#leave?.isGranted ? 'caller' : 'pending';
  }

  *activities(): Generator<SessionActivity> {
    if (this.#leave !== undefined) yield this.#leave;
  }

  call(name: string, args: readonly AmfValue[], timeoutMs?: number): Promise<ClientAnswer> | undefined {
    if (!this.isOpen || !this.#leave?.isGranted) return undefined;
    return this.#toClient.call((settle) => {
      const id = ++this.#lastId;
      this.#say(encodeRequest(name, args.map(amfToJson), id));
      this.#asked.set(id, settle);
      return () => this.#asked.delete(id);
    }, timeoutMs);
  }

  /** A caller is of no use where nobody may be let in: it comes back elsewhere. */
  override askToReconnect(): boolean {
    this.close(CLOSE_GOING_AWAY, 'the relay is shutting down');
    return true;
  }

  dismiss(reason: string): void {
    if (this.endReason === 'closed') this.endReason = 'shutdown';
    this.close(CLOSE_GOING_AWAY, reason);
  }

  override destroy(): void {
    this.#webSocket.terminate();
  }

  ping(): void {
    this.#webSocket.ping();
  }

  /** Says farewell behind all that was written. The client answers, or `ws` cuts the connection after a while. */
  close(code: number, reason: string): void {
    this.#stop();
    this.#webSocket.close(code, closeReason(reason));
  }

  /** The client may call. */
  onGranted(): void {
    this.accept();
    this.#watch.start();
    for (const bytes of this.#early.splice(0)) this.#read(bytes);
  }

  override get partialBytes(): number {
    return super.partialBytes + this.#earlyBytes;
  }

  get #earlyBytes(): number {
    return this.#early.reduce((sum, { length }) => sum + length, 0);
  }

  protected onFailed(): void {
    this.close(CLOSE_BUG, 'internal error');
  }

  // --- what comes in

  /** What a client says does not wait for an answer. */
  readonly isHeld = false;

  proceed(): void {}

  #ask(request: IncomingMessage, { origins }: HttpSite): void {
    const { headers, url = '' } = request;
    this.#deadline.clear();
    this.#origin = showing(request).origin;
    const refusal = origins.refusalOfCaller(headers.origin);
    if (refusal !== undefined) {
      this.reject(refusal);
      this.close(closeCodeOf(403), refusal.description);
      return;
    }
    this.#leave = new RpcLeave(this);
    this.#leave.begin(request, url.split('?').slice(1).join('?'));
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer; // as `ws` gives it where nothing else was asked for
    this.meter.spend(Work.libraryPiece + Work.valueByte * bytes.length, 0);
    if (!this.isOpen) return;
    if (isBinary) {
      this.close(CLOSE_UNSUPPORTED, 'JSON-RPC comes as text here');
      return;
    }
    if (!this.#leave?.isGranted) {
      this.#keepEarly(bytes);
      return;
    }
    this.#read(bytes);
  }

  /** Clients speak as soon as the upgrade is answered, which is before anybody is asked. */
  #keepEarly(bytes: Buffer): void {
    this.#early.push(bytes);
    const isTooMuch = this.#early.length > OTHERS_AT_ONCE || this.#earlyBytes > MAX_EARLY_BYTES;
    if (isTooMuch) this.close(CLOSE_POLICY, 'too much before it is known whether it may call');
  }

  #read(bytes: Buffer): void {
    if (!this.isOpen) return;
    const read = decodeJsonRpc(bytes.toString('utf8'));
    if (read.is === 'unreadable') {
      this.#answerOther(encodeError(null, JsonRpcError.parse, 'Parse error'));
    } else if (read.is === 'single') this.#act(read.message, (answer) => this.#say(answer));
    else this.#actOnBatch(read.messages);
  }

  /** The answers of a batch go together, once the last is there. */
  #actOnBatch(messages: readonly JsonRpcMessage[]): void {
    const answers: string[] = [];
    const wanted = messages.filter((message) => message.is === 'invalid' || isAnswered(message)).length;
    for (const message of messages)
      this.#act(message, (answer) => {
        if (answers.push(answer) === wanted) this.#say(`[${answers.join(',')}]`);
      });
  }

  #act(message: JsonRpcMessage, answer: (text: string) => void): void {
    switch (message.is) {
      case 'request':
        this.#onRequest(message, answer);
        return;
      case 'invalid':
        this.#answerOther(encodeError(message.id, JsonRpcError.invalidRequest, 'Invalid Request'), answer);
        return;
      case 'result':
      case 'error':
        this.#onAnswer(message);
        return;
      default:
        message satisfies never;
    }
  }

  #onRequest(
    { method, params, id }: Extract<JsonRpcMessage, { is: 'request' }>,
    answer: (text: string) => void,
  ): void {
    let args: readonly AmfValue[];
    try {
      args = (Array.isArray(params) ? params : [params]).map(jsonToAmf);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const text = encodeError(id ?? null, JsonRpcError.invalidParams, 'Invalid params', error.message);
      this.#answerOther(text, id === undefined ? () => {} : answer);
      return;
    }
    const reply = {
      result: (value: AmfValue) => {
        const text = encodeResult(id ?? null, value === undefined ? null : amfToJson(value));
        return { bytes: Buffer.byteLength(text), send: () => answer(text) };
      },
      fault: (fault: CallFault, outcome: CallOutcome) => answer(faultText(id ?? null, fault, outcome)),
    };
    this.#ofClient.begin(method, args, () => this.#client(), id === undefined ? undefined : reply);
  }

  #onAnswer({ is, id, value }: Extract<JsonRpcMessage, { is: 'result' | 'error' }>): void {
    const settle = this.#asked.get(Number(id));
    if (settle === undefined || typeof id !== 'number') this.#answerOther(undefined);
    else settle({ is, value: readable(value) });
  }

  /** What is no call is answered, but not as often as the client likes. */
  #answerOther(text: string | undefined, answer = (said: string): void => this.#say(said)): void {
    if (!this.#others.take()) this.close(CLOSE_POLICY, 'too much that is no call');
    else if (text !== undefined) answer(text);
  }

  #say(text: string): void {
    if (!this.isOpen) return;
    this.meter.spend(Work.answer, 0);
    this.#webSocket.send(text);
    if (this.backlogBytes <= MAX_UNREAD_BYTES) return;
    this.complain(
      `${this.backlogBytes} bytes of answers to what it sent were not read`,
      'WEBSOCKET_ANSWERS_UNREAD',
    );
    this.destroy();
  }

  #client(): CallingClient {
    return { ...callingPeer(this), identity: this.#leave?.identity, origin: this.#origin };
  }

  // --- the connection

  /** The peer breaks the protocol, or sends more than a call may be; `ws` tells it so and closes. */
  #onBroken(error: Error): void {
    this.endReason = 'protocol';
    this.complain(error.message, 'WEBSOCKET_FRAME_INVALID');
    this.#stop();
  }

  #stop(): void {
    this.#deadline.clear();
    this.#watch.stop();
    this.#ofClient.close();
    this.#toClient.close();
    this.#leave?.leave();
  }

  #onClosed(): void {
    this.#stop();
    this.context.events.onClosed(this);
  }
}

/** The leave to call at all, as long as the connection. */
class RpcLeave extends Activity implements Asker {
  readonly verb = 'connect';
  readonly #host: RpcSession;
  #inquiry: Inquiry | undefined;
  #isGranted = false;

  constructor(host: RpcSession) {
    super(host);
    this.#host = host;
  }

  get isGranted(): boolean {
    return this.#isGranted;
  }

  /** Asks whether the client may be here. */
  begin(request: IncomingMessage, query: string): void {
    const readings = query === '' ? [] : [{ key: '', query }];
    this.#inquiry = new Inquiry(this.#host, this, 'connect', { readings, path: [], ...showing(request) });
  }

  /** The connection is over. */
  leave(): void {
    this.#inquiry?.cancel();
    this.giveBack();
  }

  onGranted(grant: Grant): undefined {
    this.goBy(grant);
    this.#isGranted = true;
    this.#host.onGranted();
  }

  onDenied(denial: Refusal | Challenge): void {
    const status = isChallenge(denial) ? 401 : statusOf(denial, 'play');
    this.#host.close(closeCodeOf(status), denial.description);
  }

  onMissed(): void {
    this.#host.destroy();
  }

  protected end(end: Revocation | 'shutdown', sentence: string): void {
    this.#host.endReason = end;
    this.#host.close(end === 'shutdown' ? CLOSE_GOING_AWAY : closeCodeOf(403), sentence);
  }
}

/** Whether a message of a batch has an answer. */
function isAnswered(message: JsonRpcMessage): boolean {
  return message.is === 'request' && message.id !== undefined;
}

function faultText(id: RequestId, { code, description, details }: CallFault, outcome: CallOutcome): string {
  if (outcome === 'unknown') return encodeError(id, JsonRpcError.methodNotFound, 'Method not found');
  const data = { code, ...(details === undefined ? {} : { details: amfToJson(details) }) };
  return encodeError(id, JsonRpcError.server, description, data);
}

/** What a client answers, as a value of AMF; its text where it is none. */
function readable(value: JsonValue): AmfValue {
  try {
    return jsonToAmf(value);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return `the answer is no value: ${error.message}`;
  }
}
