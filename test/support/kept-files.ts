import type { KeptFiles } from '../../src/service/house/access/permit-pairs.ts';
import { StoreError } from '../../src/service/house/store/house-store.ts';

/** Files of a house, in memory. */
export class MemoryFiles implements KeptFiles {
  readonly texts: Map<string, string> = new Map();
  /** While false nothing can be written. */
  isWritable = true;

  async read(name: string): Promise<string | undefined> {
    return this.texts.get(name);
  }

  async write(name: string, text: string): Promise<void> {
    if (!this.isWritable) throw new StoreError(`${name} cannot be written: the disk is full`);
    this.texts.set(name, text);
  }
}
