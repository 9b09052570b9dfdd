import { isDeepStrictEqual } from 'node:util';
import type { PullSource } from '../../../config/stream-settings.ts';
import type { Log } from '../../../log.ts';
import { MAX_PATH } from '../../../protocol/rtmp/relay-path.ts';
import type { Redaction } from '../../../redaction.ts';
import { SLOWED } from '../../../session/connection.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { Source, SourceOrigin } from '../../../stream/source.ts';
import type { Publication } from '../../../stream/stream-registry.ts';
import { displayUrl, redactionOf } from '../../../url-secrets.ts';
import type { Origin, PullStatus } from '../../admin/relay-status.ts';
import { ConnectCounts, type ConnectOutcome } from '../connect-counts.ts';
import { askPermission, type OutgoingHost } from '../permission.ts';
import { linkId } from '../status/link-id.ts';
import type { Candidate } from './candidate.ts';
import type { UpstreamWish } from './open-upstream.ts';
import { type PullLinkEnd, type PullOverReason, type PullStop, STOPS } from './pull-end.ts';
import { PullLink, type PullLinkOwner, protocolOf } from './pull-link.ts';
import { PulledStream } from './pulled-stream.ts';
import { Succession } from './succession.ts';
import { type NextTry, UpstreamRound } from './upstream-round.ts';

/** A preferred upstream that has held out this long is looked for quickly when it is lost, milliseconds. */
const RELIABLE_MS = 30_000;

/** What a pull asks of an upstream. @see UpstreamWish */
export type OpenWish = Pick<UpstreamWish, 'url' | 'format' | 'waiting' | 'resume'> & { readonly key: string };

/** What a pull needs of the relay. */
export interface PullHost extends OutgoingHost {
  /** Counts what is kept of streams. */
  readonly budget: CacheBudget;
  attach(key: string, source: Source): Publication;
  /** The stream as this relay has it, if it has. */
  streamOf(key: string): Pick<LiveStream, 'broadcast' | 'relaysWaiting' | 'resumePoint'> | undefined;
  open(wish: OpenWish, events: UpstreamEvents): Upstream;
  /** Where it is written that the stream is pulled. */
  originOf(key: string): Origin;
  /** No URL has the stream, or it has ended: the pull is over. */
  onOver(pull: Pull, reason: PullOverReason): void;
}

type State =
  /** Between two rounds. */
  | { readonly at: 'waiting'; readonly stop: () => void }
  /** The stream comes from this link, or is to come from it. */
  | { readonly at: 'linked'; readonly link: PullLink }
  | { readonly at: 'over' };

/** Brings one stream in from its upstreams, for as long as it is wanted: one owner of every retry, failover and switch. */
export class Pull implements PullLinkOwner, Source {
  readonly key: string;
  readonly mayGoOn = true;
  /** How often each URL was tried, by outcome. */
  readonly connects: ConnectCounts;
  readonly #host: PullHost;
  #source: PullSource;
  #round: UpstreamRound;
  readonly #succession: Succession;
  readonly #stream: PulledStream;
  #state: State;
  #reconnects = 0;
  #lastError: string | undefined;
  #hasAnswer = false;
  #hasFlowed = false;
  /** A path, and what may be shown of it. */
  #shown: Readonly<Record<'path' | 'ids', readonly string[]>> = { path: [], ids: [] };

