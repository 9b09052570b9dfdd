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
}

/** What can be done with a recording, for the audit log. */
export interface StoreAct {
  readonly did: 'recorded' | 'played' | 'deleted' | 'refused';
  readonly key: string;
  readonly by: string;
  readonly outcome: string;
}

/** What a store says besides what it is asked. */
export interface StoreVoice {
  /** A line for the log of the relay. */
  tell(level: 'info' | 'warn', sentence: string): void;
  audit(act: StoreAct): void;
}
