import { flvFamily } from '../../../family/flv/flv-family.ts';
import { rtmpPublishForm } from '../../../family/flv/rtmp-wire-form.ts';
import type { Log } from '../../../log.ts';
import type { AmfObject } from '../../../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../../../protocol/rtmp/dialogue/net-stream.ts';
import { encodePath, PATH_NAME } from '../../../protocol/rtmp/relay-path.ts';
import { parseRtmpUrl } from '../../../protocol/rtmp/rtmp-url.ts';
import { Deadline } from '../../../session/deadline.ts';
import { decodeResume, RESUME_NAME } from '../../../session/resume-text.ts';
import {
  RtmpClientConnection,
  type RtmpClientHandler,
  type RtmpClientHost,
} from '../../../session/upstream/rtmp-client-connection.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { PlayEndReason, Player } from '../../../stream/player.ts';
import { displayForwardUrl, forwardRedactionOf } from '../../../url-secrets.ts';
import type { ForwardStatus } from '../../admin/relay-status.ts';
import type { FollowedLink } from '../../followers.ts';
import { Backoff, STEADY_MS } from '../../listen/backoff.ts';
import { ConnectCounts, type ConnectOutcome } from '../connect-counts.ts';
import { askPermission, type OutgoingHost } from '../permission.ts';

/** A server must have accepted the stream within this time, milliseconds. */
const ACCEPT_MS = 15_000;

/** How a try of a forward can go: no server leads it elsewhere or has nothing for it. */
const outcomes = [
  'ok',
  'cancelled',
  'denied',
  'lost',
  'refused',
] as const satisfies readonly ConnectOutcome[];

/** Why a forward is over for good, in words. */
const STOPS = {
  ended: 'the stream has ended',
  format: 'the stream is not available in this format',
  'not-found': 'the stream did not come',
  reconfigured: 'the configuration has changed',
  shutdown: 'the relay is shutting down',
} as const;

/** What a forward needs of the relay. */
export type ForwardHost = OutgoingHost & RtmpClientHost;

/** Where a stream is to be published. */
export interface ForwardPlace extends Pick<ForwardStatus, 'id' | 'origin'> {
  /** Without placeholders. */
  readonly url: string;
}

/** Why a forward is over, or was not to be had; the field `reason` of its line in the log. */
type ForwardEnd = (typeof outcomes)[number] | keyof typeof STOPS;

type State =
  /** Whether it may connect. */
  | { readonly at: 'asking' }
  /** The server has not accepted the stream yet. */
  | { readonly at: 'connecting'; readonly connection: RtmpClientConnection }
  | { readonly at: 'flowing'; readonly connection: RtmpClientConnection; readonly since: number }
  /** Until it is tried again. */
  | { readonly at: 'waiting'; readonly stop: () => void }
  | { readonly at: 'over' };

/**
 * Publishes a stream to another server for as long as it is live: a player like any other, whose socket leads to a server. It
 * falls behind and catches up as players do, and comes back by itself when the connection is lost.
 */
export class Forward implements Player, RtmpClientHandler {
  readonly isRelay = true;
  readonly isForward = true;
  /** How often it was tried to connect, by outcome. */
  readonly connects: ConnectCounts;
  readonly #stream: LiveStream;
  readonly #place: ForwardPlace;
  readonly #host: ForwardHost;
  readonly #link: FollowedLink;
  readonly #backoff = new Backoff();
  readonly #deadline: Deadline;
  #state: State = { at: 'over' };
  #giveBack: () => void = () => {};
  #lastError: string | undefined;
  #reconnects = 0;
  /** By connections that are over. */
  #sentBytes = 0;
  /** When the present try has begun, milliseconds of the clock. */
  #triedAt = 0;

