import type { PullSource } from '../../config/stream-settings.ts';
import type { Log } from '../../log.ts';
import { MAX_PATH } from '../../protocol/rtmp/relay-path.ts';
import { displayUrl } from '../../protocol/rtmp/rtmp-url.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../session/upstream.ts';
import type { Clock } from '../../stream/clock.ts';
import type { FrameType } from '../../stream/frame.ts';
import type { Source } from '../../stream/live-stream.ts';
import type { Publication } from '../../stream/stream-registry.ts';
import { Backoff } from './backoff.ts';
import { expandUrl, hostOf, redirectedUrl } from './open-upstream.ts';
import { PullLink, type PullLinkOwner } from './pull-link.ts';
import { SwitchPoint } from './switch-point.ts';

/** A connection that has nobody else to turn to waits this long for a first frame, milliseconds: knocking again is no better. */
const LAST_RESORT_MS = 30_000;

/** A preferred upstream that is back must send for this long before it is trusted, milliseconds. */
const PROOF_MS = 2000;

/** Redirects that are followed one after the other. */
const MAX_REDIRECTS = 3;

/** What a pull needs of the relay. */
export interface PullHost {
  readonly clock: Clock;
  readonly log: Log;
  /** The id of this relay. */
  readonly relayId: string;
  attach(key: string, source: Source): Publication;
  /** Ids of the relays downstream that wait for the stream. */
  relaysWaiting(key: string): Iterable<string>;
  open(url: string, waiting: readonly string[], events: UpstreamEvents): Upstream;
  /** No URL has the stream, or it has ended: the pull is over. */
  onOver(pull: Pull, reason: 'ended' | 'not-found'): void;
}

/** How a pull is doing, for people and metrics. */
export interface PullStatus {
  readonly stream: string;
  /** Without credentials. */
  readonly url: string;
  readonly state: 'connecting' | 'flowing' | 'waiting';
  /** Seconds in this connection. */
  readonly seconds: number;
  readonly lastError: string | undefined;
  readonly reconnects: number;
  readonly frames: number;
  readonly delayMs: number;
  /** Ids of the relays that bring the stream, nearest first. */
  readonly path: readonly string[];
}

/** Tries of one URL by outcome. */
export interface ConnectCount {
  readonly url: string;
  readonly outcome: 'ok' | UpstreamEnd['kind'];
  count: number;
}

/** Brings one stream in from its upstreams, for as long as it is wanted: one owner of every retry, failover and switch. */
export class Pull implements PullLinkOwner {
  readonly key: string;
  readonly source: PullSource;
  /** How often each URL was tried, by outcome. */
  readonly connects: Map<string, ConnectCount> = new Map();
  readonly #host: PullHost;
  readonly #urls: readonly string[];
  readonly #hosts: ReadonlySet<string>;
  readonly #backoff = new Backoff();
  readonly #probeBackoff = new Backoff(2000);
  /** The link that the stream comes from, or is to come from. */
  #current: PullLink | undefined;
  /** A link that takes over from the current one at a keyframe. */
  #candidate: { readonly link: PullLink; readonly at: SwitchPoint; readonly needsProof: boolean } | undefined;
  #publication: Publication | undefined;
  #failuresInRound = 0;
  #notFoundInRound = 0;
  #redirects = 0;
  #reconnects = 0;
  #probes = 0;
  #lastError: string | undefined;
  #hasAnswer = false;
  #isOver = false;
  #stopWaiting: () => void = () => {};
  #stopProbing: () => void = () => {};

  constructor(key: string, source: PullSource, host: PullHost) {
    this.key = key;
    this.source = source;
    this.#host = host;
    this.#urls = source.urls.map((url) => expandUrl(url, key));
    const hosts = [...source.urls.map(hostOf), ...source.redirectHosts.map((name) => name.toLowerCase())];
    this.#hosts = new Set(hosts.filter((name) => name !== undefined));
    this.#try(0);
  }

  /** Whether an upstream has said anything, be it no, or could not be reached. */
  get hasAnswer(): boolean {
    return this.#hasAnswer;
  }

  get isFlowing(): boolean {
    return this.#publication !== undefined;
  }

