import { Deadline } from '../../../session/deadline.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Frame } from '../../../stream/frame.ts';

/** A link without an alternative waits this long for a first frame, milliseconds: knocking again is no better. */
const LAST_RESORT_MS = 30_000;

/** Timestamps that go back by more than this begin anew, milliseconds. */
const MAX_BACKWARD_MS = 1000;

/** What a link tells the pull that made it. */
export interface PullLinkOwner {
  /** The first frame to be decoded has come; {@link onMedia} brings it right after this. */
  onFlowing(link: PullLink): void;
  onMedia(link: PullLink, frame: Frame): void;
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
  /** How long there may be no frame, milliseconds. */
  readonly silenceMs: number;
  /** Whether there is no other URL to turn to: then the first frame may take its time. */
  readonly isLastResort: boolean;
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
  #flowingSince: number | undefined;
  #lastTimestamp = 0;
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
    this.#expect('frame', this.#patienceMs);
    this.#upstream = options.open(this);
  }

  /** Ids of the relays that bring the stream on this link, nearest first. */
  get path(): readonly string[] {
    return this.#path;
  }

  /** Messages of audio and video. */
  get frames(): number {
    return this.#frames;
  }

  /** How much later than the quickest frame of this link the last one came, milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Whether there was a frame to be decoded: headers alone may come from a server that has nothing else. */
  get isFlowing(): boolean {
    return this.#flowingSince !== undefined;
  }

  /** How long frames have been coming, milliseconds. */
  flowingMs(): number {
    return this.#flowingSince === undefined ? 0 : this.#clock.now() - this.#flowingSince;
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

  onMedia(frame: Frame): void {
    if (this.#isOver) return;
    if (frame.kind !== 'data') this.#onFrame(frame);
    this.#owner.onMedia(this, frame);
  }

  /** While the upstream is dry its silence is not a fault of its own, as long as it answers. */
  onDry(isDry: boolean): void {
    if (this.#isOver || (!isDry && !this.#isDry)) return;
    if (isDry && !this.isFlowing && !this.#options.isLastResort) return; // another may have what this one waits for
    this.#isDry = isDry;
    if (isDry) this.#ask();
    else this.#expect('frame', this.#options.silenceMs);
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

  get #patienceMs(): number {
    const { silenceMs, isLastResort } = this.#options;
    return isLastResort ? Math.max(silenceMs, LAST_RESORT_MS) : silenceMs;
  }

  #onFrame({ role, timestamp }: Frame): void {
    this.#frames++;
    if (this.#flowingSince === undefined) {
      if (role !== 'coded') return;
      this.#flowingSince = this.#clock.now();
      this.#owner.onFlowing(this);
    }
    this.#isDry = false;
    this.#expect('frame', this.#options.silenceMs);
    this.#measureDelay(timestamp);
  }

  #measureDelay(timestamp: number): void {
    if (timestamp === 0) return; // headers have no time of their own
    if (timestamp < this.#lastTimestamp - MAX_BACKWARD_MS) this.#quickest = Number.POSITIVE_INFINITY;
    this.#lastTimestamp = timestamp;
    const lateness = this.#clock.now() - timestamp;
    this.#quickest = Math.min(this.#quickest, lateness);
    this.#delayMs = Math.round(lateness - this.#quickest);
  }

  #ask(): void {
    this.#signsOfLife = this.#upstream.signsOfLife;
    this.#upstream.ping();
    this.#expect('answer to a ping', this.#options.silenceMs);
  }

  #expect(what: string, ms: number): void {
    this.#deadline.expect(`${what} for ${ms} ms`, ms);
  }

  #onMissed(what: string): void {
    if (this.#isDry && this.#upstream.signsOfLife > this.#signsOfLife) {
      this.#ask();
      return;
    }
    this.#upstream.close();
    this.onEnd({ kind: 'lost', description: `no ${what}` });
  }
}
