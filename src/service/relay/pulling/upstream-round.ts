import type { PullSource } from '../../../config/stream-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import type { UpstreamEnd } from '../../../session/upstream/upstream.ts';
import { Backoff } from '../../listen/backoff.ts';
import { AllowedHosts } from './open-upstream.ts';

/** Redirects that are followed one after the other. */
const MAX_REDIRECTS = 3;

/** What comes after a URL that has failed; `wait`: until the next round, milliseconds. */
export type NextTry =
  | { readonly does: 'try'; readonly index: number }
  | { readonly does: 'wait'; readonly index: number; readonly ms: number }
  | { readonly does: 'give-up'; readonly reason: 'denied' | 'not-found' };

/** Where a redirect leads: to a URL, or nowhere, and why. */
export type Redirect = { readonly url: string } | { readonly refused: string };

/** The URLs of a pull, tried one after the other: a round is over when each has failed since a frame came last. */
export class UpstreamRound {
  readonly #urls: readonly string[];
  readonly #hosts: AllowedHosts;
  readonly #backoff = new Backoff();
  /** How each URL has failed since a frame came last, or since the round began. */
  #failures: UpstreamEnd['kind'][] = [];
  #redirects = 0;

  constructor(key: string, { urls, redirectHosts }: PullSource) {
    this.#urls = urls.map((url) => expandUrl(url, key));
    this.#hosts = new AllowedHosts(urls, redirectHosts);
  }

  get size(): number {
    return this.#urls.length;
  }

  /** The URL at this place of the list; an empty one where there is none. */
  urlAt(index: number): string {
    return this.#urls[index] ?? '';
  }

  /** The place that comes after this one, and the first after the last. */
  after(index: number): number {
    return (index + 1) % this.size;
  }

  /** Where one of the servers sends the relay: never to another protocol, nor to a host that is not configured. */
  lead(from: string, to: string): string | undefined {
    return this.#hosts.lead(from, to);
  }

  /** As {@link lead}, for a redirect: there is an end to one after the other. */
  redirect(from: string, to: string): Redirect {
    if (this.#redirects >= MAX_REDIRECTS) return { refused: 'the last of too many redirects' };
    const url = this.lead(from, to);
    if (url === undefined) return { refused: 'which is not in redirectHosts' };
    this.#redirects++;
    return { url };
  }

  /** A frame came: what has failed before does not count any more. */
  onFlowing(): void {
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

  /** How long to wait before something is tried again, longer each time until a frame comes, milliseconds. */
  pauseMs(): number {
    return this.#backoff.next();
  }

  #beginAnew(): void {
    this.#failures = [];
    this.#redirects = 0;
  }
}
