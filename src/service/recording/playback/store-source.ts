import type { StoreLink } from '../../../recording/link/store-link.ts';
import { RecordingError } from '../../../recording/recording-error.ts';
import type { RecordingSource } from '../../../session/recorded/recording-source.ts';

/** The recordings of a store whose connection may go and come back. @param current - undefined while there is none */
export function storeSource(current: () => StoreLink | undefined): RecordingSource {
  const link = (): StoreLink => {
    const found = current();
    if (found === undefined) throw new RecordingError('unavailable', 'the store of recordings is not there');
    return found;
  };
  return {
    describe: async (key) => link().describe(key),
    index: async (key) => link().index(key),
    read: async (key, offset, length) => link().read(key, offset, length),
    note: (line) => current()?.note(line),
  };
}
