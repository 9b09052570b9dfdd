import type { RecordingEnd, StoreState } from '../../recording/link/store-link.ts';
import type { Recording } from '../../recording/recording.ts';

/** What is told of recordings. */
export interface RecordingNews {
  /** The file of a recording is there. */
  onRecordingBegun(recording: Recording): void;
  /** A file is done, or lost. @param why - for people */
  onRecordingDone(recording: Recording, end: RecordingEnd, why: string): void;
  /** It was deleted, because of its age or for want of room. */
  onRecordingExpired(recording: Recording): void;
  /** It is in the storage that recordings are uploaded to. */
  onRecordingUploaded(recording: Recording): void;
  /** It could not be uploaded for a reason of its own, and is tried again. Told once. @param why - for people */
  onRecordingNotUploaded(recording: Recording, why: string): void;
  /** Whether recordings can be uploaded at all. Told once for all threads, when that changes. @param why - for people */
  onUploads(state: 'up' | 'down', why: string): void;
  /** Frames of a stream are missing in its recording. */
  onRecordingGap(stream: string, frames: number): void;
  /** Whether streams can be recorded. Told once for all threads, when that changes. @param why - for people */
  onStore(state: StoreState, why: string): void;
}
