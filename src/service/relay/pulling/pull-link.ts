import { type MediaFormat, schemeOf } from '../../../media-url.ts';
import { Allowance } from '../../../session/allowance.ts';
import { Deadline } from '../../../session/deadline.ts';
import { Silence } from '../../../session/published/silence.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Frame } from '../../../stream/frame.ts';
import { STEADY_MS } from '../../listen/backoff.ts';
import type { ConnectOutcome } from '../connect-counts.ts';
import type { PermissionEvents } from '../permission.ts';
import { Lateness } from './lateness.ts';

/** A link without an alternative waits this long for a first frame, milliseconds: knocking again is no better. */
const LAST_RESORT_MS = 30_000;

/** A server may say that the stream comes on another path so many times at once, and so many times a second. */
const PATHS_AT_ONCE = 16;
const PATHS_PER_SECOND = 1;

/** What the protocol of an upstream is called where it is told of. */
export function protocolOf(url: string, format: MediaFormat): string {
  if (format === 'asf') return 'mmsh';
  const protocol = schemeOf(url)?.protocol ?? '';
  return protocol === 'rtmp' ? protocol : `${protocol}-flv`;
}

/** What a link tells the pull that made it. */
export interface PullLinkOwner {
  /** The first frame to be decoded has come; {@link onMedia} brings it right after this. */
  onFlowing(link: PullLink): void;
  /** Frames have come for long enough to trust that they go on. */
  onSteady(link: PullLink): void;
  onMedia(link: PullLink, frame: Frame): void;
  onPath(link: PullLink): void;
  onReconnectRequest(link: PullLink, url: string | undefined): void;
  onSlowed(link: PullLink): void;
  /** The link is over, by the server's word or for lack of one; the owner {@link PullLink.conclude}s it. */
  onEnd(link: PullLink, end: UpstreamEnd): void;
  /** It is known how the try went; told once. */
  onOutcome(link: PullLink, outcome: ConnectOutcome): void;
}

/** How a link is opened and how long it may be silent. */
export interface PullLinkOptions {
  /** Place in the list of URLs. */
  readonly index: number;
  readonly url: string;
  /** What is to come from there. */
  readonly format: MediaFormat;
  /** The URL without anything that may be secret. */
  readonly shownUrl: string;
  /** How long there may be no frame, milliseconds. */
  readonly silenceMs: number;
  /** Whether there is no other URL to turn to: then the first frame may take its time. */
  readonly isLastResort: boolean;
  /** Asks whether it may be opened. @returns gives back what was granted */
  readonly ask: (events: PermissionEvents) => () => void;
  readonly open: (events: UpstreamEvents) => Upstream;
}

type State =
  | { readonly at: 'asking' }
  | { readonly at: 'open'; readonly upstream: Upstream }
  /** It has nothing to send and is asked whether it is alive. */
  | { readonly at: 'dry'; readonly upstream: Upstream; readonly signsOfLife: number }
  | { readonly at: 'over' };

/** One try to get a stream from one URL: an upstream, and the clock that watches it. */
export class PullLink implements UpstreamEvents {
  /** Place in the list of URLs; another when that has changed. */
  index: number;
  readonly url: string;
  readonly format: MediaFormat;
  /** Without anything that may be secret. */
  readonly shownUrl: string;
  readonly protocol: string;
  readonly since: number;
  readonly lateness: Lateness = new Lateness();
  readonly #clock: Clock;
  readonly #owner: PullLinkOwner;
  readonly #options: PullLinkOptions;
  readonly #deadline: Deadline;
  readonly #silence = new Silence();
  readonly #noFrame: string; // made once, for each frame moves the deadline
  #giveBack: () => void = () => {};
  /** Every change is told to all relays downstream. */
  readonly #paths: Allowance;
  #state: State = { at: 'asking' };
  #outcome: ConnectOutcome | undefined;
  #upstream: Upstream | undefined;
  #path: readonly string[] = [];
  #frames = 0;
  #flow: 'none' | 'begun' | 'steady' = 'none';
  #firstFrameAt = 0;
  #lastFrameAt = 0;

