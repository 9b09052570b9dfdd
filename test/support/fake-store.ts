import type {
  PlayNote,
  RecordedFrame,
  RecordingEnd,
  RecordingIndex,
  RecordingPage,
  RecordingWish,
  RecordingWriter,
  RecordingWriterEvents,
  StoreLink,
} from '../../src/recording/link/store-link.ts';
import type { Recording } from '../../src/recording/recording.ts';
import { RecordingError } from '../../src/recording/recording-error.ts';

/** A file that is recorded to nowhere. */
export class FakeFile {
  readonly wish: RecordingWish;
  readonly events: RecordingWriterEvents;
  readonly frames: (RecordedFrame | 'gap')[] = [];
  /** Why it was finished; undefined until then. */
  finished: string | undefined;
  readonly recording: Recording;

  constructor(wish: RecordingWish, events: RecordingWriterEvents, number: number) {
    this.wish = wish;
    this.events = events;
    const isNew = wish.run === 'new' || wish.run === 'latest';
    const id = `20261123T01271${number}Z-${'x'.repeat(22)}`;
    this.recording = {
      ...{ key: `recordings/${wish.stream}/${id}`, stream: wish.stream, id, family: wish.family },
      ...{ state: 'recording', startedAt: '2026-11-23T01:27:19Z', durationMs: 0, bytes: 0 },
      ...{ run: isNew ? `run${number}` : wish.run, part: isNew ? 1 : number + 1 },
      ...{ hasVideo: true, isSealed: false, isUploaded: false },
    };
  }

  begin(): this {
    this.events.onBegun(this.recording);
    return this;
  }

  end(end: RecordingEnd, sentence: string): void {
    const state = end === 'finished' ? 'finished' : 'recording';
    this.events.onEnd(end, { ...this.recording, state }, sentence);
  }
}

/** A connection to a store that a test speaks for. */
export class FakeStore implements StoreLink {
  readonly files: FakeFile[] = [];
  /** Whether it takes more of what it is given. */
  hasRoom = true;
  /** Whether files begin, and end as they are finished, by themselves. */
  answers = true;
  isThere = true;

  begin(wish: RecordingWish, events: RecordingWriterEvents): RecordingWriter {
    const file = new FakeFile(wish, events, this.files.length);
    this.files.push(file);
    if (this.answers) queueMicrotask(() => file.begin());
    return {
      write: (frame) => {
        file.frames.push(frame);
        return this.hasRoom;
      },
      gap: () => file.frames.push('gap'),
      finish: (why) => {
        file.finished = why;
        if (this.answers) queueMicrotask(() => file.end('finished', why));
      },
    };
  }

  /** Takes more again. */
  drain(): void {
    this.hasRoom = true;
    for (const { events, finished } of this.files) if (finished === undefined) events.onDrain();
  }

  async ping(): Promise<void> {
    if (!this.isThere) throw new RecordingError('timeout', 'no answer');
  }

  async describe(): Promise<undefined> {}

  async index(): Promise<RecordingIndex> {
    throw new RecordingError('not-found', 'nothing is kept');
  }

  async read(): Promise<Buffer> {
    throw new RecordingError('not-found', 'nothing is kept');
  }

  async list(): Promise<RecordingPage> {
    return { items: [], next: null };
  }

  async delete(): Promise<boolean> {
    return false;
  }

  note(_line: PlayNote): void {}
}
