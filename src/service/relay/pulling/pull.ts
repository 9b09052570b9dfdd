import type { PullSource } from '../../../config/stream-settings.ts';
import type { Log } from '../../../log.ts';
import { expandUrl } from '../../../media-url.ts';
import { MAX_PATH } from '../../../protocol/rtmp/relay-path.ts';
import { Allowance } from '../../../session/allowance.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { Source } from '../../../stream/source.ts';
import type { Publication } from '../../../stream/stream-registry.ts';
import { displayUrl, hideSecrets } from '../../../url-secrets.ts';
import { Backoff } from '../../listen/backoff.ts';
import { ConnectCounts } from './connect-counts.ts';
import { AllowedHosts } from './open-upstream.ts';
import { PullLink, type PullLinkOwner } from './pull-link.ts';
import type { PullStatus } from './pull-status.ts';
import { Position, SwitchPoint } from './switch-point.ts';

/** A preferred upstream that is back must send for this long before it is trusted, milliseconds. */
const PROOF_MS = 2000;

/**
 * A link to another server of the same programme has shown by then that it is the same, milliseconds; one that has not takes
 * over at its next keyframe.
 */
const SAME_PROGRAMME_MS = 1000;

/** After a link has gone on where another left off, what the other had sent already may come for this long, milliseconds. */
const OVERLAP_MS = 5000;

/** A preferred upstream that has held out this long is looked for quickly when it is lost, milliseconds. */
const RELIABLE_MS = 30_000;

/** A server may ask to reconnect so many times at once, and so many times a second. */
const MOVES_AT_ONCE = 3;
const MOVES_PER_SECOND = 0.05;

/** Redirects that are followed one after the other. */
const MAX_REDIRECTS = 3;

/** A link that takes over from the current one. */
interface Candidate {
  readonly link: PullLink;
  readonly at: SwitchPoint;
  /** Whether it has to send for a while before it is trusted. */
  readonly needsProof: boolean;
}

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

/** Brings one stream in from its upstreams, for as long as it is wanted: one owner of every retry, failover and switch. */
export class Pull implements PullLinkOwner {
  readonly key: string;
  readonly source: PullSource;
  /** How often each URL was tried, by outcome. */
  readonly connects: ConnectCounts = new ConnectCounts();
  readonly #host: PullHost;
  readonly #urls: readonly string[];
  readonly #hosts: AllowedHosts;
  readonly #backoff = new Backoff();
  readonly #probeBackoff = new Backoff(2000);
  readonly #moves: Allowance;
  /** The link that the stream comes from, or is to come from. */
  #current: PullLink | undefined;
  #candidate: Candidate | undefined;
  #publication: Publication | undefined;
  /** How far the stream has come, by the current link's timestamps. */
  #position = new Position();
  /** Until when the current link may send what another has sent already, milliseconds of the clock. */
  #overlapUntil = 0;
  #failuresInRound = 0;
  #notFoundInRound = 0;
  #redirects = 0;
  #reconnects = 0;
  #probes = 0;
  #lastError: string | undefined;
  #hasAnswer = false;
  #isOver = false;
  #waitsToMove = false;
  #stopWaiting: () => void = () => {};
  #stopProbing: () => void = () => {};

  constructor(key: string, source: PullSource, host: PullHost) {
    this.key = key;
    this.source = source;
    this.#host = host;
    this.#moves = new Allowance(host.clock, MOVES_AT_ONCE, MOVES_PER_SECOND);
    this.#urls = source.urls.map((url) => expandUrl(url, key));
    this.#hosts = new AllowedHosts(source.urls, source.redirectHosts);
    this.#try(0);
  }

  /** Whether an upstream has said anything, be it no, or could not be reached. */
  get hasAnswer(): boolean {
    return this.#hasAnswer;
  }

  get isFlowing(): boolean {
    return this.#publication !== undefined && this.#current?.isFlowing === true;
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
    this.#candidate = undefined;
    this.#current?.close();
    this.#current = undefined;
    this.#publication?.leave('ended');
    this.#publication = undefined;
  }

  // --- what the links tell

