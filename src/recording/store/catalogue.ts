import type { RecordingListWish, RecordingPage } from '../link/store-link.ts';
import type { Recording } from '../recording.ts';

/** What is known of all recordings, in the order of their keys. */
export class Catalogue {
  readonly #byKey = new Map<string, Recording>();
  /** Sorted, unless something was added since. */
  #keys: string[] = [];
  #isSorted = true;
  #bytes = 0;

  /** Of all recordings. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Recording | undefined {
    return this.#byKey.get(key);
  }

  /** Adds a recording, or what has become of it. */
  set(recording: Recording): void {
    const { key, bytes } = recording;
    const before = this.#byKey.get(key);
    this.#bytes += bytes - (before?.bytes ?? 0);
    this.#byKey.set(key, recording);
    if (before !== undefined) return;
    this.#isSorted &&= key > (this.#keys.at(-1) ?? '');
    this.#keys.push(key);
  }

  delete(key: string): void {
    const before = this.#byKey.get(key);
    if (before === undefined) return;
    this.#bytes -= before.bytes;
    this.#byKey.delete(key);
    this.#sort();
    const at = firstBehind(this.#keys, key) - 1;
    this.#keys.splice(at, 1);
  }

  list({ stream, after = '', limit }: RecordingListWish): RecordingPage {
    this.#sort();
    const prefix = stream === undefined ? '' : `recordings/${stream}/`;
    const items: Recording[] = [];
    const from = after < prefix ? prefix : after;
    for (let at = firstBehind(this.#keys, from); at < this.#keys.length; at++) {
      const key = this.#keys[at] ?? '';
      if (!key.startsWith(prefix)) break;
      const recording = this.#byKey.get(key);
      if (recording === undefined || (stream !== undefined && recording.stream !== stream)) continue;
      if (items.length === limit) return { items, next: items.at(-1)?.key ?? null };
      items.push(recording);
    }
    return { items, next: null };
  }

  /** The latest recording of a stream; of parts that began in the same second that of the highest number. */
  latest(stream: string, run?: string): Recording | undefined {
    let latest: Recording | undefined;
    for (const recording of this.ofStream(stream)) {
      if (run !== undefined && recording.run !== run) continue;
      if (latest === undefined || isLater(recording, latest)) latest = recording;
    }
    return latest;
  }

  /** The recordings of a stream, in the order of their keys. */
  *ofStream(stream: string): Generator<Recording> {
    this.#sort();
    const prefix = `recordings/${stream}/`;
    for (let at = firstBehind(this.#keys, prefix); this.#keys[at]?.startsWith(prefix); at++) {
      const recording = this.#byKey.get(this.#keys[at] ?? '');
      if (recording?.stream === stream) yield recording;
    }
  }

  /** All recordings, in no order. */
  all(): Iterable<Recording> {
    return this.#byKey.values();
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#keys.sort();
    this.#isSorted = true;
  }
}

function isLater(a: Recording, b: Recording): boolean {
  if (a.startedAt !== b.startedAt) return a.startedAt > b.startedAt;
  return a.part > b.part;
}

/** Where keys that sort behind this one begin, in a sorted list. */
function firstBehind(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
