import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WorkMeter } from '../../protocol/work-meter.ts';
import type { Clock } from '../../stream/clock.ts';
import { type InputReader, PacedInput } from '../reading/paced-input.ts';
import { endOf } from './http-upstream-end.ts';
import { connectFailure } from './server-connector.ts';
import type { UpstreamEnd, UpstreamEvents } from './upstream.ts';
import { faultOf } from './upstream-media.ts';

/** Reads what an upstream sends, and tells it to whoever wants it. */
export interface UpstreamReader {
  /** Takes bytes over. */
  push(bytes: Buffer): void;
  /** Tells what is complete by now, until the meter is spent or nobody listens any more. @throws ProtocolError */
  tell(): void;
  /** That was all. @throws ProtocolError when something is missing */
  end(): void;
}

/** What an input tells whoever opened it. */
export type UpstreamInputEvents = Pick<UpstreamEvents, 'onSlowed' | 'onEnd'>;

type State =
  | { readonly at: 'open' }
  /** The transport has told its end: this is done when all that has come is acted on. */
  | { readonly at: 'ending'; readonly finish: () => void }
  /** The server has said no: how its answer breaks off does not matter any more. */
  | { readonly at: 'refused' }
  | { readonly at: 'over' };

/** What comes on one connection to a server, whatever its transport: read at its pace, up to its one end. */
export class UpstreamInput implements InputReader {
  /** Nothing here waits for an answer. */
  readonly isHeld = false;
  readonly #clock: Clock;
  readonly #events: UpstreamInputEvents;
  readonly #input: PacedInput;
  #reader: UpstreamReader | undefined;
  #socket: Socket | undefined;
  #state: State = { at: 'open' };

  constructor(clock: Clock, events: UpstreamInputEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#input = new PacedInput(clock, this, true);
  }

  /** To be told how much work the server's bytes are. */
  get meter(): WorkMeter {
    return this.#input.pace;
  }

  /** Whether nothing of it counts any more. */
  get isOver(): boolean {
    return this.#state.at === 'over';
  }

  get receivedBytes(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** Hands a connection on to a client, whose way to take it this is. */
  connectWith(onCreated: (error: null, socket: Socket) => void): (connected: Socket | Error) => void {
    return (connected) => {
      if (connected instanceof Error)
        this.end({ kind: connectFailure(connected), description: connected.message });
      else {
        this.#socket = connected;
        this.#input.attach(connected);
        onCreated(null, connected);
      }
    };
  }

  /** What comes is read by this; before that nothing may come. */
  readBy(reader: UpstreamReader): void {
    this.#reader = reader;
  }

  onSlowed(): void {
    if (!this.isOver) this.#events.onSlowed?.();
  }

  /** Takes a piece of what was asked for over. */
  receive(bytes: Buffer): void {
    if (this.isOver) return;
    this.#reader?.push(bytes);
    this.proceed();
  }

  proceed(): void {
    if (this.isOver) return;
    try {
      this.#reader?.tell();
      if (this.#state.at === 'ending' && !this.meter.isSpent) this.#state.finish();
    } catch (error) {
      this.lose(faultOf(error));
    }
  }

  /** The stream is complete, says the transport. @param description - for people */
  complete(description: string): void {
    this.afterAll(() => {
      this.#reader?.end();
      this.end({ kind: 'ended', description });
    });
  }

  /** Does this when all that has come is acted on: what a turn left over goes before the end. */
  afterAll(finish: () => void): void {
    if (this.#state.at === 'open') this.#state = { at: 'ending', finish };
    if (!this.meter.isSpent) this.proceed();
  }

  /** The server answered with something that was not asked for. @param address - what was, without credentials */
  refuse(response: IncomingMessage, address: string): void {
    response.on('error', () => {}); // 'close' follows
    this.#state = { at: 'refused' };
    endOf(response, address, this.#clock).then(
      (end) => this.#conclude(end),
      (error: unknown) => this.#conclude({ kind: 'lost', description: String(error) }),
    );
  }

  /** The transport has failed. */
  lose(description: string): void {
    this.end({ kind: 'lost', description });
  }

  /** Tells the end; only the first is one. */
  end(end: UpstreamEnd): void {
    if (this.#state.at !== 'refused') this.#conclude(end);
  }

  /** Nothing more is wanted. @returns whether that is news */
  close(): boolean {
    if (this.isOver) return false;
    this.#state = { at: 'over' };
    return true;
  }

  #conclude(end: UpstreamEnd): void {
    if (this.close()) this.#events.onEnd(end);
  }
}
