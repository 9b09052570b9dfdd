import type { PullSource } from '../../../config/stream-settings.ts';
import { urlWithoutPermit } from '../../../credentials/permit.ts';
import { expandUrl, formatOf, type MediaFormat } from '../../../media-url.ts';
import { Allowance } from '../../../session/allowance.ts';
import type { UpstreamEnd } from '../../../session/upstream/upstream.ts';
import type { Clock } from '../../../stream/clock.ts';
import { displayUrl } from '../../../url-secrets.ts';
import { Backoff } from '../../listen/backoff.ts';
import { AllowedHosts, type Redirect } from './redirects.ts';

/** Redirects that are followed one after the other. */
const MAX_REDIRECTS = 3;

/** A server may ask to reconnect so many times at once, and so many times a second. */
const MOVES_AT_ONCE = 3;
const MOVES_PER_SECOND = 0.05;

/** What comes after a URL that has failed; `wait`: until the next round, milliseconds. */
export type NextTry =
  | { readonly does: 'try'; readonly index: number }
  | { readonly does: 'wait'; readonly index: number; readonly ms: number }
  | { readonly does: 'give-up'; readonly reason: 'denied' | 'not-found' };

/** Where a pull goes when its server asks to be left, or why it stays. */
export type Move = { readonly index: number; readonly url: string } | { readonly refused: string };

/** The URLs of a pull, tried one after the other: a round is over when each has failed, or has not flowed for long. */
export class UpstreamRound {
  /** In order of preference. */
  readonly urls: readonly string[];
  readonly #format: PullSource['format'];
  readonly #hosts: AllowedHosts;
  readonly #backoff = new Backoff();
  readonly #moves: Allowance;
  /** How each URL has failed since one flowed steadily, or since the round began. */
  #failures: UpstreamEnd['kind'][] = [];
  #redirects = 0;

  constructor(key: string, { urls, format, redirectHosts }: PullSource, clock: Clock) {
    this.urls = urls.map((url) => expandUrl(url, key));
    this.#format = format;
    this.#hosts = new AllowedHosts(urls, redirectHosts);
    this.#moves = new Allowance(clock, MOVES_AT_ONCE, MOVES_PER_SECOND);
  }

  get size(): number {
    return this.urls.length;
  }

  /** The URL at this place of the list; an empty one where there is none. */
  urlAt(index: number): string {
    return this.urls[index] ?? '';
  }

  /** What comes from a URL of the list. */
  formatOf(url: string): MediaFormat {
    return formatOf(url, this.#format);
  }

  /**
   * The place of a URL in the list, -1 where it is not there, or something else comes from it. Permits in them are renewed: by those
   * they are not told apart.
   */
  placeOf(url: string, format: MediaFormat): number {
    const wanted = urlWithoutPermit(url);
    return this.urls.findIndex((one) => urlWithoutPermit(one) === wanted && this.formatOf(one) === format);
  }

  /** Places of the URLs before this one that bring the same media: whoever plays could not go on with others. */
  preferredTo(index: number): readonly number[] {
    const format = this.formatOf(this.urlAt(index));
    return [...this.urls.slice(0, Math.max(0, index)).keys()].filter(
      (place) => this.formatOf(this.urlAt(place)) === format,
    );
  }

  /** The place that comes after this one, and the first after the last. */
  after(index: number): number {
    return (index + 1) % this.size;
  }

  /** Where a redirect leads: never away from TLS or to other media, nor to a host that is not configured; there is an end to them. */
  redirect(from: string, to: string, format: MediaFormat): Redirect {
    if (this.#redirects >= MAX_REDIRECTS) return { refused: 'the last of too many redirects' };
    const led = this.#hosts.lead(from, to, format);
    if ('url' in led) this.#redirects++;
    return led;
  }

  /** Where a server that asks to be left leads, within reason. @param to - where it says to go; else the next URL is meant */
  move(index: number, from: string, to: string | undefined): Move {
    if (!this.#moves.take()) return { refused: 'the server asks to reconnect too often' };
    const next = this.after(index);
    if (to === undefined) return { index: next, url: this.urlAt(next) };
    const led = this.#hosts.lead(from, to, this.formatOf(from));
    if ('url' in led) return { index, url: led.url };
    return { refused: `the server asks to reconnect to ${displayUrl(to)}, ${led.refused}` };
  }

  /** A frame came: the redirects that led to it do not count any more. */
  onFlowing(): void {
    this.#redirects = 0;
  }

  /** Frames have come for a while: what has failed before does not count any more. */
  onSteady(): void {
    this.#backoff.reset();
    this.#beginAnew();
  }

  /** The URL at this place has failed. */
  onFailure(index: number, kind: UpstreamEnd['kind']): NextTry {
    this.#failures.push(kind);
    const next = this.after(index);
    if (this.#failures.length < this.size) return { does: 'try', index: next };
    const isNo = (one: UpstreamEnd['kind']): boolean => one === 'denied' || one === 'not-found';
    if (!this.#failures.every(isNo)) return this.waitFor(next);
    return { does: 'give-up', reason: this.#failures.includes('denied') ? 'denied' : 'not-found' };
  }

  /** A new round, which begins at this place. */
  waitFor(index: number): NextTry & { readonly does: 'wait' } {
    this.#beginAnew();
    return { does: 'wait', index, ms: this.pauseMs() };
  }

  /** How long to wait before something is tried again, longer each time until frames come steadily, milliseconds. */
  pauseMs(): number {
    return this.#backoff.next();
  }

  #beginAnew(): void {
    this.#failures = [];
    this.#redirects = 0;
  }
}