  constructor(clock: Clock, owner: PullLinkOwner, options: PullLinkOptions) {
    this.#clock = clock;
    this.#owner = owner;
    this.#options = options;
    this.index = options.index;
    this.url = options.url;
    this.format = options.format;
    this.shownUrl = options.shownUrl;
    this.protocol = protocolOf(options.url, options.format);
    this.since = clock.now();
    this.#paths = new Allowance(clock, PATHS_AT_ONCE, PATHS_PER_SECOND);
    this.#noFrame = `frame for ${options.silenceMs} ms`;
    this.#deadline = new Deadline(clock, (what) => this.#onMissed(what));
    this.#expect('decision of access control', options.silenceMs);
    this.#giveBack = options.ask({
      onGranted: () => this.#open(),
      onRefused: (description) => this.onEnd({ kind: 'denied', description }),
    });
  }

  /** Ids of the relays that bring the stream on this link, nearest first. */
  get path(): readonly string[] {
    return this.#path;
  }

  /** What has come on its connection. */
  get receivedBytes(): number {
    return this.#upstream?.receivedBytes ?? 0;
  }

  /** Messages of audio and video. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether there was a frame to be decoded: headers alone may come from a server that has nothing else. */
  get isFlowing(): boolean {
    return this.#flow !== 'none';
  }

  /** How long frames have been coming, from the first to be decoded to the latest, milliseconds. */
  get flowingMs(): number {
    return this.#lastFrameAt - this.#firstFrameAt;
  }

  /** Leaves the server; nothing is told any more. */
  close(): void {
    this.#leave();
    this.conclude('cancelled');
  }

  /** How the try went, unless that was known before. */
  conclude(outcome: ConnectOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#owner.onOutcome(this, outcome);
  }

  onStart(path: readonly string[]): void {
    this.onPath(path);
  }

  onPath(path: readonly string[]): void {
    if (this.#isOver) return;
    if (!this.#paths.take()) {
      this.onEnd({ kind: 'refused', description: 'it changes the path of the stream too often' });
      return;
    }
    this.#path = path;
    this.#owner.onPath(this);
  }

  onMedia(frame: Frame): void {
    if (this.#isOver) return;
    if (!this.#silence.passes(frame)) {
      if (this.isFlowing && frame.kind !== 'data') this.#expectFrame(this.#state); // alive, and no more than that
      return;
    }
    if (frame.kind !== 'data' || frame.role === 'coded') this.#onFrame(frame); // of a stream of commands there is nothing else
    this.#owner.onMedia(this, frame);
  }

  /** While the upstream is dry its silence is not a fault of its own, as long as it answers. */
  onDry(isDry: boolean): void {
    const state = this.#state;
    const mayWait = this.isFlowing || this.#options.isLastResort; // else another may have what this one waits for
    if (state.at === 'dry' && !isDry) this.#expectFrame(state);
    else if (isDry && state.at === 'open' && mayWait) this.#ping(state.upstream);
  }

  onReconnectRequest(url: string | undefined): void {
    if (!this.#isOver) this.#owner.onReconnectRequest(this, url);
  }

  onSlowed(): void {
    if (!this.#isOver) this.#owner.onSlowed(this);
  }

  /** The server has ended it, or the relay by its own will. */
  onEnd(end: UpstreamEnd): void {
    if (this.#isOver) return;
    this.#leave();
    this.#owner.onEnd(this, end);
  }

  get #isOver(): boolean {
    return this.#state.at === 'over';
  }

  #leave(): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    this.#deadline.clear();
    if (state.at === 'open' || state.at === 'dry') state.upstream.close();
    this.#giveBack();
  }

  #open(): void {
    const { silenceMs, isLastResort, open } = this.#options;
    const upstream = open(this); // may throw: until it is there nothing is expected of it
    this.#upstream = upstream;
    this.#state = { at: 'open', upstream };
    this.#expect('frame', isLastResort ? Math.max(silenceMs, LAST_RESORT_MS) : silenceMs);
  }

  #onFrame(frame: Frame): void {
    this.#frames++;
    if (this.#flow === 'none' && frame.role !== 'coded') return;
    const now = this.#clock.now();
    this.#lastFrameAt = now;
    if (this.#flow === 'none') {
      this.#flow = 'begun';
      this.#firstFrameAt = now;
      this.conclude('ok');
      this.#owner.onFlowing(this);
    } else if (this.#flow === 'begun' && this.flowingMs >= STEADY_MS) {
      this.#flow = 'steady';
      this.#owner.onSteady(this);
    }
    this.#expectFrame(this.#state);
    this.lateness.take(frame.timestamp, now);
  }

  #expectFrame(state: State): void {
    if (state.at === 'dry') this.#state = { at: 'open', upstream: state.upstream };
    this.#deadline.expect(this.#noFrame, this.#options.silenceMs);
  }

  #ping(upstream: Upstream): void {
    this.#state = { at: 'dry', upstream, signsOfLife: upstream.signsOfLife };
    upstream.ping();
    this.#expect('answer to a ping', this.#options.silenceMs);
  }

  #expect(what: string, ms: number): void {
    this.#deadline.expect(`${what} for ${ms} ms`, ms);
  }

  #onMissed(what: string): void {
    const state = this.#state;
    if (state.at === 'dry' && state.upstream.signsOfLife > state.signsOfLife) this.#ping(state.upstream);
    else this.onEnd({ kind: 'lost', description: `no ${what}` });
  }
}