  onMedia(link: PullLink, frame: Frame): void {
    if (link === this.#current) {
      this.#publication ??= this.#attach();
      this.#pass(frame);
      if (this.#candidate !== undefined) this.#considerSwitch(this.#candidate, false);
    } else if (link === this.#candidate?.link) {
      const mayBegin = this.#candidate.at.take(frame);
      this.#considerSwitch(this.#candidate, mayBegin);
    }
  }

  onFlowing(link: PullLink): void {
    if (link === this.#current) this.#noteFlowing(link);
  }

  onPath(link: PullLink): void {
    const path = [this.#host.relayId, ...link.path];
    if (link.path.includes(this.#host.relayId) || link.path.length > MAX_PATH) {
      link.close();
      this.onEnd(link, { kind: 'refused', description: `loop: ${path.join(' -> ')}` });
    } else if (link === this.#current) this.#publication?.announcePath();
  }

  onReconnectRequest(link: PullLink, to: string | undefined): void {
    if (link !== this.#current || this.#isMoving) return;
    if (!this.#moves.take()) {
      this.#log('warn', 'the server asks to reconnect too often', link);
      return;
    }
    const url =
      to === undefined ? this.#urls[(link.index + 1) % this.#urls.length] : this.#hosts.lead(link.url, to);
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

  onEnd(link: PullLink, said: UpstreamEnd): void {
    if (this.#isOver) return;
    const end = { ...said, description: hideSecrets(said.description, link.url) };
    if (end.kind === 'redirect') this.#redirect(link, end);
    else if (link === this.#candidate?.link) this.#loseCandidate(link, end);
    else if (link === this.#current) this.#lose(link, end);
  }

  /** Whether another link is being looked for because the server asked to be left. */
  get #isMoving(): boolean {
    return this.#candidate?.needsProof === false || this.#waitsToMove;
  }

  // --- opening links

  #try(index: number): void {
    const url = this.#urls[index];
    if (url !== undefined && !this.#isOver) this.#current = this.#open(index, url);
  }

  #open(index: number, url: string): PullLink {
    const { relayId, clock } = this.#host;
    const waiting = [relayId, ...this.#host.relaysWaiting(this.key)];
    return new PullLink(clock, this, {
      index,
      url,
      silenceMs: this.source.silenceMs,
      isLastResort: this.#urls.length === 1,
      open: (events) => this.#host.open(url, waiting, events),
    });
  }

  #openCandidate(index: number, url: string, needsProof: boolean): void {
    this.#candidate?.link.close();
    this.#candidate = { link: this.#open(index, url), at: new SwitchPoint(), needsProof };
  }

  #redirect(link: PullLink, { url: to = '', description }: UpstreamEnd): void {
    const url = this.#redirects < MAX_REDIRECTS ? this.#hosts.lead(link.url, to) : undefined;
    if (url === undefined) {
      const why =
        this.#redirects < MAX_REDIRECTS ? 'which is not in redirectHosts' : 'the last of too many redirects';
      const refused = `redirected to ${displayUrl(to)}, ${why} (${description})`;
      this.onEnd(link, { kind: 'refused', description: refused });
      return;
    }
    this.#redirects++;
    this.connects.add(displayUrl(link.url), 'redirect');
    this.#log('info', `redirected to ${displayUrl(url)}`, link);
    if (link === this.#current) this.#current = this.#open(link.index, url);
    else if (link === this.#candidate?.link) this.#openCandidate(link.index, url, this.#candidate.needsProof);
  }

  // --- beginning, switching, losing

  #attach(): Publication {
    const urlOf = (): string => displayUrl(this.#current?.url ?? '');
    const pathOf = (): readonly string[] => this.#current?.path ?? [];
    this.#position = new Position();
    this.#overlapUntil = 0;
    return this.#host.attach(this.key, {
      get address() {
        return urlOf();
      },
      get path() {
        return pathOf();
      },
      onReplaced: () => {},
    });
  }

  /** Passes a frame of the current link on, unless the one before it has sent it already. */
  #pass(frame: Frame): void {
    if (this.#overlapUntil > this.#host.clock.now() && this.#position.hasPassed(frame)) return;
    this.#position.take(frame);
    this.#publication?.receive(frame);
  }

  #noteFlowing(link: PullLink): void {
    this.#hasAnswer = true;
    this.#backoff.reset();
    this.#failuresInRound = 0;
    this.#notFoundInRound = 0;
    this.#redirects = 0;
    this.connects.add(displayUrl(link.url), 'ok');
    this.#log('info', `${this.key} comes from ${displayUrl(link.url)}`, link);
    this.#stopProbing();
    if (link.index > 0) this.#scheduleProbe();
  }

  /** @param mayBegin - whether the candidate's last frame is one to begin with */
  #considerSwitch(candidate: Candidate, mayBegin: boolean): void {
    const { link, at, needsProof } = candidate;
    const proofMs = needsProof ? PROOF_MS : 0;
    if (!link.isFlowing || link.flowingMs() < proofMs) return;
    const isSame = this.#publication !== undefined && at.position.isBeside(this.#position);
    if (isSame || (mayBegin && link.flowingMs() >= proofMs + SAME_PROGRAMME_MS)) this.#takeOver(candidate);
  }

  /**
   * The candidate becomes the current link. Where it brings the same programme it goes on after the last frame that was passed
   * on, else at its keyframe, which may be yet to come where there is no other link any more.
   */
  #takeOver({ link, at }: Candidate): void {
    const old = this.#current;
    this.#candidate = undefined;
    this.#current = link;
    if (link.isFlowing) this.#noteFlowing(link);
    if (this.#publication !== undefined && at.position.isBeside(this.#position)) {
      this.#overlapUntil = this.#host.clock.now() + OVERLAP_MS;
      for (const frame of at.group) this.#pass(frame);
      this.#publication.announcePath();
    } else if (link.frames > 0) {
      this.#publication = this.#attach();
      for (const frame of at.frames()) this.#pass(frame);
    }
    old?.close();
  }

  #lose(link: PullLink, end: UpstreamEnd): void {
    this.#hasAnswer = true;
    this.#lastError = end.description;
    this.connects.add(displayUrl(link.url), end.kind);
    const wasFlowing = link.isFlowing;
    if (wasFlowing) this.#reconnects++;
    this.#log(end.kind === 'ended' ? 'info' : 'warn', `${displayUrl(link.url)}: ${end.description}`, link);
    this.#current = undefined;
    this.#stopProbing();
    if (link.index === 0 && link.flowingMs() >= RELIABLE_MS) this.#probeBackoff.reset();
    if (end.kind === 'ended' && wasFlowing) {
      this.#finish('ended');
      return;
    }
    const candidate = this.#candidate;
    if (candidate?.at.hasGroup !== true) {
      this.#publication?.leave('away');
      this.#publication = undefined;
    }
    if (candidate !== undefined) {
      this.#takeOver(candidate);
      return;
    }
    this.#failuresInRound++;
    if (end.kind === 'not-found') this.#notFoundInRound++;
    if (this.#failuresInRound < this.#urls.length) this.#try((link.index + 1) % this.#urls.length);
    else if (this.#notFoundInRound === this.#urls.length) this.#finish('not-found');
    else this.#retryLater((link.index + 1) % this.#urls.length);
  }

  #loseCandidate(link: PullLink, end: UpstreamEnd): void {
    const needsProof = this.#candidate?.needsProof ?? true;
    this.#candidate = undefined;
    this.connects.add(displayUrl(link.url), end.kind);
    this.#log('debug', `${displayUrl(link.url)}: ${end.description}`, link);
    if (needsProof) this.#scheduleProbe();
    else if (this.#current !== undefined) {
      const index = (link.index + 1) % this.#urls.length;
      this.#stopProbing();
      this.#waitsToMove = true;
      const stop = this.#host.clock.after(this.#backoff.next(), () => {
        this.#waitsToMove = false;
        const url = this.#urls[index];
        if (url !== undefined && this.#candidate === undefined) this.#openCandidate(index, url, false);
      });
      this.#stopProbing = () => {
        this.#waitsToMove = false;
        stop();
      };
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

  #log(level: 'debug' | 'info' | 'warn', text: string, link: PullLink): void {
    this.#host.log[level]('upstream', text, { stream: this.key, upstream: displayUrl(link.url) });
  }
}
