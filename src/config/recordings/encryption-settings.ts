import { z } from 'zod';
import { fileName, section } from '../setting-schema.ts';

/** How recordings are encrypted where they lie. */
export interface EncryptionSettings {
  /**
   * Files with a key each, as `streampump recording-key` makes them, at most 16: the first is for new recordings, all of them are for
   * those that are there. In a config file relative to the folder that it is in; default none: what is recorded lies there as it is.
   */
  readonly keyFiles: readonly string[];
}

/** Schema of `recordings.encryption`. */
export const encryptionSettings: z.ZodType<EncryptionSettings> = section<EncryptionSettings>({
  keyFiles: z.array(fileName).max(16).default([]),
});
