import { Deadline } from '../../session/deadline.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../session/upstream.ts';
import type { Clock } from '../../stream/clock.ts';
import type { FrameType } from '../../stream/frame.ts';

/** What a link tells the pull that made it. */
export interface PullLinkOwner {
  onMedia(link: PullLink, type: FrameType, timestamp: number, payload: Buffer): void;
  onPath(link: PullLink): void;
  onReconnectRequest(link: PullLink, url: string | undefined): void;
  /** The link is over, by the server's word or for lack of one. */
  onEnd(link: PullLink, end: UpstreamEnd): void;
}

/** How a link is opened and how long it may be silent. */
export interface PullLinkOptions {
  /** Place in the list of URLs. */
  readonly index: number;
  readonly url: string;
  /** How long there may be no frame once frames came, milliseconds. */
  readonly silenceMs: number;
  /** How long until the first frame, milliseconds. */
  readonly patienceMs: number;
  readonly open: (events: UpstreamEvents) => Upstream;
}

/** One try to get a stream from one URL: an upstream, and the clock that watches it. */
export class PullLink implements UpstreamEvents {
  readonly index: number;
  readonly url: string;
  readonly since: number;
  readonly #clock: Clock;
  readonly #owner: PullLinkOwner;
  readonly #options: PullLinkOptions;
  readonly #upstream: Upstream;
  readonly #deadline: Deadline;
  #path: readonly string[] = [];
  #frames = 0;
  #firstFrameAt: number | undefined;
  #quickest = Number.POSITIVE_INFINITY;
  #delayMs = 0;
  #isDry = false;
  #signsOfLife = 0;
  #isOver = false;

  constructor(clock: Clock, owner: PullLinkOwner, options: PullLinkOptions) {
    this.#clock = clock;
    this.#owner = owner;
    this.#options = options;
    this.index = options.index;
    this.url = options.url;
    this.since = clock.now();
    this.#deadline = new Deadline(clock, (what) => this.#onMissed(what));
    this.#deadline.expect('frame', options.patienceMs);
    this.#upstream = options.open(this);
  }

  /** Ids of the relays that bring the stream on this link, nearest first. */
  get path(): readonly string[] {
    return this.#path;
  }

  get frames(): number {
    return this.#frames;
  }

  /** How much later than the quickest frame of this link the last one came, milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** How long frames have been coming, milliseconds. */
  flowingMs(): number {
    return this.#firstFrameAt === undefined ? 0 : this.#clock.now() - this.#firstFrameAt;
  }

  close(): void {
    this.#isOver = true;
    this.#deadline.clear();
    this.#upstream.close();
  }

  onStart(path: readonly string[]): void {
    this.onPath(path);
  }

  onPath(path: readonly string[]): void {
    if (this.#isOver) return;
    this.#path = path;
    this.#owner.onPath(this);
  }

  onMedia(type: FrameType, timestamp: number, payload: Buffer): void {
    if (this.#isOver) return;
    const now = this.#clock.now();
    this.#frames++;
    this.#firstFrameAt ??= now;
    this.#isDry = false;
    this.#deadline.expect('frame', this.#options.silenceMs);
    if (timestamp > 0) {
      this.#quickest = Math.min(this.#quickest, now - timestamp);
      this.#delayMs = Math.round(now - timestamp - this.#quickest);
    }
    this.#owner.onMedia(this, type, timestamp, payload);
  }

  /** While the upstream is dry its silence is not a fault of its own, as long as it answers. */
  onDry(isDry: boolean): void {
    if (this.#isOver) return;
    this.#isDry = isDry;
    if (isDry) this.#ask();
    else this.#deadline.expect('frame', this.#options.silenceMs);
  }

  onReconnectRequest(url: string | undefined): void {
    if (!this.#isOver) this.#owner.onReconnectRequest(this, url);
  }

  onEnd(end: UpstreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline.clear();
    this.#owner.onEnd(this, end);
  }

  #ask(): void {
    this.#signsOfLife = this.#upstream.signsOfLife;
    this.#upstream.ping();
    this.#deadline.expect('answer to a ping', this.#options.silenceMs);
  }

  #onMissed(what: string): void {
    if (this.#isDry && this.#upstream.signsOfLife > this.#signsOfLife) {
      this.#ask();
      return;
    }
    this.#upstream.close();
    const ms = this.#frames === 0 ? this.#options.patienceMs : this.#options.silenceMs;
    this.onEnd({ kind: 'lost', description: `no ${what} for ${ms} ms` });
  }
}
