import { isTlsSocket } from '../built-in.ts';
import { type ClientCertificate, certificateOf } from '../credentials/client-certificate.ts';
import { bugText, type ErrorCode, ProtocolError } from '../errors.ts';
import { type Log, MAX_PEER_TEXT, printable } from '../log.ts';
import { unmetered, type WorkMeter } from '../protocol/work-meter.ts';
import type { AccessRequest, ClientUrls, Intent, Refusal, Verb } from './access.ts';
import { MessageRate } from './published/message-rate.ts';
import type { PacedInput } from './reading/paced-input.ts';
import type { PlayerLeft, Session, SessionActivity, SessionContext, SessionRole } from './session.ts';
import type { PeerSocket } from './socket/peer-socket.ts';
import { SocketWriter } from './socket-writer.ts';

/** A peer that was told to go gets this long to read it, milliseconds. */
export const FAREWELL_MS = 2000;

/** What the log says, behind its name, of a peer or server whose bytes cost too much. */
export const SLOWED: string =
  'sends pieces so small that they cost far more work than usual, and is read more slowly now';

/** What a peer asks for, as its protocol tells it. */
export type Wish = Pick<
  AccessRequest,
  'readings' | 'credentials' | 'application' | 'origin' | 'path' | 'follows' | 'isDescription' | 'clientId'
>;

/** One connection of a peer, whatever it speaks: the socket's figures, and one way to log and to count. */
export abstract class Connection implements Session {
  abstract readonly role: SessionRole;
  abstract readonly isOpen: boolean;
  readonly id: string;
  /** As metrics name it. */
  protocol: string;
  /** Whoever speaks now: behind a proxy each request may come from somebody else. */
  context: SessionContext;
  log: Log;
  readonly writer: SocketWriter;
  protected readonly socket: PeerSocket;
  /** What the peer sends, where that can be much. */
  protected input: PacedInput | undefined;
  /** What the connection had received and sent before it was this session's. */
  #receivedBefore: number;
  #sentBefore: number;
  #messageRate: MessageRate | undefined;
  #isAccepted = false;
  readonly since: number;
  /** When the peer came, and later when it last asked for something. */
  askedAt: number;
  /** What software the peer says it is, cut and escaped; empty when it says nothing. */
  client = '';
  clientUrls: ClientUrls | undefined;
  refused: Session['refused'];
  endReason: PlayerLeft = 'closed';

  /** @param writer - writes to the socket what players are sent */
  constructor(
    protocol: string,
    socket: PeerSocket,
    context: SessionContext,
    writer: SocketWriter = new SocketWriter(socket),
  ) {
    this.id = context.id;
    this.protocol = protocol;
    this.context = context;
    this.log = peerLog(context, protocol);
    this.writer = writer;
    this.since = context.clock.now();
    this.askedAt = this.since;
    this.socket = socket;
    this.#receivedBefore = socket.bytesRead - socket.readableLength;
    this.#sentBefore = socket.bytesWritten - socket.writableLength;
  }

  get address(): string {
    return this.context.address;
  }

  get via(): string | undefined {
    return this.context.via;
  }

  get isTls(): boolean {
    return this.context.isTls ?? isTlsSocket(this.socket);
  }

  get serverName(): string | undefined {
    const { socket } = this;
    return this.context.serverName ?? ((isTlsSocket(socket) && socket.servername) || undefined);
  }

  /** What the peer has shown of itself in TLS, if anything. */
  get certificate(): ClientCertificate | undefined {
    const { isForwarded, certificate } = this.context;
    return isForwarded ? undefined : (certificate ?? certificateOf(this.socket));
  }

  /** Somebody speaks from now on, for whom this may be another context. */
  protected speakFor(context: SessionContext): void {
    if (context === this.context) return;
    this.context = context;
    this.log = peerLog(context, this.protocol, this.client);
  }

  /** The peer speaks this from now on. */
  speakAs(protocol: string): void {
    if (protocol === this.protocol) return;
    this.protocol = protocol;
    this.log = peerLog(this.context, protocol, this.client);
  }

  get peer(): string {
    return this.context.peer;
  }

  /** The peer has said what software it is. */
  identify(client: string): void {
    if (client === this.client) return;
    this.client = printable(client, MAX_PEER_TEXT);
    this.log = peerLog(this.context, this.protocol, this.client);
  }

  /** To be told how much work the peer's bytes are. */
  get meter(): WorkMeter {
    return this.input?.pace ?? unmetered;
  }

