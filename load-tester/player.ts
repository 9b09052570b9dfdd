import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProtocolError } from '../src/errors.ts';
import { monotonicMs } from './clock.ts';
import type { PlayerRole } from './load-plan.ts';
import { openProtocol } from './protocols/open-protocol.ts';
import {
  BrokenResponse,
  type PlayedMedia,
  type PlayerProtocol,
  type PlayerProtocolEvents,
} from './protocols/player-protocol.ts';
import { hasFrames, StreamCheck } from './report/stream-check.ts';
import { type CheckCounts, StreamFault } from './report/stream-fault.ts';
import type { Tally } from './report/tally.ts';
import { Tail } from './tail.ts';
import type { LoadTarget } from './target.ts';

/** What players share. */
export interface PlayerScene {
  readonly target: LoadTarget;
  /** Where the target is. */
  readonly address: string;
  readonly tally: Tally;
  /** Whether the measurement goes on. */
  readonly isMeasuring: boolean;
  /** All read into the same memory: most of them never look at it. */
  readonly readBuffer: Buffer;
  /** The same for slow players: one piece is not to be a second of the stream. */
  readonly slowReadBuffer: Buffer;
  /** How many bytes a slow player may have read by now. */
  readonly slowAllowance: number;
}

/** Latency beyond this is no latency: the stamps are from the clock of another machine, milliseconds. */
const MAX_LATENCY_MS = 600_000;
/** How much two readings of one clock may contradict each other, milliseconds. */
const CLOCK_SLACK_MS = 1;
/** Where nothing has come for so long, what came last may have been a goodbye, milliseconds. */
const QUIET_MS = 200;
/** Errors of a connection that the server has closed while something was on its way to it. */
const closedCodes: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

type State = 'connecting' | 'starting' | 'playing' | 'over';

/** One player on one connection, from connecting to leaving. */
export class LoadPlayer implements PlayerProtocolEvents {
  readonly role: PlayerRole;
  readonly #scene: PlayerScene;
  readonly #socket: Socket;
  readonly #protocol: PlayerProtocol;
  readonly #check: StreamCheck | undefined;
  readonly #openedAtMs = monotonicMs();
  #state: State = 'connecting';
  /** What came last, once nothing is parsed any more. */
  #tail: Tail | undefined;
  #hasFailed = false;
  /** Slow, and reads nothing for the time being. */
  #isHeld = false;
  #receivedBytes = 0;
  /** When the last media came, as far as this player can tell. */
  #lastMediaAtMs = 0;
  #longestGapMs = 0;
  /** Bytes at the beginning of the measurement; undefined when it did not play then. */
  #bytesBefore: number | undefined;
  /** Whether it was there when the measurement began. */
  #isMeasured = false;

