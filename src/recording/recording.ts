/** What a recording holds: FLV tags, or ASF data packets. */
export type RecordingFamily = 'FLV' | 'ASF';

/** A recording: one file. Parts of one broadcast are recordings of the same run. */
export interface Recording {
  /** `recordings/STREAM/ID`. */
  readonly key: string;
  /** The key of the stream that it was recorded from. */
  readonly stream: string;
  /** Its start in UTC, `20261123T012719Z`, a `-` and 128 random bits in base64url: those of one stream sort by their start. */
  readonly id: string;
  readonly family: RecordingFamily;
  /** `recovered`: its writer was killed, or had no room, and what it had written was put in order later. */
  readonly state: 'recording' | 'finished' | 'recovered';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Of the plain file, whatever lies on the disk. */
  readonly bytes: number;
  /** What parts of one broadcast have in common. */
  readonly run: string;
  /** From 1 on. */
  readonly part: number;
  readonly hasVideo: boolean;
  readonly isSealed: boolean;
  readonly isUploaded: boolean;
}
