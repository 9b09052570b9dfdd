import { fileReason } from '../../errors.ts';
import type { Description } from '../store/description.ts';
import type { StoreFolder } from '../store/store-folder.ts';
import type { StoreVoice } from '../store/store-settings.ts';

/** Wraps the keys of recordings again where there is a newer one to do that with, and says what has come of it. */
export class KeyRenewal {
  readonly #folder: StoreFolder;
  readonly #tell: StoreVoice['tell'];
  #renewed = 0;
  #unreadable = 0;
  /** Why the first of those cannot be read. */
  #fault = '';

  constructor(folder: StoreFolder, tell: StoreVoice['tell']) {
    this.#folder = folder;
    this.#tell = tell;
  }

  /** Never rejects: what cannot be read now may be when there are other keys. @returns what is described from now on */
  async renew(description: Description): Promise<Description> {
    const { recording, form: notes } = description;
    try {
      const form = this.#folder.requireForm(recording).renew?.(recording.key, notes);
      if (form === undefined) return description;
      const renewed = { ...description, form };
      await this.#folder.write(renewed);
      this.#renewed++;
      return renewed;
    } catch (error) {
      if (this.#unreadable === 0) this.#fault = fileReason(error);
      this.#unreadable++;
      return description;
    }
  }

  /** Tells what has come of all that were looked at. */
  tellResult(): void {
    if (this.#renewed > 0)
      this.#tell('info', `the keys of ${this.#renewed} recordings were wrapped again by the first key`);
    if (this.#unreadable > 0)
      this.#tell('warn', `the keys of ${this.#unreadable} recordings cannot be had: ${this.#fault}`);
  }
}
