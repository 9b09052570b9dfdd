import type { AmfValue } from '../protocol/amf/amf-value.ts';
import { CALL_FAILED, CallFault, faultOf } from '../protocol/amf/call-fault.ts';
import type { CallAnswer, PeerCall } from '../protocol/rtmp/dialogue/open-calls.ts';
import { stringOr } from '../protocol/rtmp/message/command-message.ts';
import type { SessionCallHandler, SessionCallRequest } from './session-call.ts';
import { RtmpCallError, SessionTimeoutError } from './session-error.ts';
import type { SessionLink } from './session-link.ts';
import type { RtmpSessionLimits, RtmpSessionOptions } from './session-options.ts';
import { deadlinesOf } from './session-options.ts';

/** The calls of a session, in both directions. */
export class SessionCalls {
  readonly #link: SessionLink;
  readonly #options: RtmpSessionOptions;
  readonly #limits: RtmpSessionLimits;
  readonly #unknown: 'fails' | 'is null';
  readonly #handlers: Map<string, SessionCallHandler>;
  readonly #running = new Set<AbortController>();

  /** @param unknown - what the answer is to a call that has no handler */
  constructor(
    link: SessionLink,
    options: RtmpSessionOptions,
    limits: RtmpSessionLimits,
    unknown: 'fails' | 'is null',
  ) {
    this.#link = link;
    this.#options = options;
    this.#limits = limits;
    this.#unknown = unknown;
    this.#handlers = new Map(Object.entries(options.calls ?? {}));
  }

  on(name: string, handler: SessionCallHandler | undefined): void {
    if (handler === undefined) this.#handlers.delete(name);
    else this.#handlers.set(name, handler);
  }

  call({ name, timeoutMs, signal }: SessionCallRequest, args: readonly AmfValue[]): Promise<AmfValue> {
    const { callMs } = deadlinesOf(this.#options);
    const { dialogue } = this.#link;
    const options = { timeoutMs: timeoutMs ?? callMs, signal };
    let id: number | undefined;
    return this.#link.wait<AmfValue>(
      `answer to ${name}`,
      options,
      (waiting) => {
        const settle = (answer: CallAnswer): void => {
          if ('result' in answer) waiting.resolve(answer.result);
          else waiting.reject(callError(answer.error));
        };
        id = dialogue.callPeer(name, args, settle);
        if (id === undefined) waiting.reject(new Error(`${name} cannot be called: too many calls are open`));
      },
      () => {
        if (id !== undefined) dialogue.cancelCall(id);
      },
    );
  }

  /** Takes a call of the peer. */
  take(call: PeerCall): void {
    const handler = this.#handlers.get(call.name);
    if (handler === undefined) this.#answerUnknown(call);
    else if (this.#running.size >= this.#limits.runningCalls)
      this.#refuse(call, new CallFault(CALL_FAILED, 'too many calls at once'));
    else void this.#run(handler, call);
  }

  /** Nobody waits for answers any more. */
  close(reason: Error): void {
    for (const abort of this.#running) abort.abort(reason);
  }

  #answerUnknown(call: PeerCall): void {
    if (this.#unknown === 'fails')
      this.#refuse(call, new CallFault(CALL_FAILED, `unknown command ${call.name.slice(0, 64)}`));
    else if (call.transactionId !== 0) this.#link.dialogue.answerCall(call.transactionId, null);
  }

  async #run(handler: SessionCallHandler, call: PeerCall): Promise<void> {
    const { name, args, commandObject, transactionId } = call;
    const abort = new AbortController();
    const { signal } = abort;
    const { answerMs } = deadlinesOf(this.#options);
    const late = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => late.reject(signal.reason));
    const timer = setTimeout(
      () => abort.abort(new SessionTimeoutError(`answer to ${name}`, answerMs)),
      Math.min(answerMs, 2 ** 31 - 1),
    );
    this.#running.add(abort);
    try {
      const answer = async (): Promise<AmfValue> =>
        handler({ name, args, commandObject, wantsAnswer: transactionId !== 0, signal });
      const value = await Promise.race([answer(), late.promise]);
      if (transactionId !== 0) this.#link.tell(() => this.#link.dialogue.answerCall(transactionId, value));
    } catch (error) {
      this.#fail(call, error, signal.aborted);
    } finally {
      clearTimeout(timer);
      this.#running.delete(abort);
    }
  }

  #fail(call: PeerCall, error: unknown, isAborted: boolean): void {
    if (this.#link.isClosed) return;
    const isLate = isAborted && error instanceof SessionTimeoutError;
    const fault = isLate ? new CallFault(CALL_FAILED, 'the call took too long') : faultOf(error);
    if (!(error instanceof CallFault)) this.#options.onHandlerError?.(error, call.name);
    this.#link.tell(() => this.#refuse(call, fault));
  }

  #refuse({ transactionId }: PeerCall, { code, description, details }: CallFault): void {
    if (transactionId === 0) return;
    const more: Record<string, AmfValue> = details === undefined ? {} : { details };
    this.#link.dialogue.refuseCall(transactionId, code, description, more);
  }
}

function callError(information: { readonly [key: string]: AmfValue }): RtmpCallError {
  const code = stringOr(information['code'], '');
  const description = stringOr(information['description'], '') || code || 'the call has failed';
  return new RtmpCallError(code, description, information);
}