  status(): PullStatus {
    const link = this.#current;
    return {
      stream: this.key,
      url: displayUrl(link?.url ?? this.#urls[0] ?? ''),
      state: this.isFlowing ? 'flowing' : link === undefined ? 'waiting' : 'connecting',
      seconds: link === undefined ? 0 : Math.round((this.#host.clock.now() - link.since) / 1000),
      lastError: this.#lastError,
      reconnects: this.#reconnects,
      frames: link?.frames ?? 0,
      delayMs: link?.delayMs ?? 0,
      path: link?.path ?? [],
    };
  }

  /** Stops: the stream is over for everybody. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWaiting();
    this.#stopProbing();
    this.#candidate?.link.close();
    this.#current?.close();
    this.#publication?.leave('ended');
    this.#publication = undefined;
  }

  // --- what the links tell

  onMedia(link: PullLink, type: FrameType, timestamp: number, payload: Buffer): void {
    if (link === this.#current) {
      this.#publication ??= this.#attach(link);
      this.#publication.receive(type, timestamp, payload);
    } else if (link === this.#candidate?.link) {
      const { at, needsProof } = this.#candidate;
      const mayBegin = at.take(type, timestamp, payload);
      if (mayBegin && (!needsProof || link.flowingMs() >= PROOF_MS)) this.#switch(link, at);
    }
  }

  onPath(link: PullLink): void {
    const path = [this.#host.relayId, ...link.path];
    if (link.path.includes(this.#host.relayId) || link.path.length > MAX_PATH) {
      link.close();
      this.onEnd(link, { kind: 'refused', description: `loop: ${path.join(' -> ')}` });
    } else if (link === this.#current) this.#publication?.announcePath();
  }

  onReconnectRequest(link: PullLink, to: string | undefined): void {
    if (link !== this.#current) return;
    const url =
      to === undefined ? this.#urls[(link.index + 1) % this.#urls.length] : this.#allowed(link.url, to);
    if (url === undefined) {
      this.#log(
        'warn',
        `the server asks to reconnect to ${displayUrl(to ?? '')}, which is not allowed`,
        link,
      );
      return;
    }
    this.#log('info', `the server asks to reconnect: going over to ${displayUrl(url)}`, link);
    const index = to === undefined ? (link.index + 1) % this.#urls.length : link.index;
    this.#openCandidate(index, url, false);
  }

  onEnd(link: PullLink, end: UpstreamEnd): void {
    if (this.#isOver) return;
    if (end.kind === 'redirect') this.#redirect(link, end);
    else if (link === this.#candidate?.link) this.#loseCandidate(link, end);
    else if (link === this.#current) this.#lose(link, end);
  }

  // --- opening links

  #try(index: number): void {
    const url = this.#urls[index];
    if (url !== undefined && !this.#isOver) this.#current = this.#open(index, url);
  }

  #open(index: number, url: string): PullLink {
    const { relayId, clock } = this.#host;
    const { silenceMs } = this.source;
    const waiting = [relayId, ...this.#host.relaysWaiting(this.key)];
    return new PullLink(clock, this, {
      index,
      url,
      silenceMs,
      patienceMs: this.#urls.length > 1 ? silenceMs : Math.max(silenceMs, LAST_RESORT_MS),
      open: (events) => this.#host.open(url, waiting, events),
    });
  }

  #openCandidate(index: number, url: string, needsProof: boolean): void {
    this.#candidate?.link.close();
    this.#candidate = { link: this.#open(index, url), at: new SwitchPoint(), needsProof };
  }

  #redirect(link: PullLink, { url: to = '', description }: UpstreamEnd): void {
    const url = this.#redirects < MAX_REDIRECTS ? this.#allowed(link.url, to) : undefined;
    if (url === undefined) {
      const why =
        this.#redirects < MAX_REDIRECTS ? 'which is not in redirectHosts' : 'the last of too many redirects';
      const refused = `redirected to ${displayUrl(to)}, ${why} (${description})`;
      this.onEnd(link, { kind: 'refused', description: refused });
      return;
    }
    this.#redirects++;
    this.#count(link, 'redirect');
    this.#log('info', `redirected to ${displayUrl(url)}`, link);
    if (link === this.#current) this.#current = this.#open(link.index, url);
    else if (link === this.#candidate?.link) this.#openCandidate(link.index, url, this.#candidate.needsProof);
  }

  /** The URL that a server names, if its host is one that the configuration names. */
  #allowed(from: string, to: string): string | undefined {
    const url = redirectedUrl(from, to);
    const host = url === undefined ? undefined : hostOf(url);
    return host !== undefined && this.#hosts.has(host) ? url : undefined;
  }

  // --- beginning, switching, losing

  #attach(link: PullLink): Publication {
    this.#hasAnswer = true;
    this.#backoff.reset();
    this.#failuresInRound = 0;
    this.#notFoundInRound = 0;
    this.#redirects = 0;
    this.#count(link, 'ok');
    this.#log('info', `${this.key} comes from ${displayUrl(link.url)}`, link);
    this.#stopProbing();
    if (link.index > 0) this.#scheduleProbe();
    return this.#host.attach(this.key, {
      address: displayUrl(link.url),
      get path() {
        return link.path;
      },
      onReplaced: () => {},
    });
  }

  #switch(link: PullLink, at: SwitchPoint): void {
    const old = this.#current;
    this.#candidate = undefined;
    this.#current = link;
    this.#publication = this.#attach(link);
    for (const { type, timestamp, payload } of at.messages())
      this.#publication.receive(type, timestamp, payload);
    old?.close();
  }

  #lose(link: PullLink, end: UpstreamEnd): void {
    this.#hasAnswer = true;
    this.#lastError = end.description;
    this.#count(link, end.kind);
    const wasFlowing = this.#publication !== undefined;
    if (wasFlowing) this.#reconnects++;
    this.#log(end.kind === 'ended' ? 'info' : 'warn', `${displayUrl(link.url)}: ${end.description}`, link);
    this.#current = undefined;
    this.#stopProbing();
    if (end.kind === 'ended' && wasFlowing) {
      this.#finish('ended');
      return;
    }
    this.#publication?.leave('away');
    this.#publication = undefined;
    if (this.#candidate !== undefined) {
      this.#promoteCandidate();
      return;
    }
    this.#failuresInRound++;
    if (end.kind === 'not-found') this.#notFoundInRound++;
    if (this.#failuresInRound < this.#urls.length) this.#try((link.index + 1) % this.#urls.length);
    else if (this.#notFoundInRound === this.#urls.length) this.#finish('not-found');
    else this.#retryLater((link.index + 1) % this.#urls.length);
  }

  /** The link that was to take over at a keyframe has to do so now. */
  #promoteCandidate(): void {
    if (this.#candidate === undefined) return;
    const { link, at } = this.#candidate;
    this.#candidate = undefined;
    this.#current = link;
    if (link.frames === 0) return;
    this.#publication = this.#attach(link);
    for (const { type, timestamp, payload } of at.messages())
      this.#publication.receive(type, timestamp, payload);
  }

  #loseCandidate(link: PullLink, end: UpstreamEnd): void {
    const needsProof = this.#candidate?.needsProof ?? true;
    this.#candidate = undefined;
    this.#count(link, end.kind);
    this.#log('debug', `${displayUrl(link.url)}: ${end.description}`, link);
    if (needsProof) this.#scheduleProbe();
    else if (this.#current !== undefined) {
      const index = (link.index + 1) % this.#urls.length;
      this.#stopProbing = this.#host.clock.after(this.#backoff.next(), () => {
        const url = this.#urls[index];
        if (url !== undefined && this.#candidate === undefined) this.#openCandidate(index, url, false);
      });
    }
  }

  /** The stream is over, or not there; one that is always wanted is asked for again. */
  #finish(reason: 'ended' | 'not-found'): void {
    this.#publication?.leave('ended');
    this.#publication = undefined;
    this.#candidate?.link.close();
    this.#candidate = undefined;
    if (this.source.start === 'always') this.#retryLater(0);
    else {
      this.#isOver = true;
      this.#host.onOver(this, reason);
    }
  }

  #retryLater(index: number): void {
    this.#failuresInRound = 0;
    this.#notFoundInRound = 0;
    this.#redirects = 0;
    this.#stopWaiting = this.#host.clock.after(this.#backoff.next(), () => this.#try(index));
  }

  /** Looks now and then whether a preferred URL is back. */
  #scheduleProbe(): void {
    this.#stopProbing();
    this.#stopProbing = this.#host.clock.after(this.#probeBackoff.next(), () => {
      const limit = this.#current?.index ?? 0;
      if (limit === 0 || this.#candidate !== undefined) return;
      const index = this.#probes++ % limit;
      const url = this.#urls[index];
      if (url !== undefined) this.#openCandidate(index, url, true);
    });
  }

  #count(link: PullLink, outcome: ConnectCount['outcome']): void {
    const url = displayUrl(link.url);
    const key = `${outcome} ${url}`;
    const entry = this.connects.get(key) ?? { url, outcome, count: 0 };
    entry.count++;
    this.connects.set(key, entry);
  }

  #log(level: 'debug' | 'info' | 'warn', text: string, link: PullLink): void {
    this.#host.log[level]('upstream', text, { stream: this.key, upstream: displayUrl(link.url) });
  }
}
