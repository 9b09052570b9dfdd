import { plainForm } from '../file/plain-form.ts';
import type { FileForm } from '../file/recording-file.ts';
import { RecordingKeys } from '../sealing/recording-keys.ts';
import { SealedForm } from '../sealing/sealed-form.ts';
import type { RecordingStoreSettings } from '../store/store-settings.ts';

/** The forms that files may have, by the key files as they are now. */
export class FileForms {
  #keyIds = '';
  #forms: readonly [FileForm, ...FileForm[]] = [plainForm];

  /** The first is that of new files; the same list as long as the keys are the same. */
  get current(): readonly [FileForm, ...FileForm[]] {
    return this.#forms;
  }

  /** Reads the key files again. @throws CredentialFileError with the file that cannot be used: the forms stay as they are */
  read({ encryption: { keyFiles } }: Pick<RecordingStoreSettings, 'encryption'>): void {
    const keys = keyFiles.length === 0 ? undefined : RecordingKeys.read(keyFiles);
    const keyIds = keys?.ids.join(' ') ?? '';
    if (keyIds === this.#keyIds) return;
    this.#keyIds = keyIds;
    this.#forms = keys === undefined ? [plainForm] : [new SealedForm(keys), plainForm];
  }
}
