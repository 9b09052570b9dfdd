import type { Recording } from '../../recording/recording.ts';
import type { Clock } from '../../stream/clock.ts';
import { ByteCache } from './byte-cache.ts';
import { PlaybackTicks } from './playback-ticks.ts';
import { RecordedFile } from './recorded-file.ts';
import type { PlaybackLimits, RecordingSource } from './recording-source.ts';

/** What this holds of a file besides the pieces, at least: its description. */
const FILE_BYTES = 1024;

/** All recordings, for the players of one thread: what one of them has read is there for the others. */
export class RecordingLibrary {
  readonly clock: Clock;
  readonly ticks: PlaybackTicks;
  readonly #source: RecordingSource;
  /** What is packed of files, and pieces of them. */
  readonly #cache: ByteCache;
  /** Indices of files that do not change any more. */
  readonly #indices: ByteCache;
  #limits: PlaybackLimits;

  constructor(source: RecordingSource, limits: PlaybackLimits, clock: Clock) {
    this.#source = source;
    this.#limits = limits;
    this.clock = clock;
    this.#cache = new ByteCache(limits.maxCacheBytes);
    this.#indices = new ByteCache(Math.ceil(limits.maxCacheBytes / 8));
    this.ticks = new PlaybackTicks(clock);
  }

  get limits(): PlaybackLimits {
    return this.#limits;
  }

  configure(limits: PlaybackLimits): void {
    this.#limits = limits;
    this.#cache.maxBytes = limits.maxCacheBytes;
  }

  /** A recording that can be played; undefined where there is none. @throws RecordingError */
  async open(key: string): Promise<RecordedFile | undefined> {
    const recording = await this.#source.describe(key);
    if (recording === undefined || recording.state === 'recording') return undefined;
    const { index } = await this.#indexOf(recording);
    return new RecordedFile(this.#source, this.#cache, recording, index);
  }

  /** Somebody has played, and how that has ended. @param by - who, for the audit log */
  note(key: string, by: string, outcome: string): void {
    this.#source.note({ did: 'play', key, by, outcome });
  }

  #indexOf({ key, bytes, state }: Recording) {
    return this.#indices.get(`${key} ${bytes} ${state}`, async () => {
      const index = await this.#source.index(key);
      const { timesMs, offsets, headerOffsets } = index;
      return {
        index,
        sizeBytes: FILE_BYTES + timesMs.byteLength + offsets.byteLength + headerOffsets.byteLength,
      };
    });
  }
}
