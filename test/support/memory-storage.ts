import { hash } from 'node:crypto';
import {
  type ObjectFacts,
  type ObjectPage,
  type ObjectStorage,
  ObjectStorageError,
} from '../../src/recording/upload/object-storage.ts';

type Act = 'put' | 'facts' | 'readWhole' | 'list' | 'delete';

/** What waits in a storage. */
interface Held {
  readonly act: Act;
  readonly ending: string;
  readonly reached: () => void;
  readonly released: Promise<void>;
}

/** Objects in memory, of one part each. A test can hold what is done with them. */
export class MemoryStorage implements ObjectStorage {
  readonly shown = 'memory';
  readonly objects: Map<string, Buffer> = new Map();
  readonly #held: Held[] = [];

  /** Has the next call for an object whose key ends so wait. @returns resolves when it has come, with what lets it go on */
  async hold(act: Act, ending: string): Promise<() => void> {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.#held.push({ act, ending, reached: reached.resolve, released: released.promise });
    await reached.promise;
    return released.resolve;
  }

  async put(key: string, body: Uint8Array): Promise<string> {
    const kept = Buffer.from(body);
    await this.#pass('put', key);
    this.objects.set(key, kept);
    return hash('md5', kept);
  }

  async facts(key: string): Promise<ObjectFacts | undefined> {
    const body = this.objects.get(key);
    await this.#pass('facts', key);
    return body && { bytes: body.length, etag: hash('md5', body) };
  }

  async read(key: string, offset: number, length: number): Promise<Buffer> {
    return this.#require(key).subarray(offset, offset + length);
  }

  async readWhole(key: string): Promise<Buffer> {
    const body = this.#require(key);
    await this.#pass('readWhole', key);
    return body;
  }

  async list(prefix: string): Promise<ObjectPage> {
    await this.#pass('list', prefix);
    return { keys: [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(), next: null };
  }

  async delete(key: string): Promise<void> {
    await this.#pass('delete', key);
    this.objects.delete(key);
  }

  async deleteOlder(): Promise<void> {}

  async beginParts(): Promise<string> {
    throw new ObjectStorageError('answer', 'there are no parts in memory');
  }

  putPart(): Promise<string> {
    return this.beginParts();
  }

  async completeParts(): Promise<void> {
    await this.beginParts();
  }

  async abandonParts(): Promise<void> {}

  async unfinishedParts(): Promise<readonly string[]> {
    return [];
  }

  async close(): Promise<void> {}

  #require(key: string): Buffer {
    const body = this.objects.get(key);
    if (body === undefined) throw new ObjectStorageError('missing', `there is no ${key}`);
    return body;
  }

  async #pass(act: Act, key: string): Promise<void> {
    const at = this.#held.findIndex((held) => held.act === act && key.endsWith(held.ending));
    const [held] = at === -1 ? [] : this.#held.splice(at, 1);
    held?.reached();
    await held?.released;
  }
}
