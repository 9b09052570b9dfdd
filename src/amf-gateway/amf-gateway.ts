import {
  type AmfBody,
  type AmfHeader,
  type AmfPacket,
  type AmfPacketLimits,
  decodeAmfPacket,
  joinAmfPacket,
} from '../protocol/amf/amf-packet.ts';
import type { AmfValue, ExternalizableClass } from '../protocol/amf/amf-value.ts';
import { CALL_FAILED, CallFault, faultOf } from '../protocol/amf/call-fault.ts';
import { type AnswerBody, answerBody, RESULT, STATUS, statusOfFault } from './call-answer.ts';
import { acknowledgement, errorMessage, type FlexMessage, readFlexMessage } from './flex-message.ts';
import type { GatewayCall, GatewayHandlers } from './gateway-call.ts';

/**
 * Takes note of a header, such as `Credentials`.
 * @returns who calls, from what is known so far and the header. What it throws is the answer to every call of the packet.
 */
export type HeaderHandler<Client> = (
  value: AmfValue,
  client: Client,
  signal: AbortSignal,
) => Client | Promise<Client>;

/** What a gateway is made of. */
export interface AmfGatewayOptions<Client> {
  readonly handlers: GatewayHandlers<Client>;
  /** By name, the headers that are understood; the others are passed over, if they need not be. */
  readonly headers?: Readonly<Record<string, HeaderHandler<Client>>>;
  /** How long a call may take, and all headers of a packet together, milliseconds; default 10,000. */
  readonly timeLimitMs?: number;
  readonly limits?: Partial<AmfPacketLimits>;
  /** Externalizable classes that values may have, by name; default those of Flex. */
  readonly classes?: ReadonlyMap<string, ExternalizableClass>;
  /** Hears what went wrong that the client is not told: whatever a handler throws but a `CallFault`. */
  readonly onFailed?: (error: unknown) => void;
  /** Calls back later; returns what cancels it. Default: `setTimeout`. */
  readonly after?: (ms: number, callback: () => void) => () => void;
}

const DEFAULT_TIME_LIMIT_MS = 10_000;

/** Longest part of a method's name that an answer repeats, characters. */
const SHOWN_CHARACTERS = 100;

/**
 * Answers AMF packets, as they come by HTTP, with AMF packets. It knows no HTTP: `answerRequest` and `nodeHandler` do.
 *
 * Every call of a packet is run, also where another one fails. All are begun in their order and run at once; the answers come in
 * their order. A client is told of a fault `{ level: 'error', code, description }`; messages of Flex (RemotingMessage and the ping of
 * CommandMessage) are answered by messages of Flex.
 */
export class AmfGateway<Client = undefined> {
  readonly #options: AmfGatewayOptions<Client>;
  readonly #headers: ReadonlyMap<string, HeaderHandler<Client>>;
  readonly #timeLimitMs: number;

  constructor(options: AmfGatewayOptions<Client>) {
    this.#options = options;
    this.#headers = new Map(Object.entries(options.headers ?? {}));
    this.#timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
  }

  /**
   * Answers a packet.
   * @param signal - the client has gone: rejects with its reason
   * @throws ProtocolError what is wrong with the packet, as `decodeAmfPacket`
   */
  async answer(packet: Uint8Array, client: Client, signal?: AbortSignal): Promise<Uint8Array> {
    return this.answerPacket(this.decode(packet), client, signal);
  }