  constructor(stream: LiveStream, place: ForwardPlace, host: ForwardHost) {
    const { url } = place;
    this.#stream = stream;
    this.#place = place;
    this.#host = host;
    this.#link = { key: stream.key, url: displayForwardUrl(url) };
    this.connects = new ConnectCounts([this.#link.url], outcomes);
    this.#deadline = new Deadline(host.clock, (what) =>
      this.onClosed(`no ${what} within ${ACCEPT_MS} ms`, 'lost'),
    );
    this.#begin();
  }

  get backlogBytes(): number {
    return this.#connection?.writer?.backlogBytes ?? 0;
  }

  get takenBytes(): number {
    return this.#connection?.writer?.takenBytes ?? 0;
  }

  /** Whether it is over for good. */
  get isOver(): boolean {
    return this.#state.at === 'over';
  }

  get id(): string {
    return this.#place.id;
  }

  status(): ForwardStatus {
    const { at } = this.#state;
    return {
      id: this.#place.id,
      origin: this.#place.origin,
      stream: this.#stream.key,
      url: this.#link.url,
      state: at === 'asking' ? 'connecting' : at === 'over' ? 'waiting' : at,
      lastError: this.#lastError ?? null,
      reconnects: this.#reconnects,
      sentBytes: this.#sentBytes + (this.#connection?.sentBytes ?? 0),
    };
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    this.#connection?.writer?.write(bytes, onTaken);
  }

  cork(): void {
    this.#connection?.writer?.cork();
  }

  uncork(): void {
    this.#connection?.writer?.uncork();
  }

  /** Ends the publication there. @param reason - why there is nothing more to forward */
  stop(reason: keyof typeof STOPS = 'ended'): void {
    if (this.#state.at === 'flowing') this.#logEnd('info', reason, STOPS[reason]);
    this.#leave({ at: 'over' }, STOPS[reason], 'cancelled');
  }

  // --- what the stream tells

  onStart(): void {}

  onEnd(reason: PlayEndReason): void {
    if (reason === 'stalled') this.#retry('lost', 'the server takes no data');
    else this.stop(reason);
  }

  // --- what the server tells

  onStarted(information: AmfObject): void {
    if (this.#state.at !== 'connecting') return;
    const { connection } = this.#state;
    this.#deadline.clear();
    this.#state = { at: 'flowing', connection, since: this.#host.clock.now() };
    this.connects.add(this.#link.url, 'ok');
    this.#log.info('forward', `${this.#stream.key} is forwarded to ${this.#link.url}`);
    this.#host.followers?.onForwardFlowing(this.#link);
    const form = rtmpPublishForm(connection.dialogue.messageStreamId);
    const resume = decodeResume(information[RESUME_NAME]); // a relay of ours says how far it is
    this.#stream.play(this, { form, lateJoin: 'keyframeGroup', resume });
  }

  onMedia(): void {}

  onRefused({ code, description }: ServerRefusal): void {
    this.#retry('refused', code, description);
  }

  onEnded(code: string): void {
    this.#retry('lost', code);
  }

  onClosed(description: string, kind: 'lost' | 'refused'): void {
    this.#retry(kind, description);
  }

  get #connection(): RtmpClientConnection | undefined {
    const state = this.#state;
    return state.at === 'flowing' || state.at === 'connecting' ? state.connection : undefined;
  }

  #begin(): void {
    const { family } = this.#stream;
    if (family !== undefined && family !== flvFamily) {
      this.#lastError = `it is ${family.name}, which RTMP does not carry`;
      this.#logEnd('warn', 'format', this.#lastError);
      this.#state = { at: 'over' };
      return;
    }
    const wish = { verb: 'forward', key: this.#stream.key, url: this.#place.url } as const;
    this.#state = { at: 'asking' };
    this.#triedAt = this.#host.clock.now();
    this.#deadline.expect('decision of access control', ACCEPT_MS);
    this.#giveBack = askPermission(this.#host, wish, {
      onGranted: () => this.#connect(),
      onRefused: (description) => this.#retry('denied', description),
    });
  }

  #connect(): void {
    const target = parseRtmpUrl(this.#place.url);
    if (target === undefined) {
      this.#leave({ at: 'over' }, 'its URL is not valid', 'cancelled');
      return;
    }
    const path = [this.#host.relayId, ...this.#stream.path];
    const intent = { does: 'publish', target, connectProperties: { [PATH_NAME]: encodePath(path) } } as const;
    this.#state = { at: 'connecting', connection: new RtmpClientConnection(this, intent, this.#host) };
    this.#deadline.expect('answer to publish', ACCEPT_MS);
  }

  /** @param said - what the server says of it */
  #retry(outcome: (typeof outcomes)[number], why: string, said?: string): void {
    if (this.isOver) return;
    const shown = forwardRedactionOf(this.#place.url, this.#host.secretUrls?.()).sentence(why, said);
    this.#lastError = shown;
    this.#reconnects++;
    this.#logEnd('warn', outcome, shown);
    const { clock } = this.#host;
    const state = this.#state;
    if (state.at === 'flowing' && clock.now() - state.since >= STEADY_MS) this.#backoff.reset();
    const stop = clock.after(this.#backoff.next(), () => this.#begin());
    this.#leave({ at: 'waiting', stop }, shown, outcome);
  }

  /**
   * @param next - what it does from now on
   * @param outcome - of the try, if that has none yet
   */
  #leave(
    next: State & { readonly at: 'waiting' | 'over' },
    why: string,
    outcome: (typeof outcomes)[number],
  ): void {
    const state = this.#state;
    this.#sentBytes += this.#connection?.sentBytes ?? 0;
    this.#state = next;
    if (state.at === 'asking' || state.at === 'connecting') this.connects.add(this.#link.url, outcome);
    this.#deadline.clear();
    this.#giveBack();
    if (state.at === 'waiting') state.stop();
    if (state.at === 'flowing') {
      this.#stream.stop(this);
      this.#host.followers?.onForwardLost(this.#link, why);
    }
    if (state.at === 'flowing' || state.at === 'connecting') state.connection.close();
  }

  /** It is over, or was not to be had. @param why - the reason, for people */
  #logEnd(level: 'info' | 'warn', reason: ForwardEnd, why: string): void {
    const { key } = this.#stream;
    const seconds = Math.round((this.#host.clock.now() - this.#triedAt) / 1000);
    const what = this.#state.at === 'flowing' ? `stopped forwarding ${key}` : `cannot forward ${key}`;
    const bytes = this.#connection?.sentBytes ?? 0;
    this.#log[level]('forward', `${what} to ${this.#link.url}: ${why}`, { seconds, bytes, reason });
  }

  get #log(): Log {
    const { key: stream, url: target } = this.#link;
    return this.#host.log.of('forward', stream, { stream, target, protocol: 'rtmp' });
  }
}