  constructor(role: PlayerRole, scene: PlayerScene, localAddress: string | undefined) {
    this.role = role;
    this.#scene = scene;
    const { tally, target, address } = scene;
    tally.counts.opened++;
    this.#check = role === 'probe' ? new StreamCheck(this) : undefined;
    this.#protocol = openProtocol(target, this);
    const buffer = role === 'slow' ? scene.slowReadBuffer : scene.readBuffer;
    const options: NetConnectOpts = {
      host: address,
      port: target.port,
      noDelay: true,
      onread: { buffer, callback: (size) => this.#onRead(size, buffer) },
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const { host } = target;
    this.#socket = target.isTls
      ? connectTls({ ...options, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp(options);
    this.#socket.once(target.isTls ? 'secureConnect' : 'connect', () => this.#onConnected());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#socket.on('end', () => this.#onClosed());
    this.#socket.on('close', () => this.#onClosed());
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get isPlaying(): boolean {
    return this.#state === 'playing';
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Gives up when it has waited that long for its first frame, or, unless it is slow, for anything behind it. */
  failIfSilent(nowMs: number, timeoutMs: number): void {
    const isPlaying = this.#state === 'playing';
    const silentMs = nowMs - (isPlaying ? this.#lastMediaAtMs : this.#openedAtMs);
    this.#readGoodbye(silentMs);
    if (silentMs <= timeoutMs || (isPlaying && this.role === 'slow')) return;
    const reason = isPlaying ? 'the stream went silent' : 'no first frame';
    this.#fail(reason, this.#silence(silentMs));
  }

  /** Leaves as a player does whose user has seen enough. */
  leave(): void {
    this.#readGoodbye(monotonicMs() - this.#lastMediaAtMs);
    if (this.#state === 'over') return;
    const isConnected = this.#state !== 'connecting';
    if (isConnected) this.#protocol.leave();
    this.#scene.tally.counts.left++;
    this.#finish();
    if (isConnected && this.role !== 'slow') this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  /** A sign of life, for servers that want one. */
  keepAlive(): void {
    if (this.#state === 'playing' && this.#tail !== undefined) this.#protocol.keepAlive();
  }

  /** Reads on, if it is slow and may. */
  resume(): void {
    if (!this.#isHeld || this.#receivedBytes >= this.#scene.slowAllowance) return;
    this.#isHeld = false;
    this.#socket.resume();
  }

  /** The measurement begins. */
  beginMeasuring(): void {
    this.#isMeasured = true;
    this.#longestGapMs = 0;
    this.#bytesBefore = this.#state === 'playing' ? this.#receivedBytes : undefined;
  }

  /** The measurement ends. @param isComplete - it has taken as long as it should: who got nothing in all of it has failed */
  endMeasuring(nowMs: number, durationMs: number, isComplete: boolean): void {
    const isUnserved = this.#state === 'connecting' || this.#state === 'starting';
    if (isUnserved && this.#isMeasured && isComplete)
      this.#fail('no first frame', this.#silence(nowMs - this.#openedAtMs));
    if (this.#state !== 'playing' || this.role === 'slow') return;
    const { longestGapMs, bitRateMbps } = this.#scene.tally.distributions;
    this.#noteGap(nowMs);
    longestGapMs.record(this.#longestGapMs);
    if (this.#bytesBefore === undefined || durationMs <= 0) return;
    bitRateMbps.record(((this.#receivedBytes - this.#bytesBefore) * 8) / durationMs / 1000);
  }

  // --- what the protocol tells

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  onMedia(media: PlayedMedia): void {
    if (this.#state === 'over') return;
    if (this.#state === 'starting' && hasFrames(media)) this.#onFirstFrame();
    this.#noteGap(monotonicMs());
    this.#check?.onMedia(media);
  }

  onRefused(code: string, description: string): void {
    this.#fail(`refused: ${code}`, description);
  }

  onEnded(reason: string): void {
    this.#fail('the stream has ended', reason);
  }

  // --- what its check finds

  onFault(fault: StreamFault, description: string, times: number): void {
    if (fault === StreamFault.missing) this.#scene.tally.counts.missingMessages += times;
    this.#countFailure(fault, description, times);
  }

  /** What was sent before it came has waited for it in the server's memory, not on the way. */
  onStamp(sentAtMs: number): void {
    if (!this.#scene.isMeasuring || sentAtMs < this.#openedAtMs) return;
    const latencyMs = this.#lastMediaAtMs - sentAtMs;
    if (latencyMs < -CLOCK_SLACK_MS || latencyMs > MAX_LATENCY_MS) {
      this.#scene.tally.counts.strangeStamps++;
    } else this.#scene.tally.distributions.latencyMs.record(latencyMs);
  }

  // --- the connection

  #onConnected(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'starting';
    this.#scene.tally.distributions.connectMs.record(monotonicMs() - this.#openedAtMs);
    this.#protocol.start();
  }

  /** @returns whether to read on */
  #onRead(size: number, buffer: Buffer): boolean {
    if (this.#state === 'over') return true;
    const { counts } = this.#scene.tally;
    this.#receivedBytes += size;
    counts.receivedBytes += size;
    if (this.#scene.isMeasuring) counts.measuredBytes += size;
    if (this.#tail === undefined) this.#parse(Buffer.from(buffer.subarray(0, size)));
    else {
      this.#noteGap(monotonicMs());
      this.#tail.push(buffer, size);
      this.#protocol.count(size);
    }
    if (this.role === 'slow' && this.#state === 'playing')
      this.#isHeld = this.#receivedBytes >= this.#scene.slowAllowance;
    return !this.#isHeld;
  }

  #parse(bytes: Buffer): void {
    try {
      this.#protocol.receive(bytes);
    } catch (error) {
      if (error instanceof ProtocolError) this.#fail(`corrupt data: ${error.code}`, error.message);
      else if (error instanceof BrokenResponse) this.#fail('corrupt data: HTTP', error.message);
      else throw error;
    }
    if (this.#state !== 'playing' || this.role === 'probe' || this.#protocol.parsesAlways) return;
    this.#tail = new Tail();
    this.#tail.push(bytes, bytes.length); // a goodbye that has begun in them
    this.#protocol.stopParsing();
  }

  /** What came last and was not parsed may be a goodbye. @param silentMs - since it came; undefined: the connection is closed */
  #readGoodbye(silentMs?: number): void {
    const isClosed = silentMs === undefined;
    if (this.#state !== 'playing' || this.#tail === undefined) return;
    if (isClosed || (silentMs >= QUIET_MS && this.#tail.hasNews))
      this.#protocol.readEnd(this.#tail.read(), isClosed);
  }

  #onFirstFrame(): void {
    const { counts, distributions } = this.#scene.tally;
    const nowMs = monotonicMs();
    this.#state = 'playing';
    this.#lastMediaAtMs = nowMs;
    counts.played++;
    counts.playing++;
    distributions.firstFrameMs.record(nowMs - this.#openedAtMs);
  }

  #noteGap(nowMs: number): void {
    if (this.#state === 'playing' && nowMs - this.#lastMediaAtMs > this.#longestGapMs)
      this.#longestGapMs = nowMs - this.#lastMediaAtMs;
    this.#lastMediaAtMs = nowMs;
  }

  #onError({ code, message }: NodeJS.ErrnoException): void {
    if (this.#state === 'connecting') this.#fail(`cannot connect: ${code ?? 'error'}`, message);
    else if (closedCodes.has(code)) this.#onClosed();
    else this.#end(`connection lost: ${code ?? 'error'}`, message);
  }

  #onClosed(): void {
    this.#readGoodbye();
    this.#end('closed by the server', `after ${this.#receivedBytes} bytes`);
  }

  #silence(ms: number): string {
    return `for ${(ms / 1000).toFixed(1)} s, after ${this.#receivedBytes} bytes`;
  }

  /** Over by no wish of its own. Slow players are there to be let go. */
  #end(reason: string, example: string): void {
    if (this.#state === 'over') return;
    if (this.role === 'slow' && this.#state === 'playing') {
      this.#scene.tally.counts.slowEnded++;
      this.#finish();
      this.#socket.destroy();
    } else this.#fail(reason, example);
  }

  #finish(): void {
    const { counts } = this.#scene.tally;
    if (this.#state === 'playing') counts.playing--;
    this.#state = 'over';
    const check = this.#check;
    if (check === undefined) return;
    check.finish();
    for (const name of Object.keys(check.counts) as (keyof CheckCounts)[]) counts[name] += check.counts[name];
  }

  #fail(reason: string, example: string): void {
    if (this.#state === 'over') return;
    this.#countFailure(reason, example);
    this.#finish();
    this.#socket.destroy();
  }

  #countFailure(reason: string, example: string, times = 1): void {
    if (!this.#hasFailed) this.#scene.tally.counts.failed++;
    this.#hasFailed = true;
    this.#scene.tally.fail(reason, example, times);
  }
}
