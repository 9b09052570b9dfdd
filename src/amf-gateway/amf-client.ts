import { ProtocolError } from '../errors.ts';
import {
  type AmfBody,
  type AmfHeader,
  type AmfPacket,
  type AmfPacketLimits,
  decodeAmfPacket,
  encodeAmfPacket,
} from '../protocol/amf/amf-packet.ts';
import { type AmfValue, type ExternalizableClass, propertiesOf } from '../protocol/amf/amf-value.ts';
import { CALL_FAILED } from '../protocol/amf/call-fault.ts';
import { RESULT, STATUS } from './call-answer.ts';
import { AMF_CONTENT_TYPE, GatewayRefusal, piecesOf, readPacket } from './gateway-http.ts';

/** A call that has got no result: what the gateway says of it, or why nothing is known. */
export class AmfCallError extends Error {
  override readonly name = 'AmfCallError';
  /** As the gateway says, such as `NetConnection.Call.Failed`, which also stands for whatever else was in the way. */
  readonly code: string;
  /** All that the gateway says of the fault; undefined where it says nothing, and `cause` may tell what was in the way. */
  readonly information: AmfValue;
  constructor(code: string, description: string, information?: AmfValue, options?: ErrorOptions) {
    super(description, options);
    this.code = code;
    this.information = information;
  }
}

/** How a client goes about its calls. */
export interface AmfClientOptions {
  /** Which AMF goes to the gateway, default 3; its answers are understood in both. */
  readonly version?: 0 | 3;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Headers of HTTP, such as `Authorization`. */
  readonly httpHeaders?: Readonly<Record<string, string>>;
  /** How long an exchange may take, milliseconds; default 10,000. */
  readonly timeLimitMs?: number;
  /** Bytes of an answer, default 16 MiB. */
  readonly maxAnswerBytes?: number;
  readonly limits?: Partial<AmfPacketLimits>;
  /** Externalizable classes that values may have, by name; default those of Flex. */
  readonly classes?: ReadonlyMap<string, ExternalizableClass>;
  /** Hears what a gateway says besides results: a body for another method of whoever waits for the answer. */
  readonly onNotice?: (notice: AmfNotice) => void;
}

/** What a gateway has said of a call besides its result. */
export interface AmfNotice {
  /** The call, by its place among those of its packet, from 0 on. */
  readonly call: number;
  readonly method: string;
  readonly value: AmfValue;
}

/** A call for {@link AmfClient.callAll}. */
export interface AmfRequest {
  /** `service.method` or `method`. */
  readonly name: string;
  readonly args?: readonly AmfValue[];
}

/** How long, and whether, somebody waits for an answer. */
export interface AmfCallOptions {
  readonly signal?: AbortSignal;
}

const DEFAULT_TIME_LIMIT_MS = 10_000;
const DEFAULT_MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** Longest part that a gateway may have put behind its URL, characters. */
const MAX_URL_PART = 2048;

/** Most headers that a gateway may have its client send with each packet. */
const MAX_KEPT_HEADERS = 32;

/**
 * Calls methods behind a gateway over HTTP.
 *
 * A gateway may say with an answer how later packets have to come: its headers `AppendToGatewayUrl` and `ReplaceGatewayUrl` change the
 * URL (the latter only within the same origin), and `RequestPersistentHeader` gives a header that goes with each packet from then on.
 *
 * ```ts
 * const client = new AmfClient('http://localhost:8080/amf');
 * const sum = await client.call('math.add', [1, 2]);
 * ```
 */
export class AmfClient {
  readonly #options: AmfClientOptions;
  readonly #headers = new Map<string, AmfHeader>();
  /** Without what the gateway wants behind it. */
  #url: URL;
  /** What the gateway wants behind it. */
  #suffix = '';
  #nextResponse = 1;

  /** @throws TypeError for what is no URL */
  constructor(url: string | URL, options: AmfClientOptions = {}) {
    this.#options = options;
    this.#url = new URL(url);
  }

  /** Where the next packet goes. */
  get url(): string {
    return this.#url.href + this.#suffix;
  }

  /** Has a header go with each packet from now on, such as `Credentials`. */
  setHeader(name: string, value: AmfValue, mustUnderstand = false): void {
    this.#headers.set(name, { name, mustUnderstand, value });
  }

  /** Has it go no more. */
  removeHeader(name: string): void {
    this.#headers.delete(name);
  }

  /**
   * Calls a method.
   * @returns its result
   * @throws AmfCallError when there is none, the reason of the signal when that aborts, ProtocolError for a value that AMF cannot carry
   */
  async call(name: string, args: readonly AmfValue[] = [], options: AmfCallOptions = {}): Promise<AmfValue> {
    const [settled] = await this.callAll([{ name, args }], options);
    if (settled?.status === 'fulfilled') return settled.value;
    throw settled?.reason;
  }

