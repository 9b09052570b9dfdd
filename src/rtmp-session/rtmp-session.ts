import type { AmfValue } from '../protocol/amf/amf-value.ts';
import { ReadQueue } from './read-queue.ts';
import type { SessionCallHandler, SessionCallRequest } from './session-call.ts';
import { SessionCalls } from './session-calls.ts';
import { type LinkOwner, type SessionDialogue, type SessionEnd, SessionLink } from './session-link.ts';
import { deadlinesOf, limitsOf, type RtmpSessionOptions } from './session-options.ts';
import type { NodeDuplex, WebDuplex } from './transport.ts';
import type { WaitOptions } from './waiting.ts';

/**
 * One RTMP connection, from either side, over whatever carries bytes: a `Duplex` of Node.js, such as a socket, or a pair of web
 * streams. It takes the duplex over, and closes it.
 *
 * To iterate over it gives its events. What the peer has sent and nobody has iterated over is kept within
 * {@link RtmpSessionLimits.unreadEvents} and `unreadBytes`: then the connection is not read, so that the peer is slowed down. Answers to calls
 * wait as well then. The iteration ends when the session is closed, and throws when it has failed. To leave the loop closes nothing.
 *
 * Whatever waits can be given a time and an `AbortSignal`, and rejects with a {@link SessionClosedError} when the session closes.
 * `await using` closes it.
 */
export abstract class RtmpSession<Event> implements AsyncIterable<Event>, AsyncDisposable {
  protected readonly link: SessionLink;
  protected readonly calls: SessionCalls;
  protected readonly events: ReadQueue<Event>;

  /** @param unknown - what the answer is to a call of the peer that has no handler */
  protected constructor(
    duplex: NodeDuplex | WebDuplex,
    options: RtmpSessionOptions,
    unknown: 'fails' | 'is null',
    owner: Omit<LinkOwner, 'dialogue'> & { readonly dialogue: () => SessionDialogue },
  ) {
    const limits = limitsOf(options);
    const linkOwner: LinkOwner = {
      get dialogue() {
        return owner.dialogue();
      },
      onActed: () => owner.onActed(),
      onClosed: (end) => {
        this.calls.close(this.link.closedError());
        owner.onClosed(end);
        this.events.end(end.error);
      },
    };
    this.link = new SessionLink(duplex, linkOwner, limits, deadlinesOf(options), options.signal);
    this.calls = new SessionCalls(this.link, options, limits, unknown);
    this.events = new ReadQueue(this.link.budget);
  }

  /** Resolves when the connection is over, with who closed it; never rejects. */
  get closed(): Promise<SessionEnd> {
    return this.link.closed;
  }

  /** How long the peer took to answer the latest ping, milliseconds; undefined until it has answered one. */
  get roundTripMs(): number | undefined {
    return this.link.roundTripMs;
  }

  /** Bytes that were written and that the peer, or what is below, has not taken yet. */
  get backlogBytes(): number {
    return this.link.backlogBytes;
  }

  /**
   * Calls a method of the peer.
   * @returns what it answers. The promise rejects with an {@link RtmpCallError} when it answers with an error, and with a
   *   {@link SessionTimeoutError} when it does not answer within {@link RtmpSessionDeadlines.callMs} or the time that is given
   * @param name - of the method, or with how long to wait
   */
  call(name: string | SessionCallRequest, ...args: AmfValue[]): Promise<AmfValue> {
    return this.calls.call(typeof name === 'string' ? { name } : name, args);
  }

  /** Calls a method of the peer that answers nothing. */
  notify(name: string, ...args: AmfValue[]): void {
    this.link.tell(() => this.link.dialogue.notify(name, ...args));
  }

  /**
   * Answers calls of the peer from now on; of commands that the protocol has itself, no one hears.
   * @param handler - undefined for no one
   */
  onCall(name: string, handler: SessionCallHandler | undefined): void {
    this.calls.on(name, handler);
  }

  /** Asks the peer for a sign of life. @returns how long it took to answer, milliseconds */
  ping({ timeoutMs, signal }: WaitOptions = {}): Promise<number> {
    return this.link.ping({ timeoutMs: timeoutMs ?? 10_000, signal });
  }

  /** Says farewell, and closes once the peer has taken what was written, at the latest after {@link RtmpSessionDeadlines.closeMs}. */
  close(): Promise<SessionEnd> {
    this.link.close();
    return this.link.closed;
  }

  /** Closes at once. @param error - what everything that waits hears of */
  destroy(error: Error = new Error('the session was destroyed')): void {
    this.link.fail(error);
  }

  /** Reads on from where any other iteration has left off. To leave the loop ends nothing. */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return this.events[Symbol.asyncIterator]();
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