  /** Counts the messages that it publishes, on all of its streams: who sends too many is read later. */
  get messageRate(): MessageRate {
    const { clock, limits } = this.context;
    const { messagesPerSecond } = limits;
    let wasSlowed = false;
    this.#messageRate ??= new MessageRate(clock, messagesPerSecond, (waitMs) => {
      this.readLater(waitMs);
      if (wasSlowed) return;
      wasSlowed = true;
      const text = `publishes more than ${messagesPerSecond} messages a second and is read more slowly now`;
      this.log.warn('slowed', text);
    });
    return this.#messageRate;
  }

  /** Bytes have come. */
  onReceived(): void {
    if (!this.#isAccepted) this.context.pending.note(this);
  }

  /** The peer has had its share for now: nothing more of it is acted on for `ms` milliseconds. What is begun may be ended. */
  readLater(ms: number): void {
    this.input?.pace.wait(ms);
  }

  /** The peer is slowed down from now on. */
  onSlowed(): void {
    this.log.warn('slowed', SLOWED);
  }

  abstract activities(): Iterable<SessionActivity>;

  abstract dismiss(reason: string): void;

  /** Something was thrown; it is logged. The session ends now, in its protocol's way. */
  protected abstract onFailed(error: unknown): void;

  /** What the peer asked for is decided, and it was told. */
  onDecided(): void {}

  askToReconnect(_url: string | null): boolean {
    return false;
  }

  destroy(): void {
    this.socket.destroy();
  }

  get receivedBytes(): number {
    return this.socket.bytesRead - this.#receivedBefore;
  }

  /** Bytes that the kernel has taken. */
  get sentBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength - this.#sentBefore;
  }

  get partialBytes(): number {
    return this.input?.keptBytes ?? 0;
  }

  get backlogBytes(): number {
    return this.writer.backlogBytes;
  }

  /** Bytes that went to and fro, to the byte: it grows as long as the peer reads or writes. */
  get trafficBytes(): number {
    return this.receivedBytes + this.writer.takenBytes;
  }

  /** What access is to judge. */
  request(verb: Verb, wish: Wish, intent: Intent): AccessRequest {
    const { address, protocol, client, clientUrls, isTls, id: session } = this;
    const { certificate } = this;
    const credentials = certificate === undefined ? wish.credentials : { ...wish.credentials, certificate };
    return { ...wish, credentials, verb, address, protocol, client, clientUrls, isTls, session, intent };
  }

  /** Goes on when it is known whether the connection may be used at all: at once if it is, else when it comes. */
  atDoor(onLetIn: () => void, onRefused: (refusal: Refusal) => void): void {
    const { refusal } = this.context;
    const proceed = (found: Refusal | undefined): void =>
      this.run(() => {
        if (!this.isOpen) return;
        if (found === undefined) onLetIn();
        else {
          this.reject(found);
          onRefused(found);
        }
      });
    if (refusal instanceof Promise) refusal.then(proceed, (error: unknown) => this.fail(error));
    else proceed(refusal);
  }

  /** Another session goes on with the connection: what has come and is not read is its to count. */
  protected handOver(): void {
    this.#receivedBefore += this.socket.readableLength;
  }

  /** Bytes that went to and fro here are another session's to count. */
  countCarried(receivedBytes: number, sentBytes: number): void {
    this.#receivedBefore += receivedBytes;
    this.#sentBefore += sentBytes;
  }

  /** A publish or play was accepted. */
  accept(): void {
    if (this.#isAccepted) return;
    this.#isAccepted = true;
    if (this.input !== undefined) this.input.pace.isPending = false;
    this.context.events.onAccepted(this);
  }

  /** Nothing goes on any more of what was accepted. */
  protected rest(): void {
    if (!this.#isAccepted) return;
    this.#isAccepted = false;
    if (this.input !== undefined) this.input.pace.isPending = true;
    this.context.events.onIdle(this);
  }

  /** The first media is written to a player. @returns how long after it was asked for, milliseconds */
  onFirstMedia(): number {
    const ms = this.context.clock.now() - this.askedAt;
    this.context.events.onFirstMedia(ms);
    return ms;
  }

  /** Counts and logs a refusal. @param asked - the stream that was asked for, if any was */
  reject(refusal: Refusal, asked?: string): void {
    const { events, gate } = this.context;
    const { refused, description, stream: hidden } = refusal;
    const stream = hidden ?? (asked && (gate.publicKeyOf?.(asked) ?? asked));
    this.refused = { refusal, stream };
    events.onRejected(refused, stream ? { stream, address: this.address, description } : undefined);
    const fields = { stream, reason: refused };
    if (refused === 'redirected') this.log.info('refused', `was sent elsewhere: ${description}`, fields);
    else this.log.warn('refused', `was refused: ${description}`, fields);
  }

  /** The peer has not done this in time; it is to be let go. */
  miss(what: string): void {
    this.endReason = 'timeout';
    this.log.warn('deadline', `timed out: no ${what}`, { missed: what });
  }

  /** Logs what is wrong with what the peer has sent. */
  complain(problem: string, code: ErrorCode): void {
    this.log.warn('protocol-error', `broke the protocol: ${problem}`, { code });
  }

  /** Runs what reacts to the peer: a fault of the peer's, or of ours, costs this connection and no other. */
  run<T>(act: () => T): T | undefined {
    this.socket.cork();
    try {
      return act();
    } catch (error) {
      this.fail(error);
      return undefined;
    } finally {
      this.socket.uncork();
    }
  }

  /** Something was thrown: says so, and tells the session. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError) {
      this.endReason = 'protocol';
      this.complain(error.message, error.code);
    } else this.log.error('bug', bugText(error));
    this.onFailed(error);
  }
}

/** The log of one connection: its fields are on every line about it, in every protocol. @param client - as the peer calls itself */
export function peerLog({ id, address, peer, via, log }: SessionContext, protocol: string, client = ''): Log {
  const fields = { connection: id, peer, protocol, client: client === '' ? null : client };
  return log.of('peer', address, via === undefined ? fields : { ...fields, via });
}
