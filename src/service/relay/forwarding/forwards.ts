import type { LiveStream } from '../../../stream/live-stream.ts';
import { displayForwardUrl } from '../../../url-secrets.ts';
import type { Origin } from '../../admin/relay-status.ts';
import type { Follower } from '../../followers.ts';
import { linkId } from '../status/link-id.ts';
import { Forward, type ForwardHost } from './forward.ts';

/** All forwards of a relay: each stream's are there while it is live. */
export class Forwards implements Follower {
  readonly #hostOf: (origin: Origin) => ForwardHost;
  readonly #placesOf: (key: string) => readonly WantedPlace[];
  /** Those of each stream that is live, by URL. */
  readonly #forwards = new Map<LiveStream, ReadonlyMap<string, Forward>>();

  /**
   * @param hostOf - what those need of the relay that are of this origin
   * @param placesOf - where the stream of a key is to be published; it may change
   */
  constructor(hostOf: (origin: Origin) => ForwardHost, placesOf: (key: string) => readonly WantedPlace[]) {
    this.#hostOf = hostOf;
    this.#placesOf = placesOf;
  }

  *[Symbol.iterator](): Generator<Forward> {
    for (const forwards of this.#forwards.values()) yield* forwards.values();
  }

  /** Where streams are to be published may have changed: forwards that are still wanted stay. */
  configure(): void {
    for (const stream of this.#forwards.keys()) this.onStreamLive(stream);
  }

  /** Forwards that are at work stay. */
  onStreamLive(stream: LiveStream): void {
    const former = this.#forwards.get(stream);
    const forwards = new Map<string, Forward>();
    const places = new Map(this.#placesOf(stream.key).map((place) => [place.url, place]));
    for (const url of places.keys()) {
      const running = former?.get(url);
      if (running?.isOver === false) forwards.set(url, running);
    }
    const taken = new Set([...forwards.values(), ...places.values()].flatMap(({ id }) => id ?? []));
    for (const [url, { origin, id = freeForwardId(stream.key, url, taken) }] of places) {
      if (forwards.has(url)) continue;
      taken.add(id);
      forwards.set(url, new Forward(stream, { id, url, origin }, this.#hostOf(origin)));
    }
    for (const [url, forward] of former ?? [])
      if (forwards.get(url) !== forward) forward.stop('reconfigured');
    this.#forwards.set(stream, forwards);
  }

  onStreamMoved(stream: LiveStream): void {
    this.onStreamLive(stream);
  }

  onStreamEnded(stream: LiveStream): void {
    for (const forward of this.#forwards.get(stream)?.values() ?? []) forward.stop();
    this.#forwards.delete(stream);
  }
}

/** Where a stream is to be published. */
export interface WantedPlace {
  /** Without placeholders. */
  readonly url: string;
  readonly origin: Origin;
  /** Where it has one already. */
  readonly id?: string;
}

/** The id of a forward. Several may lead to one server, whose URLs differ only in what is secret: those are counted. */
export function freeForwardId(key: string, url: string, taken: ReadonlySet<string>): string {
  const about = [key, displayForwardUrl(url)];
  let id = linkId('f', ...about);
  for (let count = 2; taken.has(id); count++) id = linkId('f', ...about, `${count}`);
  return id;
}
