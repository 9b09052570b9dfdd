import { type RecordingKey, readRecordingKey } from '../../credentials/recording-key.ts';

/** The keys of the key files: the first wraps what is recorded from now on, each of them unwraps. */
export class RecordingKeys {
  /** Of new recordings. */
  readonly first: RecordingKey;
  readonly #byId: ReadonlyMap<string, RecordingKey>;

  /** @param keys - at least one */
  constructor(keys: readonly RecordingKey[]) {
    const [first] = keys;
    if (first === undefined) throw new RangeError('no key');
    this.first = first;
    this.#byId = new Map(keys.map((key) => [key.id, key]));
  }

  /** @param files - at least one @throws CredentialFileError with the file that cannot be used */
  static read(files: readonly string[]): RecordingKeys {
    return new RecordingKeys(files.map(readRecordingKey));
  }

  /** The ids, that of the first key in front. */
  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  find(id: string): RecordingKey | undefined {
    return this.#byId.get(id);
  }
}