  /**
   * Reads a packet within the limits of the gateway.
   * @throws ProtocolError as `decodeAmfPacket`
   */
  decode(packet: Uint8Array): AmfPacket {
    return decodeAmfPacket(packet, this.#options.limits, this.#options.classes);
  }

  /** Answers a packet that is read. @param signal - the client has gone: rejects with its reason */
  async answerPacket(packet: AmfPacket, client: Client, signal?: AbortSignal): Promise<Uint8Array> {
    const { version, headers, bodies } = packet;
    signal?.throwIfAborted();
    const caller = await this.#heed(headers, client, signal);
    signal?.throwIfAborted();
    const answers = await Promise.all(bodies.map((body) => this.#answerBody(body, version, caller, signal)));
    signal?.throwIfAborted();
    return joinAmfPacket({ version, headers: [], bodies: answers.flat() });
  }

  /** Who calls by what the headers say, or why nothing is called. */
  async #heed(
    headers: readonly AmfHeader[],
    client: Client,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly client: Client } | CallFault> {
    const unknown = headers.find(({ name, mustUnderstand }) => mustUnderstand && !this.#headers.has(name));
    if (unknown !== undefined)
      return new CallFault(CALL_FAILED, `the header ${shown(unknown.name)} is not understood here`);
    if (!headers.some(({ name }) => this.#headers.has(name))) return { client };
    try {
      return await this.#inTime('headers', signal, async (limit) => {
        let caller = client;
        for (const { name, value } of headers)
          caller = (await this.#headers.get(name)?.(value, caller, limit)) ?? caller;
        return { client: caller };
      });
    } catch (error) {
      signal?.throwIfAborted();
      return this.#faultOf(error);
    }
  }

  async #answerBody(
    { value, target, response }: AmfBody,
    version: 0 | 3,
    caller: { readonly client: Client } | CallFault,
    signal: AbortSignal | undefined,
  ): Promise<AnswerBody[]> {
    const args: readonly AmfValue[] = Array.isArray(value) ? value : [value];
    const message = readFlexMessage(args);
    const notices: AnswerBody[] = [];
    let isOver = false;
    const call = (limit: AbortSignal): GatewayCall<Client> => ({
      name: message?.is === 'remoting' ? message.name : target,
      args: message?.is === 'remoting' ? message.args : args,
      client: (caller as { readonly client: Client }).client,
      signal: limit,
      notify: (method, notice) => {
        if (!isOver) notices.push(answerBody(response, method, notice, version));
      },
    });
    try {
      if (caller instanceof CallFault) throw caller;
      const result = await this.#inTime('call', signal, (limit) => this.#run(call(limit), message));
      const told = message === undefined ? result : acknowledgement(message, result);
      return [...notices, answerBody(response, RESULT, told, version)];
    } catch (error) {
      signal?.throwIfAborted();
      const fault = this.#faultOf(error);
      const told = message === undefined ? statusOfFault(fault) : errorMessage(message, fault);
      return [...notices, this.#statusBody(response, told, version)];
    } finally {
      isOver = true;
    }
  }

  async #run(call: GatewayCall<Client>, message: FlexMessage | undefined): Promise<AmfValue> {
    if (message?.is === 'ping') return null;
    if (message?.is === 'other')
      throw new CallFault(CALL_FAILED, 'messages of this kind are not answered here');
    const answer = this.#options.handlers.answer(call);
    if (answer === undefined) throw new CallFault(CALL_FAILED, `there is no method ${shown(call.name)}`);
    return answer;
  }

  /** What goes with a fault may be what AMF cannot carry. */
  #statusBody(response: string, told: AmfValue, version: 0 | 3): AnswerBody {
    try {
      return answerBody(response, STATUS, told, version);
    } catch (error) {
      return answerBody(response, STATUS, statusOfFault(this.#faultOf(error)), version);
    }
  }

  /** Settles as what is done does, or rejects when the time is over or nobody waits any more; what comes later is ignored. */
  async #inTime<T>(
    what: string,
    signal: AbortSignal | undefined,
    act: (limit: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const limit = new AbortController();
    const ended = Promise.withResolvers<never>();
    const end = (reason: unknown): void => {
      ended.reject(reason);
      limit.abort(reason);
    };
    const onGone = (): void => end(signal?.reason);
    const cancel = (this.#options.after ?? afterTimeout)(this.#timeLimitMs, () =>
      end(new CallFault(CALL_FAILED, `the ${what} took longer than ${this.#timeLimitMs} ms`)),
    );
    signal?.addEventListener('abort', onGone);
    try {
      return await Promise.race([ended.promise, act(limit.signal)]);
    } finally {
      cancel();
      signal?.removeEventListener('abort', onGone);
    }
  }

  #faultOf(error: unknown): CallFault {
    if (!(error instanceof CallFault)) this.#options.onFailed?.(error);
    return faultOf(error);
  }
}

function afterTimeout(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** What a client has said, as an answer may repeat it. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, SHOWN_CHARACTERS));
}
