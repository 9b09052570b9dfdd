import { LAST_INTERVAL, pollingInterval } from '../../protocol/rtmpt/polling-interval.ts';
import { RequestWindow, WINDOW_REQUESTS } from '../../protocol/rtmpt/request-window.ts';
import type { Clock } from '../../stream/clock.ts';
import { Deadline } from '../deadline.ts';
import { ReadPace } from '../reading/read-pace.ts';
import type { Session } from '../session.ts';
import type { TunnelReply, TunnelRequest } from './tunnel-request.ts';
import { TunnelSocket, type TunnelSocketEnds } from './tunnel-socket.ts';

/** An answer brings at most so many bytes. */
const MAX_REPLY_BYTES = 256 * 1024;

/** What answers are kept for a request that comes again hold at most so many bytes, the last one apart. */
const MAX_KEPT_BYTES = 512 * 1024;

/**
 * An idle request of a player with nothing to take waits so long for something, milliseconds: clients that ask again at once cost little
 * then. Others have something to say themselves, which would wait behind it.
 */
const HOLD_MS = 500;

/** Between two answers to idle requests, milliseconds, unless much waits: so that not every frame is an answer of its own. */
const REST_MS = 20;

/** So much is not made to wait, bytes. */
const MUCH_BYTES = 64 * 1024;

/** What a request costs, in units of work: its head was read and written. */
const REQUEST_WORK = 64;

/** The session at the server's end, as its tunnel sees it. */
export interface TunnelledSession extends Pick<Session, 'role' | 'address'> {
  /** The peer has not done this in time. */
  miss(what: string): void;
  /** The peer is slowed down from now on. */
  onSlowed(): void;
}

/** What a tunnel needs. */
export interface TunnelParts {
  readonly clock: Clock;
  /** A client that asks for nothing for so long has gone, milliseconds; it may change. */
  readonly deadlines: { readonly idleMs: number };
  /** The client's end. */
  readonly peer: Pick<TunnelSocketEnds, 'remoteAddress' | 'remotePort'>;
}

/** The request whose turn it is. */
interface Present {
  request: TunnelRequest;
  /** Bytes of its body that the session has been given: those of a repeated request are passed over. */
  deliveredBytes: number;
  state: 'reading' | 'broken' | 'waiting';
  /** Whether it waits for nothing any more but its turn. */
  isHurried: boolean;
}

/**
 * A connection that comes as requests over HTTP: puts them in order, has the session read what they bring, and answers with what it has written
 * meanwhile. One request at a time has its turn, and an idle one waits for something to take until it is hurried.
 */
export class Tunnel {
  readonly socket: TunnelSocket;
  readonly #clock: Clock;
  readonly #deadlines: TunnelParts['deadlines'];
  readonly #window = new RequestWindow();
  readonly #pace: ReadPace;
  readonly #deadline: Deadline;
  /** By number, what has come too early. */
  readonly #early = new Map<number, TunnelRequest>();
  /** By number, what was answered lately, oldest first. */
  readonly #kept = new Map<number, TunnelReply>();
  #session: TunnelledSession | undefined;
  #present: Present | undefined;
  #emptyAnswers = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #cancelWait: () => void = () => {};