  constructor(key: string, source: PullSource, host: PullHost) {
    this.key = key;
    this.#source = source;
    this.#host = host;
    const { clock, budget } = host;
    this.#round = new UpstreamRound(key, source, clock);
    this.connects = new ConnectCounts(this.#round.urls.map(displayUrl));
    this.#succession = new Succession(clock, budget, (index) => this.#open(index));
    this.#stream = new PulledStream(() => host.attach(key, this));
    this.#state = { at: 'linked', link: this.#open(0) };
  }

  /** How it is pulled, as it is configured now. */
  get source(): PullSource {
    return this.#source;
  }

  /** Whether an upstream has said anything, be it no, or could not be reached. */
  get hasAnswer(): boolean {
    return this.#hasAnswer;
  }

  get isFlowing(): boolean {
    return this.#link?.isFlowing === true;
  }

  /** The URL of the current link, else the first one, without credentials. */
  get shownUrl(): string {
    return this.#link?.shownUrl ?? displayUrl(this.#round.urlAt(0));
  }

  status(): PullStatus {
    const link = this.#link;
    return {
      id: linkId('u', this.key),
      origin: this.#host.originOf(this.key),
      stream: this.key,
      url: this.shownUrl,
      state: this.isFlowing ? 'flowing' : link === undefined ? 'waiting' : 'connecting',
      seconds: link === undefined ? 0 : Math.round((this.#host.clock.now() - link.since) / 1000),
      lastError: this.#lastError ?? null,
      reconnects: this.#reconnects,
      frames: link?.frames ?? 0,
      delayMs: link?.lateness.ms ?? 0,
      path: this.#shownPath(),
    };
  }

  // --- as the source of the stream

  get address(): string {
    return this.#link?.shownUrl ?? '';
  }

  get origin(): SourceOrigin {
    const url = this.shownUrl;
    const protocol = this.#link?.protocol ?? protocolOf(url, this.#round.formatOf(this.#round.urlAt(0)));
    return { type: 'pull', protocol, url };
  }

  get path(): readonly string[] {
    return this.#link?.path ?? [];
  }

  onReplaced(): void {}

  /**
   * Goes by other settings. As long as they name the upstream that it uses, that stays. Else one that flows goes on until one of those
   * that they name has taken over, however long that takes; one that does not is left at once.
   */
  configure(source: PullSource): void {
    const { urls, format, redirectHosts } = this.#source;
    this.#source = source;
    if (isDeepStrictEqual([urls, format, redirectHosts], [source.urls, source.format, source.redirectHosts]))
      return;
    const former = this.#round;
    this.#round = new UpstreamRound(this.key, source, this.#host.clock);
    this.#succession.stop();
    const state = this.#state;
    if (state.at === 'linked')
      this.#keepOrLeave(
        state.link,
        this.#round.placeOf(former.urlAt(state.link.index) || state.link.url, state.link.format),
      );
    else if (state.at === 'waiting') {
      state.stop();
      this.#turnTo({ does: 'try', index: 0 });
    }
    this.connects.configure(this.#round.urls.map(displayUrl));
  }

  /** Stops: the stream is over for everybody. */
  stop(why: PullStop = 'unwanted'): void {
    const state = this.#state;
    this.#state = { at: 'over' };
    if (state.at === 'linked' && state.link.isFlowing) this.#logEnd('info', state.link, why, STOPS[why]);
    if (state.at === 'waiting') state.stop();
    else if (state.at === 'linked') state.link.close();
    this.#succession.stop();
    this.#stream.leave('ended');
    this.#host.followers?.onUpstreamLost(this.key, STOPS[why]);
  }

  // --- what the links tell

  onMedia(link: PullLink, frame: Frame): void {
    if (link === this.#link) this.#stream.pass(frame);
    const { candidate } = this.#succession;
    if (candidate === undefined) return;
    const stream = this.#host.streamOf(this.key)?.broadcast;
    if (link === candidate.link) candidate.take(frame, stream);
    if (!candidate.mayTakeOver(stream)) return;
    const old = this.#link;
    this.#succession.takeOut();
    this.#takeOver(candidate);
    if (old?.isFlowing) this.#logEnd('info', old, 'replaced', `it comes from ${candidate.link.shownUrl} now`);
    old?.close();
  }

  onFlowing(link: PullLink): void {
    if (link === this.#link) this.#noteFlowing(link);
  }

  onSteady(): void {
    this.#round.onSteady();
  }

  onPath(link: PullLink): void {
    const path = [this.#host.relayId, ...link.path];
    if (link.path.includes(this.#host.relayId) || link.path.length > MAX_PATH) {
      link.onEnd({ kind: 'refused', description: `loop: ${path.join(' -> ')}` });
    } else if (link === this.#link) this.#stream.announcePath();
  }

  onReconnectRequest(link: PullLink, to: string | undefined): void {
    if (link !== this.#link || this.#succession.isMoving) return;
    const move = this.#round.move(link.index, link.url, to);
    if ('refused' in move) {
      this.#logOf(link).warn('upstream', this.#redaction(link).hide(move.refused));
      return;
    }
    const next = this.#open(move.index, move.url, to === undefined ? undefined : link);
    this.#logOf(link).info('upstream', `${link.shownUrl} asked to reconnect: trying ${next.shownUrl}`);
    this.#succession.try(next, 'move');
  }

  onSlowed(link: PullLink): void {
    this.#logOf(link).warn('slowed', `${link.shownUrl} ${SLOWED}`);
  }

  onEnd(link: PullLink, said: UpstreamEnd): void {
    if (this.#state.at === 'over') return;
    const end = { ...said, description: this.#redaction(link).sentence(said.description, said.said) };
    if (end.kind === 'redirect') this.#redirect(link, end);
    else if (link === this.#succession.candidate?.link) this.#loseCandidate(link, end);
    else if (link === this.#link) this.#lose(link, end);
  }

  onOutcome({ shownUrl }: PullLink, outcome: ConnectOutcome): void {
    this.connects.add(shownUrl, outcome);
  }

  get #link(): PullLink | undefined {
    return this.#state.at === 'linked' ? this.#state.link : undefined;
  }

  /** @param index - place of its URL in the list that has changed, -1 where it is not there any more */
  #keepOrLeave(link: PullLink, index: number): void {
    link.index = index;
    if (index >= 0) {
      if (link.isFlowing) this.#succession.probeLater(this.#round.preferredTo(index));
    } else if (link.isFlowing) {
      const next = this.#open(0);
      this.#logOf(link).info(
        'upstream',
        `${link.shownUrl} is not configured any more: trying ${next.shownUrl}`,
      );
      this.#succession.try(next, 'move');
    } else {
      link.close();
      this.#stream.leave('away');
      this.#turnTo({ does: 'try', index: 0 });
    }
  }

  // --- opening links

  /** @param by - whose server names the URL: it may have put secrets of its own URL into it */
  #open(index: number, url: string = this.#round.urlAt(index), by?: PullLink): PullLink {
    const [key, host] = [this.key, this.#host];
    const format = by?.format ?? this.#round.formatOf(url);
    const shownUrl = displayUrl(url);
    return new PullLink(host.clock, this, {
      index,
      url,
      format,
      shownUrl: by === undefined ? shownUrl : this.#redaction(by).hide(shownUrl),
      silenceMs: this.#source.silenceMs,
      isLastResort: this.#round.size === 1,
      ask: (events) => askPermission(host, { verb: 'pull', key, url }, events),
      open: (events) => {
        const { relaysWaiting = [], resumePoint: resume } = host.streamOf(key) ?? {};
        const waiting = [host.relayId, ...relaysWaiting];
        return host.open({ key, url, format, waiting, resume }, events);
      },
    });
  }

  #redirect(link: PullLink, { url: to = '', description }: UpstreamEnd): void {
    const redirect = this.#round.redirect(link.url, to, link.format);
    if ('refused' in redirect) {
      const refused = `redirected to ${displayUrl(to)}, ${redirect.refused} (${description})`;
      this.onEnd(link, { kind: 'refused', description: refused });
      return;
    }
    link.conclude('redirect');
    const { candidate } = this.#succession;
    const next = this.#open(link.index, redirect.url, link);
    this.#logOf(link).info('upstream', `${link.shownUrl} redirects to ${next.shownUrl}`);
    if (link === candidate?.link) this.#succession.try(next, candidate.reason);
    else this.#state = { at: 'linked', link: next };
  }

  /** An id is whatever a server says that it is. */
  #shownPath(): readonly string[] {
    const link = this.#link;
    if (link === undefined) return [];
    const { path } = link;
    if (path !== this.#shown.path) {
      const redaction = this.#redaction(link);
      this.#shown = { path, ids: path.map((id) => redaction.hide(id)) };
    }
    return this.#shown.ids;
  }

  /** What no server may have shown, whatever it repeats of what this pull has sent. */
  #redaction(link: PullLink): Redaction {
    return redactionOf([...this.#round.urls, link.url, ...(this.#host.secretUrls?.() ?? [])]);
  }

  // --- flowing, switching, losing

  #noteFlowing(link: PullLink): void {
    this.#hasAnswer = true;
    this.#hasFlowed = true;
    this.#round.onFlowing();
    this.#logOf(link).info('upstream', `${this.key} comes from ${link.shownUrl}`);
    this.#succession.probeLater(this.#round.preferredTo(link.index));
    this.#host.followers?.onUpstreamFlowing({ key: this.key, url: link.shownUrl });
  }

  #takeOver({ link, at }: Candidate): void {
    this.#state = { at: 'linked', link };
    if (link.isFlowing) this.#noteFlowing(link);
    this.#stream.goOnWith(at.frames());
    at.clear();
  }

  #lose(link: PullLink, end: UpstreamEnd): void {
    this.#hasAnswer = true;
    this.#lastError = end.description;
    link.conclude(end.kind);
    if (link.isFlowing) this.#reconnects++;
    this.#logEnd(end.kind === 'ended' ? 'info' : 'warn', link, end.kind, end.description);
    if (link.index === 0 && link.flowingMs >= RELIABLE_MS) this.#succession.probeSoonAgain();
    const { candidate } = this.#succession;
    if (end.kind === 'ended' || candidate?.link.isFlowing !== true)
      this.#host.followers?.onUpstreamLost(this.key, end.description);
    if (end.kind === 'ended' && link.isFlowing) {
      this.#finish('ended');
      return;
    }
    if (candidate?.at.hasGroup !== true) this.#stream.leave('away');
    const heir = this.#succession.takeOut();
    if (heir !== undefined) this.#takeOver(heir);
    else {
      this.#succession.stop();
      this.#turnTo(link.index < 0 ? { does: 'try', index: 0 } : this.#round.onFailure(link.index, end.kind));
    }
  }

  #loseCandidate(link: PullLink, end: UpstreamEnd): void {
    const lost = this.#succession.takeOut();
    lost?.at.clear();
    link.conclude(end.kind);
    const isOverdue = (this.#link?.index ?? 0) < 0; // what flows is not to be used any more
    if (isOverdue) this.#lastError = end.description;
    this.#logEnd(isOverdue ? 'warn' : 'debug', link, end.kind, end.description);
    if (lost?.reason === 'move')
      this.#succession.moveLater(this.#round.after(link.index), this.#round.pauseMs());
    else this.#succession.probeLater(this.#round.preferredTo(this.#link?.index ?? 0));
  }

  #turnTo(next: NextTry): void {
    if (this.#state.at === 'over') return;
    if (next.does === 'try') this.#state = { at: 'linked', link: this.#open(next.index) };
    else if (next.does === 'give-up') this.#finish(next.reason);
    else {
      const stop = this.#host.clock.after(next.ms, () => this.#turnTo({ does: 'try', index: next.index }));
      this.#state = { at: 'waiting', stop };
    }
  }

  /** The stream is over, or not to be had; one that is always wanted is asked for again. */
  #finish(reason: PullOverReason): void {
    this.#stream.leave('ended');
    this.#succession.stop();
    if (this.#source.start === 'always') this.#turnTo(this.#round.waitFor(0));
    else {
      this.#state = { at: 'over' };
      this.#host.onOver(this, reason);
    }
  }

  /** The link is over, or was none. @param reason - for machines; the description says it to people */
  #logEnd(level: 'debug' | 'info' | 'warn', link: PullLink, reason: PullLinkEnd, description: string): void {
    const seconds = Math.round((this.#host.clock.now() - link.since) / 1000);
    const what = link.isFlowing ? `${this.key} no longer comes` : `cannot get ${this.key}`;
    const text = `${what} from ${link.shownUrl}: ${description}`;
    this.#logOf(link)[level]('upstream', text, { seconds, bytes: link.receivedBytes, reason });
  }

  #logOf({ shownUrl: upstream, protocol }: PullLink): Log {
    const isOwn = this.#hasFlowed || this.#source.start === 'always'; // else players may ask for what nobody has
    const [server = ''] = /^\w+:\/\/[^/]*/.exec(upstream) ?? [];
    const [kind, name] = isOwn ? (['upstream', this.key] as const) : (['demand', server] as const);
    return this.#host.log.of(kind, name, { stream: this.key, upstream, protocol });
  }
}
