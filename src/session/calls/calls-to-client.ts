import type { Connection } from '../connection.ts';
import type { CallOutcome, ClientAnswer } from './call-outcome.ts';

const outcomes: Readonly<Record<ClientAnswer['is'], CallOutcome>> = {
  result: 'answered',
  error: 'refused',
  timeout: 'timeout',
  left: 'left',
  limited: 'limited',
};

/** The calls to one client: each has its time, and there are only so many. */
export class CallsToClient {
  readonly #connection: Connection;
  readonly #open = new Set<(answer: ClientAnswer) => void>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Calls the client, and waits for its answer.
   * @param send - says it in the client's protocol. @returns forgets the call; undefined when too many wait already
   * @param timeoutMs - default, and at most: `calls.timeoutMs`
   */
  call(
    send: (settle: (answer: ClientAnswer) => void) => (() => void) | undefined,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): Promise<ClientAnswer> {
    const { clock, calls, events } = this.#connection.context;
    const { limits } = calls;
    return new Promise((resolve) => {
      let forget: (() => void) | undefined;
      const end = (answer: ClientAnswer): void => {
        if (!this.#open.delete(end)) return;
        stopWaiting();
        forget?.();
        events.onCalled('to-client', outcomes[answer.is]);
        resolve(answer);
      };
      const stopWaiting = clock.after(Math.min(timeoutMs, limits.timeoutMs), () => end({ is: 'timeout' }));
      const hasRoom = this.#open.size < limits.openPerSession;
      this.#open.add(end);
      if (hasRoom) forget = this.#connection.run(() => send(end));
      if (forget === undefined) end({ is: 'limited' });
    });
  }

  /** The client has gone. */
  close(): void {
    for (const end of [...this.#open]) end({ is: 'left' });
  }
}
