import { type RecordingKey, readRecordingKey } from '../../credentials/recording-key.ts';

/** The keys of the key files: the first wraps what is recorded from now on, each of them unwraps. */
export class RecordingKeys {
  /** Of new recordings. */
  readonly first: RecordingKey;
  readonly #byId: ReadonlyMap<string, RecordingKey>;

  constructor(keys: readonly [RecordingKey, ...RecordingKey[]]) {
    [this.first] = keys;
    this.#byId = new Map(keys.map((key) => [key.id, key]));
  }

  /** @throws CredentialFileError with the file that cannot be used */
  static read([first, ...more]: readonly [string, ...string[]]): RecordingKeys {
    return new RecordingKeys([readRecordingKey(first), ...more.map(readRecordingKey)]);
  }

  /** The ids, that of the first key in front. */
  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  find(id: string): RecordingKey | undefined {
    return this.#byId.get(id);
  }
}
