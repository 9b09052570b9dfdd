import type { Recording } from '../recording.ts';
import type { Catalogue } from './catalogue.ts';
import type { RecordingStoreSettings } from './store-settings.ts';

/** How often it is looked what has become too old, milliseconds. */
const LOOK_MS = 60_000;

/** Deletes recordings that are too old, and the oldest where there are too many bytes. */
export class Retention {
  readonly #catalogue: Catalogue;
  readonly #expire: (recording: Recording, why: string) => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #limits: RecordingStoreSettings['retention'] = { maxAgeMs: null, maxBytes: null };
  #work: Promise<void> | undefined;
  #isAsked = false;

  /** @param expire - deletes one; never rejects */
  constructor(catalogue: Catalogue, expire: (recording: Recording, why: string) => Promise<void>) {
    this.#catalogue = catalogue;
    this.#expire = expire;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Looks now, and by these limits from now on. */
  apply(limits: RecordingStoreSettings['retention']): void {
    this.#limits = limits;
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#isAsked = true;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  async #run(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false;
      for (const recording of this.#tooOld()) await this.#expire(recording, 'it is too old');
      for (const recording of this.#tooMany()) await this.#expire(recording, 'there are too many bytes');
    }
  }

  #tooOld(): readonly Recording[] {
    const { maxAgeMs } = this.#limits;
    if (maxAgeMs === null) return [];
    const before = Date.now() - maxAgeMs;
    return this.#finished().filter(
      ({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs < before,
    );
  }

  #tooMany(): readonly Recording[] {
    const { maxBytes } = this.#limits;
    let over = maxBytes === null ? 0 : this.#catalogue.bytes - maxBytes;
    if (over <= 0) return [];
    const oldest = this.#finished().sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    const enough = oldest.findIndex(({ bytes }) => {
      over -= bytes;
      return over <= 0;
    });
    return enough === -1 ? oldest : oldest.slice(0, enough + 1);
  }

  #finished(): Recording[] {
    return [...this.#catalogue.all()].filter(({ state }) => state !== 'recording');
  }
}
