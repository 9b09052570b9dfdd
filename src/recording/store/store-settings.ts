/** Where recordings are uploaded to, and how. */
export interface RecordingUploadSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly credentialsFile: string;
  readonly forcePathStyle: boolean;
  readonly keepLocalMs: number | null;
  readonly maxUploadsAtOnce: number;
  readonly maxBytesPerSecond: number | null;
  /** The proxy on the way. */
  readonly proxy: { readonly url: string | null; readonly bypass: readonly string[] };
  /** Certificates (PEM) of all authorities that are trusted; undefined: the public ones. */
  readonly ca?: readonly string[] | undefined;
}

/** What a store goes by; it comes to its process as JSON. */
export interface RecordingStoreSettings {
  /** Where recordings are. */
  readonly folder: string;
  /** So much of the disk stays free, bytes. */
  readonly minFreeBytes: number;
  readonly retention: {
    /** Older recordings are deleted, milliseconds; null: none because of its age. */
    readonly maxAgeMs: number | null;
    /** Of all recordings: the oldest are deleted; null: none because of others. */
    readonly maxBytes: number | null;
  };
  readonly encryption: {
    /** Files with a key each: the first wraps the keys of new recordings, all of them unwrap; none: new recordings lie there as they are. */
    readonly keyFiles: readonly string[];
  };
  /** As it is at the start; left out: nothing is uploaded. */
  readonly upload?: RecordingUploadSettings | undefined;
}

/** What somebody has done with a recording, or wanted to, for the audit log. Nothing in it is a secret. */
export interface StoreAct {
  readonly did: 'recorded' | 'played' | 'deleted' | 'refused';
  /** Of the recording. */
  readonly key: string;
  /** Who: what wished it, or identity, address and session. */
  readonly by: string;
  /** What has come of it. */
  readonly outcome: string;
}

/** What a store says besides what it is asked. */
export interface StoreVoice {
  /** A line for the log of the relay. */
  tell(level: 'info' | 'warn', sentence: string): void;
  audit(act: StoreAct): void;
}
