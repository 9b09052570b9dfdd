import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { CallAnswer } from '../protocol/rtmp/dialogue/open-calls.ts';
import { UnreadAnswers } from '../protocol/unread-answers.ts';
import { ReadBudget } from './read-queue.ts';
import { SessionClosedError, SessionTimeoutError } from './session-error.ts';
import type { RtmpSessionDeadlines, RtmpSessionLimits } from './session-options.ts';
import { type NodeDuplex, openTransport, type Transport, type WebDuplex } from './transport.ts';
import { Waiting, type WaitOptions } from './waiting.ts';

/** What a session needs of its dialogue, whichever side it is. */
export interface SessionDialogue {
  readonly isOpen: boolean;
  /** Whether what the peer sends waits for a decision; left out where there is none, as the next. */
  readonly isHeld?: boolean;
  /** Bytes of memory for what waits. */
  readonly partialBytes?: number;
  readonly pongs: number;
  readonly sendRoomBytes: number;
  receive(memory: Buffer): void;
  proceed(): void;
  ping(timestamp: number): void;
  callPeer(name: string, args: readonly AmfValue[], settle: (answer: CallAnswer) => void): number | undefined;
  cancelCall(transactionId: number): void;
  closeCalls(): void;
  answerCall(transactionId: number, value: AmfValue): void;
  refuseCall(transactionId: number, code: string, description: string, more?: Record<string, AmfValue>): void;
  notify(name: string, ...args: AmfValue[]): void;
}

/** Who has closed a session. */
export interface SessionEnd {
  readonly by: 'us' | 'peer' | 'fault';
  /** What went wrong; undefined when nothing did. */
  readonly error: Error | undefined;
}

/** What the link tells its session. */
export interface LinkOwner {
  readonly dialogue: SessionDialogue;
  /** Something has been received and acted on. */
  onActed(): void;
  onClosed(end: SessionEnd): void;
}

/** The longest time that a timer takes, milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Joins a transport and a dialogue: what is read when, what waits for what, and until when. */
export class SessionLink {
  /** Says when a dialogue is to stop reading. */
  readonly budget: ReadBudget;
  /** Resolves when the connection is over. */
  readonly closed: Promise<SessionEnd>;
  readonly #owner: LinkOwner;
  readonly #limits: RtmpSessionLimits;
  readonly #deadlines: RtmpSessionDeadlines;
  readonly #transport: Transport;
  readonly #answers: UnreadAnswers;
  readonly #signal: AbortSignal | undefined;
  readonly #close = Promise.withResolvers<SessionEnd>();
  readonly #waitings = new Set<Pick<Waiting<unknown>, 'reject'>>();
  readonly #drains = new Set<Waiting<void>>();
  readonly #pinging = new Set<Waiting<number>>();
  readonly #onAbort = (): void => this.fail(asError(this.#signal?.reason));
  #state: 'open' | 'closing' | 'closed' = 'open';
  #end: SessionEnd = { by: 'us', error: undefined };
  #isActing = false;
  #isPaused = false;
  #lifeAt = performance.now();
  #tickedAt = performance.now();
  #pingSentAt: number | undefined;
  #pongs = 0;
  #roundTripMs: number | undefined;
  #expectation: ReturnType<typeof setTimeout> | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;