  /**
   * Makes several calls in one packet.
   * @returns how each has gone, in their order: the reason of one that has not gone well is an {@link AmfCallError}
   * @throws as {@link call} where the exchange as a whole fails
   */
  async callAll(
    requests: readonly AmfRequest[],
    { signal }: AmfCallOptions = {},
  ): Promise<PromiseSettledResult<AmfValue>[]> {
    const { version = 3 } = this.#options;
    const first = this.#nextResponse;
    this.#nextResponse += requests.length;
    const bodies = requests.map(({ name, args = [] }, i) => ({
      target: name,
      response: `/${first + i}`,
      value: [...args],
    }));
    const packet = await this.#exchange({ version, headers: [...this.#headers.values()], bodies }, signal);
    for (const header of packet.headers) this.#heed(header);
    const outcomes = new Map<number, PromiseSettledResult<AmfValue>>();
    for (const body of packet.bodies) this.#settle(body, first, requests.length, outcomes);
    return requests.map((_, i) => outcomes.get(i) ?? lost);
  }

  async #exchange(packet: AmfPacket, outer: AbortSignal | undefined): Promise<AmfPacket> {
    const { limits, classes, maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES } = this.#options;
    const { timeLimitMs = DEFAULT_TIME_LIMIT_MS } = this.#options;
    const body = new Uint8Array(encodeAmfPacket(packet));
    outer?.throwIfAborted();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeLimitMs);
    const signal = outer === undefined ? late.signal : AbortSignal.any([outer, late.signal]);
    try {
      const response = await this.#post(body, signal);
      const expected = { maxPacketBytes: maxAnswerBytes, bodyTimeLimitMs: timeLimitMs };
      const bytes = await readPacket(piecesOf(response.body), expected);
      return decodeAmfPacket(bytes, limits, classes);
    } catch (error) {
      outer?.throwIfAborted();
      if (error instanceof AmfCallError) throw error;
      const why = late.signal.aborted ? `no answer within ${timeLimitMs} ms` : whyFailed(error);
      throw new AmfCallError(CALL_FAILED, why, undefined, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #post(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Response> {
    const { httpHeaders = {}, fetch = globalThis.fetch } = this.#options;
    const headers = { ...httpHeaders, 'content-type': AMF_CONTENT_TYPE };
    const response = await fetch(this.url, { method: 'POST', headers, body, signal, redirect: 'error' });
    if (response.status === 200) return response;
    await response.body?.cancel();
    throw new AmfCallError(CALL_FAILED, `the gateway has answered with HTTP status ${response.status}`);
  }

  #settle(
    { target, value }: AmfBody,
    first: number,
    count: number,
    outcomes: Map<number, PromiseSettledResult<AmfValue>>,
  ): void {
    const [, id = '', method = ''] = /^\/(\d{1,15})\/(.*)$/s.exec(target) ?? [];
    const call = Number(id) - first;
    if (id === '' || call < 0 || call >= count || outcomes.has(call)) return; // of another exchange, or once more
    if (method === RESULT) outcomes.set(call, { status: 'fulfilled', value });
    else if (method === STATUS) outcomes.set(call, { status: 'rejected', reason: errorOf(value) });
    else this.#options.onNotice?.({ call, method, value });
  }

  /** What a gateway says of packets to come. */
  #heed({ name, value }: AmfHeader): void {
    if (name === 'AppendToGatewayUrl' && isUrlPart(value)) this.#append(value);
    else if (name === 'ReplaceGatewayUrl' && isUrlPart(value)) this.#moveTo(value);
    else if (name === 'RequestPersistentHeader') this.#keep(value);
  }

  /** A later one stands in place of one before. */
  #append(suffix: string): void {
    const url = URL.parse(this.#url.href + suffix);
    if (url?.origin === this.#url.origin) this.#suffix = suffix;
  }

  /** Another server is not for a gateway to choose: what its client shows is for the one that it was made for. */
  #moveTo(href: string): void {
    const url = URL.parse(href, this.#url);
    if (url?.origin !== this.#url.origin) return;
    this.#url = url;
    this.#suffix = '';
  }

  #keep(value: AmfValue): void {
    const { name, mustUnderstand, data } = propertiesOf(value);
    if (typeof name !== 'string' || (!this.#headers.has(name) && this.#headers.size >= MAX_KEPT_HEADERS))
      return;
    this.setHeader(name, data, mustUnderstand === true);
  }
}

const lost: PromiseRejectedResult = {
  status: 'rejected',
  reason: new AmfCallError(CALL_FAILED, 'the gateway has not answered this call'),
};

function errorOf(information: AmfValue): AmfCallError {
  const { code, description } = propertiesOf(information);
  return new AmfCallError(
    typeof code === 'string' ? code : CALL_FAILED,
    typeof description === 'string' ? description : 'the gateway says that the call has failed',
    information,
  );
}

function whyFailed(error: unknown): string {
  if (error instanceof ProtocolError) return `the answer is no AMF: ${error.message}`;
  if (error instanceof GatewayRefusal) return `the answer is too long: ${error.message}`;
  return 'the gateway cannot be reached';
}

function isUrlPart(value: AmfValue): value is string {
  return typeof value === 'string' && value.length <= MAX_URL_PART;
}
