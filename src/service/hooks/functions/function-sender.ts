import type { Clock } from '../../../stream/clock.ts';
import type { HookReply, HookRequest } from '../hook-client.ts';

/** Calls a function with what would be sent to a server, and takes what it gives for the server's answer. */
export class FunctionSender {
  readonly #call: (body: unknown, signal: AbortSignal) => unknown;
  readonly #timeoutMs: number;
  readonly #isAsked: boolean;
  readonly #clock: Clock;

  /** @param call - given the body of a request, as JSON has it; answers with what an answer's body would be, or a boolean */
  constructor(
    call: (body: unknown, signal: AbortSignal) => unknown,
    { timeoutMs, asks }: { readonly timeoutMs: number; readonly asks: boolean },
    clock: Clock,
  ) {
    this.#call = call;
    this.#timeoutMs = timeoutMs;
    this.#isAsked = asks;
    this.#clock = clock;
  }

  /** Calls the function; as {@link HookClient.send}. */
  async send({ body, timeoutMs = this.#timeoutMs }: HookRequest, signal?: AbortSignal): Promise<HookReply> {
    signal?.throwIfAborted();
    const giveUp = new AbortController();
    const { promise: late, resolve: onLate } = Promise.withResolvers<HookReply>();
    const stopWaiting = this.#clock.after(timeoutMs, () => {
      onLate({ is: 'fault', fault: 'timeout', problem: `no answer within ${timeoutMs} ms` });
      giveUp.abort();
    });
    const { promise: left, reject: onLeft } = Promise.withResolvers<never>();
    const onAbort = (): void => {
      onLeft(signal?.reason);
      giveUp.abort(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.#answer(body, giveUp.signal), late, left]);
    } finally {
      stopWaiting();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** There is nothing to close. */
  async close(): Promise<void> {}

  /** There is nothing to cut. */
  destroy(): void {}

  /** Never rejects. */
  async #answer(body: string, signal: AbortSignal): Promise<HookReply> {
    try {
      const said = await this.#call(JSON.parse(body), signal);
      const answer = typeof said === 'boolean' ? { allow: said } : said;
      const text = this.#isAsked ? String(JSON.stringify(answer)) : '';
      return { is: 'answer', status: 200, location: undefined, text };
    } catch (error) {
      const problem = `it has thrown: ${error instanceof Error ? error.message : String(error)}`;
      return { is: 'fault', fault: 'answer', problem };
    }
  }
}
