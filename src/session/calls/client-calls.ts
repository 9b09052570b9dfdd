import { bugText } from '../../errors.ts';
import { MAX_PEER_TEXT, printable } from '../../log.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import { CALL_FAILED, CallFault, faultOf } from '../../protocol/amf/call-fault.ts';
import { Allowance } from '../allowance.ts';
import type { Connection } from '../connection.ts';
import type { CallOutcome } from './call-outcome.ts';
import type { CallingClient } from './client-call.ts';

/** An answer as its protocol has it, before it is sent. */
export interface ReadyAnswer {
  readonly bytes: number;
  send(): void;
}

/** How a protocol says what came of a call. */
export interface CallReply {
  /** @throws ProtocolError where the protocol has no form for the value */
  result(value: AmfValue): ReadyAnswer;
  fault(fault: CallFault, outcome: CallOutcome): void;
}

/** The calls of one client: each has its time, and there are only so many. */
export class ClientCalls {
  readonly #connection: Connection;
  /** By what tells their handlers that nobody waits any more; each with what stops its time. */
  readonly #open = new Map<AbortController, () => void>();
  #rate: Allowance | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Has a call answered.
   * @param client - who calls, to be asked for once somebody wants to know
   * @param reply - undefined where the client wants no answer
   */
  begin(
    name: string,
    args: readonly AmfValue[],
    client: () => CallingClient,
    reply: CallReply | undefined,
  ): void {
    const { handlers, limits } = this.#connection.context.calls;
    if (this.#open.size >= limits.openPerSession || !this.#takesOne()) {
      const description = `too many calls: ${limits.openPerSession} may wait for answers, and ${limits.perSecond} come in a second`;
      this.#end(name, 'limited', reply, new CallFault(CALL_FAILED, description));
      return;
    }
    const leaving = new AbortController();
    const { signal } = leaving;
    const answered = attempt(() => handlers.answer({ name, args, client: client(), signal }));
    if (answered === undefined) {
      const description = `unknown command ${printable(name, 64)}`;
      this.#end(name, 'unknown', reply, new CallFault(CALL_FAILED, description));
      return;
    }
    const stopWaiting = this.#connection.context.clock.after(limits.timeoutMs, () => {
      if (!settle()) return;
      this.#end(name, 'timeout', reply, new CallFault(CALL_FAILED, 'there is no answer in time'));
      leaving.abort(new Error('the time of the call is over'));
    });
    this.#open.set(leaving, stopWaiting);
    const settle = (): boolean => {
      stopWaiting();
      return this.#open.delete(leaving);
    };
    answered.then(
      (value) => settle() && this.#connection.run(() => this.#answer(name, value, reply)),
      (error: unknown) => settle() && this.#connection.run(() => this.#fail(name, error, reply)),
    );
  }

  /** The client has gone: nobody waits for its answers any more. */
  close(): void {
    for (const [leaving, stopWaiting] of [...this.#open]) {
      stopWaiting();
      this.#open.delete(leaving);
      this.#connection.context.events.onCalled('from-client', 'left');
      leaving.abort(new Error('the client has gone'));
    }
  }

  #takesOne(): boolean {
    const { clock, calls } = this.#connection.context;
    const { openPerSession, perSecond } = calls.limits;
    this.#rate ??= new Allowance(clock, Math.max(openPerSession, perSecond), perSecond);
    return this.#rate.take();
  }

  #answer(name: string, value: AmfValue, reply: CallReply | undefined): void {
    const { maxAnswerBytes } = this.#connection.context.calls.limits;
    if (reply === undefined) {
      this.#end(name, 'answered', undefined);
      return;
    }
    let ready: ReadyAnswer;
    try {
      ready = reply.result(value);
      if (ready.bytes > maxAnswerBytes)
        throw new Error(`an answer of ${ready.bytes} bytes, limit ${maxAnswerBytes}`);
    } catch (error) {
      this.#fail(name, error, reply);
      return;
    }
    ready.send();
    this.#end(name, 'answered', undefined);
  }

  #fail(name: string, error: unknown, reply: CallReply | undefined): void {
    const isTold = error instanceof CallFault;
    if (!isTold)
      this.#connection.log.warn('call', `called ${shown(name)}, which has failed: ${bugText(error)}`, {
        name: shown(name),
        outcome: 'failed',
      });
    this.#end(name, isTold ? 'refused' : 'failed', reply, faultOf(error));
  }

  #end(name: string, outcome: CallOutcome, reply: CallReply | undefined, fault?: CallFault): void {
    const { log, context } = this.#connection;
    context.events.onCalled('from-client', outcome);
    log.debug('call', `called ${shown(name)}: ${fault?.description ?? 'answered'}`, {
      name: shown(name),
      outcome,
    });
    if (fault !== undefined) this.#connection.run(() => reply?.fault(fault, outcome));
  }
}

function shown(name: string): string {
  return printable(name, MAX_PEER_TEXT);
}

/** What a handler throws before it returns is what its promise would have rejected with. */
function attempt(answer: () => Promise<AmfValue> | undefined): Promise<AmfValue> | undefined {
  try {
    return answer();
  } catch (error) {
    return Promise.reject(error);
  }
}
