import type { RecordingListWish, StoreLink } from '../../../recording/link/store-link.ts';
import type { Recording } from '../../../recording/recording.ts';
import { RecordingError, type RecordingFault } from '../../../recording/recording-error.ts';
import { ChangeRefused } from '../../admin/relay-changes.ts';
import type { RecordingControl } from '../../admin/relay-control.ts';
import type { ListPart } from '../../admin/relay-status.ts';
import type { StartedRecording } from '../../recording/recorder.ts';
import type { RecordingOrder } from '../../recording/stream-recorder.ts';

/** What recordings are seen and changed through. */
export interface RelayRecordingsParts {
  /** Whether there is a folder for them. */
  readonly isOpen: boolean;
  /** The store; undefined while it is not there. */
  readonly link: StoreLink | undefined;
  /** What each thread says of it: one of them keeps the stream. */
  start(key: string, order: RecordingOrder): Promise<readonly StartedRecording[]>;
  stop(key: string): Promise<readonly boolean[]>;
}

type Objection = ConstructorParameters<typeof ChangeRefused>;

const objections: Readonly<Record<Exclude<StartedRecording, 'started'>, (stream: string) => Objection>> = {
  'going-on': (stream) => ['conflict', `stream ${stream} is being recorded already`],
  'no-stream': (stream) => ['not-found', `stream ${stream} is not live here`],
  never: (stream) => ['forbidden', `stream ${stream} is not to be recorded, as its entry in streams says`],
  unavailable: () => ['unavailable', 'nothing can be recorded now: the log says why'],
};

const faults: Readonly<Record<RecordingFault, Objection[0]>> = {
  'not-found': 'not-found',
  damaged: 'conflict',
  unavailable: 'unavailable',
  timeout: 'timeout',
};

/** The recordings of a relay, be it one thread or several. */
export class RelayRecordings implements RecordingControl {
  readonly #parts: RelayRecordingsParts;

  constructor(parts: RelayRecordingsParts) {
    this.#parts = parts;
  }

  async list(wish: RecordingListWish): Promise<ListPart<Recording>> {
    if (!this.#parts.isOpen) return { items: [], next: null };
    return this.#ask((link) => link.list(wish));
  }

  async describe(key: string): Promise<Recording> {
    const recording = this.#parts.isOpen ? await this.#ask((link) => link.describe(key)) : undefined;
    if (recording === undefined) throw noRecording();
    return recording;
  }

  async delete(key: string, by: string): Promise<void> {
    if (!(await this.#ask((link) => link.delete(key, by)))) throw noRecording();
  }

  async start(stream: string, run: 'new' | 'latest', by: string): Promise<void> {
    this.#checkOpen();
    const said = await this.#parts.start(stream, { run, by });
    const found = said.find((one) => one !== 'no-stream') ?? 'no-stream';
    if (found !== 'started') throw new ChangeRefused(...objections[found](stream));
  }

  async stop(stream: string): Promise<void> {
    this.#checkOpen();
    if (!(await this.#parts.stop(stream)).includes(true))
      throw new ChangeRefused('not-found', `stream ${stream} is not being recorded`);
  }

  #checkOpen(): void {
    if (!this.#parts.isOpen)
      throw new ChangeRefused('conflict', 'nothing is recorded here: there is no recordings.folder');
  }

  async #ask<T>(question: (link: StoreLink) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const { link } = this.#parts;
    if (link === undefined) throw new ChangeRefused(...objections.unavailable(''));
    try {
      return await question(link);
    } catch (error) {
      throw error instanceof RecordingError ? new ChangeRefused(faults[error.code], error.message) : error;
    }
  }
}

function noRecording(): ChangeRefused {
  return new ChangeRefused('not-found', 'there is no recording of this key');
}