  constructor({ clock, deadlines, peer }: TunnelParts) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.socket = new TunnelSocket({
      remoteAddress: peer.remoteAddress,
      remotePort: peer.remotePort,
      onWaiting: () => this.#onWaiting(),
      onRoom: () => this.#present?.request.holdBody(false),
    });
    this.#pace = new ReadPace(clock, {
      onTurn: () => this.#proceed(),
      onSlowed: () => this.#session?.onSlowed(),
    });
    this.#deadline = new Deadline(clock, (what) => {
      this.#session?.miss(what);
      this.socket.destroy();
    });
    this.socket.on('close', () => this.#onClosed());
    this.#expectRequest();
  }

  /** Whether requests are answered. */
  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Whether it is known what the client is here for. */
  get isAccepted(): boolean {
    return this.#session !== undefined && this.#session.role !== 'pending';
  }

  /** Gives the tunnel its session; at once. */
  serve(session: TunnelledSession): void {
    this.#session = session;
  }

  /** Takes a request: it is answered in its turn. */
  offer(request: TunnelRequest): void {
    if (!this.isOpen) {
      request.refuse(404, 'there is no such session any more');
      return;
    }
    const { number } = request;
    switch (this.#window.placeOf(number)) {
      case 'next':
        this.#begin(request);
        return;
      case 'early':
        this.#early.get(number)?.refuse(409, `request ${number} has come again`);
        this.#early.set(number, request);
        this.hurry();
        return;
      case 'present':
        this.#replace(request);
        return;
      case 'repeated':
        this.#repeat(request);
        return;
      default:
        request.refuse(400, `request ${number} is out of order`);
    }
  }

  /** An idle request does not wait any longer: another one is to be answered. */
  hurry(): void {
    if (this.#present === undefined) return;
    this.#present.isHurried = true;
    this.#proceed();
  }

  /** The connection of a request is gone: nobody waits for its answer there. */
  lose(request: TunnelRequest): void {
    if (this.#early.get(request.number) === request) this.#early.delete(request.number);
    const present = this.#present;
    if (present?.request !== request || present.state !== 'waiting') return;
    this.#answer(); // which is kept: the request may come again
  }

  // --- one request after the other

  #begin(request: TunnelRequest): void {
    this.#window.begin(request.number);
    this.#deadline.clear();
    this.#present = { request, deliveredBytes: 0, state: 'reading', isHurried: false };
    this.#pace.isPending = !this.isAccepted;
    this.#pace.onPiece(0);
    this.#pace.spend(REQUEST_WORK, 0);
    this.#read(this.#present);
  }

  #read(present: Present): void {
    const { request } = present;
    let passedBytes = 0;
    const { deliveredBytes } = present;
    const isPresent = (): boolean => this.#present === present && present.request === request;
    request.takeBody({
      onPiece: (bytes) => {
        if (!isPresent()) return;
        const skipped = Math.min(Math.max(deliveredBytes - passedBytes, 0), bytes.length);
        passedBytes += bytes.length;
        if (request.verb !== 'send' || skipped === bytes.length) return;
        present.deliveredBytes += bytes.length - skipped;
        if (!this.socket.deliver(bytes.subarray(skipped))) request.holdBody(true);
      },
      onEnd: (isWhole) => {
        if (!isPresent()) return;
        present.state = isWhole ? 'waiting' : 'broken';
        if (isWhole) this.#proceed();
        else this.#expectRequest();
      },
    });
  }

  /** The client or a proxy has sent the present request once more, on another connection. */
  #replace(request: TunnelRequest): void {
    const present = this.#present as Present;
    const { request: former, state } = present;
    present.request = request;
    if (state !== 'broken') former.refuse(409, `request ${request.number} has come again`);
    if (state === 'waiting') request.takeBody({ onPiece: () => {}, onEnd: () => {} });
    else {
      present.state = 'reading';
      this.#deadline.clear();
      this.#read(present);
    }
  }

  #repeat(request: TunnelRequest): void {
    const reply = this.#kept.get(request.number);
    if (reply === undefined) {
      request.refuse(400, `request ${request.number} was answered long ago`);
      return;
    }
    request.takeBody({
      onPiece: () => {},
      onEnd: (isWhole) => {
        if (isWhole) request.answer(reply);
      },
    });
  }

  /** All of the present request is there: it is answered, or waits for something to take. */
  #proceed(): void {
    const present = this.#present;
    if (present?.state !== 'waiting' || !this.isOpen) return;
    if (!this.#pace.mayRead()) return; // its turn comes
    const { isHurried, request } = present;
    if (request.verb === 'close') {
      this.#answer(LAST_INTERVAL);
      this.socket.deliverEnd();
    } else if (isHurried || this.#early.size > 0 || this.#isAnswered(request)) this.#answer();
    else this.#wait();
  }

  /** What begins a session is answered with what the server says to it, if that comes soon; what is published with nothing, at once. */
  #isAnswered({ verb }: TunnelRequest): boolean {
    return verb === 'send' && (this.isAccepted || this.#waitingBytes > 0);
  }

  get #waitingBytes(): number {
    return this.socket.writableLength - this.socket.takenOfWrite;
  }

  #wait(): void {
    this.#cancelWait();
    const waiting = this.#waitingBytes;
    const restMs = this.#answeredAt + REST_MS - this.#clock.now();
    if (waiting >= MUCH_BYTES || (waiting > 0 && restMs <= 0)) this.#answer();
    else this.#cancelWait = this.#clock.after(waiting > 0 ? restMs : this.#holdMs, () => this.hurry());
  }

  get #holdMs(): number {
    const { role = 'pending' } = this.#session ?? {};
    return role === 'pending' || role === 'publisher' ? REST_MS : HOLD_MS;
  }

  #onWaiting(): void {
    const present = this.#present;
    if (present?.state !== 'waiting') return;
    // whoever writes may write more at once
    this.#clock.next(() => {
      if (this.#present === present) this.#proceed();
    });
  }

  #answer(interval?: number): void {
    const present = this.#present;
    if (present === undefined) return;
    this.#cancelWait();
    this.#present = undefined;
    this.#window.finish();
    const pieces = this.socket.takeWritten(MAX_REPLY_BYTES);
    this.#emptyAnswers = pieces.length === 0 ? this.#emptyAnswers + 1 : 0;
    this.#answeredAt = this.#clock.now();
    const own = pollingInterval(this.#waitingBytes, this.#emptyAnswers);
    const reply = { interval: interval ?? own, pieces };
    this.#keep(present.request.number, reply);
    this.#expectRequest();
    present.request.answer(reply);
    this.#goOn();
  }

  /** The next request may be there already. */
  #goOn(): void {
    const next = (this.#window.last ?? 0) + 1;
    const request = this.#early.get(next);
    if (request === undefined || !this.isOpen) return;
    this.#early.delete(next);
    this.#begin(request);
  }

  #keep(number: number, reply: TunnelReply): void {
    this.#kept.set(number, reply);
    let bytes = 0;
    for (const [kept, { pieces }] of [...this.#kept].reverse()) {
      bytes += pieces.reduce((sum, { length }) => sum + length, 0);
      const isOld = kept <= number - WINDOW_REQUESTS;
      if (kept !== number && (isOld || bytes > MAX_KEPT_BYTES)) this.#kept.delete(kept);
    }
  }

  #expectRequest(): void {
    this.#deadline.expect('request of its tunnel', this.#deadlines.idleMs);
  }

  #onClosed(): void {
    this.#deadline.clear();
    this.#cancelWait();
    this.#kept.clear();
    const open = [...(this.#present === undefined ? [] : [this.#present.request]), ...this.#early.values()];
    this.#present = undefined;
    this.#early.clear();
    for (const request of open) request.refuse(404, 'the session has ended');
  }
}
