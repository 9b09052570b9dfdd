import { type KeySetHost, KeySetSource, type KeySetTimes } from './key-set-source.ts';

/** The sources of keys by URL: what they have fetched outlasts a change of settings. */
export class KeySets {
  readonly #host: KeySetHost;
  #sources = new Map<string, KeySetSource>();
  #wanted = new Map<string, KeySetSource>();

  constructor(host: KeySetHost) {
    this.#host = host;
  }

  /** The source of a URL, which those who have it share. @throws TypeError when the URL is none of HTTP */
  open(url: string, times: KeySetTimes): KeySetSource {
    const known = this.#wanted.get(url) ?? this.#sources.get(url);
    const source = known ?? new KeySetSource(url, times, this.#host);
    source.configure(times);
    this.#wanted.set(url, source);
    return source;
  }

  /** New settings hold: begins what was opened for them, closes the rest. */
  settle(): void {
    for (const source of this.#wanted.values()) source.begin();
    for (const [url, source] of this.#sources) if (!this.#wanted.has(url)) source.close();
    this.#sources = this.#wanted;
    this.#wanted = new Map();
  }

  /** Closes all of them. */
  close(): void {
    for (const source of [...this.#sources.values(), ...this.#wanted.values()]) source.close();
  }
}