  constructor(
    duplex: NodeDuplex | WebDuplex,
    owner: LinkOwner,
    limits: RtmpSessionLimits,
    deadlines: RtmpSessionDeadlines,
    signal: AbortSignal | undefined,
  ) {
    this.#owner = owner;
    this.#limits = limits;
    this.#deadlines = deadlines;
    this.#signal = signal;
    this.closed = this.#close.promise;
    this.budget = new ReadBudget(limits.unreadEvents, limits.unreadBytes, () => this.#goOn());
    this.#transport = openTransport(duplex, {
      onBytes: (bytes) => this.#onBytes(bytes),
      onTaken: () => this.#wakeDrains(),
      onEnd: () => this.#finish({ by: 'peer', error: undefined }),
      onClosed: (error) => this.#onClosed(error),
    });
    this.#answers = new UnreadAnswers(this.#transport);
    if (signal?.aborted) queueMicrotask(this.#onAbort);
    else signal?.addEventListener('abort', this.#onAbort);
  }

  get dialogue(): SessionDialogue {
    return this.#owner.dialogue;
  }

  /** Whether nothing goes or comes any more, or nothing is to. */
  get isClosed(): boolean {
    return this.#state !== 'open';
  }

  /** Of the latest ping, milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** Bytes that the peer has not taken yet. */
  get backlogBytes(): number {
    return this.#transport.backlogBytes;
  }

  /** Writes what the dialogue says. */
  send(bytes: Buffer): void {
    if (this.#state === 'closed') return;
    if (this.#isActing) this.#answers.write(bytes);
    else this.#transport.write(bytes);
    if (this.#transport.backlogBytes > this.#limits.backlogBytes && this.#state === 'open')
      this.fail(new Error(`the peer has left ${this.#transport.backlogBytes} bytes unread`));
  }

  /** Says something: errors are the caller's. Does nothing once the session is closed. */
  tell(say: () => void): void {
    if (this.#state !== 'open') return;
    this.#transport.cork();
    try {
      say();
    } finally {
      this.#transport.uncork();
    }
  }

  /** Acts on what the peer has sent. What it has broken costs it the connection. */
  act(action: () => void): void {
    if (this.#state !== 'open') return;
    const wasActing = this.#isActing;
    this.#isActing = true;
    this.#transport.cork();
    try {
      action();
      this.#answers.check();
    } catch (error) {
      this.fail(asError(error));
    } finally {
      this.#isActing = wasActing;
      this.#transport.uncork();
    }
    this.#afterAct();
  }

  /**
   * Waits for something that the connection brings; it fails with the connection.
   * @param begin - asks for it; what it throws is the promise's
   * @param onGivenUp - is called when the time is over or the signal aborts
   */
  async wait<T>(
    what: string,
    options: WaitOptions,
    begin: (waiting: Waiting<T>) => void,
    onGivenUp: () => void = () => {},
  ): Promise<T> {
    options.signal?.throwIfAborted();
    if (this.isClosed) throw this.closedError();
    const waiting: Waiting<T> = new Waiting<T>(what, options, onGivenUp, () => {
      for (const waitings of [this.#waitings, this.#drains, this.#pinging]) waitings.delete(waiting as never);
    });
    this.#waitings.add(waiting);
    try {
      begin(waiting);
    } catch (error) {
      waiting.reject(error);
    }
    return waiting.promise;
  }

  /** Resolves when more may be written: the peer takes what was, and has acknowledged enough if it has set a limit. */
  async drained(options: WaitOptions): Promise<void> {
    if (this.isClosed) throw this.closedError();
    if (this.#mayWrite()) return;
    await this.wait<void>('room to send', options, (waiting) => {
      this.#drains.add(waiting);
    });
  }

  /** The peer, or whoever uses the session, must do something in time; replaces what was expected before. */
  expect(what: string, ms: number): void {
    clearTimeout(this.#expectation);
    if (ms <= MAX_TIMER_MS)
      this.#expectation = setTimeout(() => this.fail(new SessionTimeoutError(what, ms)), ms);
  }

  /** Nothing is expected any more. */
  fulfil(): void {
    clearTimeout(this.#expectation);
  }

  /** Pings from now on, and fails when the peer gives no sign of life. */
  startPings(): void {
    const { pingMs, silenceMs } = this.#deadlines;
    const everyMs = Math.min(pingMs, silenceMs);
    if (everyMs > MAX_TIMER_MS || this.isClosed) return;
    this.#lifeAt = performance.now();
    this.#tickedAt = this.#lifeAt;
    this.#pings = setInterval(() => this.#tick(everyMs), everyMs);
  }

  /** Measures a round trip, milliseconds. */
  ping(options: WaitOptions): Promise<number> {
    return this.wait<number>('answer to a ping', options, (waiting) => {
      this.#pinging.add(waiting);
      if (this.#pingSentAt === undefined) this.#sendPing();
    });
  }

  /** Closes once what was written is taken, at the latest by force. */
  close(): void {
    this.#finish({ by: 'us', error: undefined });
  }

  /** Closes at once. */
  fail(error: Error): void {
    if (this.#state === 'open') this.#finish({ by: 'fault', error });
    if (this.#state === 'closing') this.#transport.destroy();
  }

  /** What is said of everything that can no longer be. */
  closedError(): SessionClosedError {
    const { by, error } = this.#end;
    if (error !== undefined)
      return new SessionClosedError(`the connection has failed: ${error.message}`, { cause: error });
    return new SessionClosedError(
      by === 'us' ? 'the session is closed' : 'the peer has closed the connection',
    );
  }

  #onBytes(bytes: Buffer): void {
    if (this.#state !== 'open') return;
    this.#lifeAt = performance.now();
    this.act(() => this.dialogue.receive(bytes));
  }

  #afterAct(): void {
    if (this.#state !== 'open') return;
    const { pongs } = this.dialogue;
    if (pongs !== this.#pongs) this.#onPongs(pongs);
    if (this.#drains.size > 0) this.#wakeDrains();
    this.#owner.onActed();
    this.#stopOrResume();
  }

  #onPongs(pongs: number): void {
    this.#pongs = pongs;
    if (this.#pingSentAt === undefined) return;
    this.#roundTripMs = performance.now() - this.#pingSentAt;
    this.#pingSentAt = undefined;
    for (const waiting of this.#pinging) waiting.resolve(this.#roundTripMs);
    this.#pinging.clear();
  }

  #mayWrite(): boolean {
    return this.#transport.backlogBytes <= this.#limits.highWaterBytes && this.dialogue.sendRoomBytes > 0;
  }

  #wakeDrains(): void {
    if (this.#drains.size === 0 || !this.#mayWrite()) return;
    for (const waiting of this.#drains) waiting.resolve();
    this.#drains.clear();
  }

  #stopOrResume(): void {
    const { isHeld = false, partialBytes = 0 } = this.dialogue;
    // what waits for a decision is read all the same, so that the peer can be seen to go
    const isStopped = this.budget.isSpent || (isHeld && partialBytes >= this.#limits.unreadBytes);
    if (isStopped === this.#isPaused || this.#state !== 'open') return;
    this.#isPaused = isStopped;
    this.#lifeAt = performance.now();
    if (isStopped) this.#transport.pause();
    else this.#transport.resume();
  }

  /** Whoever iterates has made room. */
  #goOn(): void {
    if (this.#isPaused && !this.#isActing) this.act(() => this.dialogue.proceed());
  }

  #tick(everyMs: number): void {
    const now = performance.now();
    const wasStopped = now - this.#tickedAt > 2 * everyMs;
    this.#tickedAt = now;
    // while nothing is read, or the process was stopped, nobody can tell whether the peer has said anything
    if (this.#isPaused || wasStopped) this.#lifeAt = now;
    const { silenceMs } = this.#deadlines;
    if (now - this.#lifeAt >= silenceMs) this.fail(new SessionTimeoutError('sign of life', silenceMs));
    else if (this.#pingSentAt === undefined) this.#sendPing();
  }

  #sendPing(): void {
    this.#pingSentAt = performance.now();
    const timestamp = Math.trunc(this.#pingSentAt) >>> 0;
    this.tell(() => this.dialogue.ping(timestamp));
  }

  #finish(end: SessionEnd): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#end = end;
    clearInterval(this.#pings);
    const { closeMs } = this.#deadlines;
    clearTimeout(this.#expectation);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const error = this.closedError();
    for (const waiting of [...this.#waitings]) waiting.reject(error);
    this.dialogue.closeCalls();
    this.#owner.onClosed(end);
    if (end.by === 'fault') this.#transport.destroy();
    else {
      this.#transport.end();
      this.#transport.resume(); // what still comes is dropped, or the end would not be seen
      this.#expectation = setTimeout(() => this.#transport.destroy(), Math.min(closeMs, MAX_TIMER_MS));
    }
  }

  #onClosed(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#finish({ by: error === undefined ? 'peer' : 'fault', error });
    this.#state = 'closed';
    clearTimeout(this.#expectation);
    this.#close.resolve(this.#end);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
