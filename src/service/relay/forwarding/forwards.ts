import type { LiveStream } from '../../../stream/live-stream.ts';
import { displayForwardUrl } from '../../../url-secrets.ts';
import type { Follower } from '../../followers.ts';
import { linkId } from '../status/link-id.ts';
import { Forward, type ForwardHost } from './forward.ts';

/** All forwards of a relay: each stream's are there while it is live. */
export class Forwards implements Follower {
  readonly #host: ForwardHost;
  readonly #urlsOf: (key: string) => readonly string[];
  /** Those of each stream that is live, by URL. */
  readonly #forwards = new Map<LiveStream, ReadonlyMap<string, Forward>>();

  /** @param urlsOf - where the stream of a key is to be published, without placeholders; it may change */
  constructor(host: ForwardHost, urlsOf: (key: string) => readonly string[]) {
    this.#host = host;
    this.#urlsOf = urlsOf;
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
    const wanted: string[] = [];
    for (const url of new Set(this.#urlsOf(stream.key))) {
      const running = former?.get(url);
      if (running?.isOver === false) forwards.set(url, running);
      else wanted.push(url);
    }
    const taken = new Set([...forwards.values()].map(({ id }) => id));
    for (const url of wanted) {
      const id = freeId(stream.key, url, taken);
      taken.add(id);
      forwards.set(url, new Forward(id, stream, url, this.#host));
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

/** Several may lead to one server, whose URLs differ only in what is secret: those are counted. */
function freeId(key: string, url: string, taken: ReadonlySet<string>): string {
  const about = [key, displayForwardUrl(url)];
  let id = linkId('f', ...about);
  for (let count = 2; taken.has(id); count++) id = linkId('f', ...about, `${count}`);
  return id;
}
