import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { UploadedObject } from '../../../src/recording/upload/file-upload.ts';
import { type ObjectStorage, ObjectStorageError } from '../../../src/recording/upload/object-storage.ts';
import { type UploadHost, UploadQueue } from '../../../src/recording/upload/upload-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A storage that keeps whole objects, and fails while it is down. */
class FakeStorage {
  readonly objects = new Map<string, Buffer>();
  fault: ObjectStorageError | undefined;
  puts = 0;
  atOnce = 0;
  mostAtOnce = 0;
  /** Called while an object is on its way. */
  onPut: () => Promise<void> = async () => {};

  async put(key: string, body: Uint8Array, signal: AbortSignal): Promise<string> {
    this.puts += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      await this.onPut();
      signal.throwIfAborted();
      if (this.fault !== undefined) throw this.fault;
      this.objects.set(key, Buffer.from(body));
      return hash('md5', body);
    } finally {
      this.atOnce -= 1;
    }
  }

  async facts(key: string) {
    const body = this.objects.get(key);
    return body && { bytes: body.length, etag: hash('md5', body) };
  }
}

/** A store whose recordings have their keys as bytes. */
class FakeHost implements UploadHost {
  readonly left: Set<string>;
  readonly broken = new Set<string>();
  readonly uploaded: [string, UploadedObject][] = [];
  readonly states: (string | undefined)[] = [];
  readonly faults: string[] = [];
  readonly #waiters = new Set<() => void>();

  constructor(...keys: string[]) {
    this.left = new Set(keys);
  }

  async waiting(limit: number) {
    return [...this.left].slice(0, limit);
  }

  async open(key: string) {
    if (!this.left.has(key)) return undefined;
    const bytes = Buffer.from(key);
    const read = async (offset: number, length: number) => {
      if (this.broken.has(key)) throw new Error('the file is broken');
      return bytes.subarray(offset, offset + length);
    };
    return { objectKey: `p/${key}`, source: { bytes: bytes.length, read }, close: async () => {} };
  }

  async onUploaded(key: string, object: UploadedObject) {
    this.left.delete(key);
    this.uploaded.push([key, object]);
    this.#wake();
  }

  onState(fault: string | undefined) {
    this.states.push(fault);
    this.#wake();
  }

  onFigures() {}

  onFault(key: string, { message }: Error) {
    this.faults.push(`${key}: ${message}`);
    this.#wake();
  }

  /** Resolves when that holds, which is looked at whenever something is told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }
}

function scene(...keys: string[]) {
  const clock = new FakeClock();
  const storage = new FakeStorage();
  const host = new FakeHost(...keys);
  const open = () =>
    new UploadQueue(storage as unknown as ObjectStorage, host, { maxAtOnce: 2, clock, chance: () => 1 });
  return { clock, storage, host, open };
}

/** All that can go on without time passing has gone on. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const down = new ObjectStorageError('unreachable', 'https://s3.example/bucket: it is down');

test('what a former process has not uploaded is uploaded, then what is added, so many at once', async () => {
  const { storage, host, open } = scene('a', 'b', 'c', 'd');
  const queue = open();
  await host.until(() => host.uploaded.length === 4);
  host.left.add('e');
  queue.add('e');
  await host.until(() => host.uploaded.length === 5);
  expect([...storage.objects].map(([key, body]) => `${key}=${body}`)).toEqual(
    ['a', 'b', 'c', 'd', 'e'].map((key) => `p/${key}=${key}`),
  );
  expect(storage.mostAtOnce).toBe(2);
  await queue.close();
  expect(queue.figures).toEqual({ done: 5, doneBytes: 5, failed: 0 });
  expect(host.states).toEqual([]);
});

test('a storage that is down is told once, asked ever more seldom, and told again when it is back', async () => {
  const { clock, storage, host, open } = scene('a', 'b', 'c');
  storage.fault = down;
  const queue = open();
  await host.until(() => host.states.length > 0);
  await settled();
  const triedAt: number[] = [];
  for (let before = storage.puts; clock.now() < 700_000; before = storage.puts) {
    clock.advance(1000);
    await settled();
    if (storage.puts > before) triedAt.push(clock.now() / 1000);
  }
  const waits = triedAt.map((at, index) => at - (triedAt[index - 1] ?? 0));
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256]);
  expect(host.states).toEqual([down.message]);
  storage.fault = undefined;
  clock.advance(300_000);
  await host.until(() => host.states.length === 2);
  await host.until(() => host.uploaded.length === 3);
  expect(host.states).toEqual([down.message, undefined]);
  await queue.close();
  expect(queue.figures).toMatchObject({ done: 3, failed: storage.puts - 3 });
});

test('a file that cannot be read is told once, and keeps no other from being uploaded', async () => {
  const { clock, host, open } = scene('a', 'b');
  host.broken.add('a');
  const queue = open();
  await host.until(() => host.uploaded.length === 1 && host.faults.length === 1);
  clock.advance(1000);
  await settled();
  expect(host.faults).toEqual(['a: the file is broken']);
  expect(host.states).toEqual([]);
  host.broken.clear();
  clock.advance(2000);
  await host.until(() => host.uploaded.length === 2);
  await queue.close();
});

test('a description that could not be uploaded is tried again without the file', async () => {
  const { clock, storage, host, open } = scene('a');
  const { onUploaded } = host;
  let isDown = true;
  host.onUploaded = async (key, object) => {
    if (isDown) throw down;
    await onUploaded.call(host, key, object);
  };
  const queue = open();
  await host.until(() => host.states.length === 1);
  isDown = false;
  await settled();
  clock.advance(1000);
  await host.until(() => host.uploaded.length === 1);
  expect(storage.puts).toBe(1);
  await queue.close();
});

test('a recording that is deleted while it is uploaded is uploaded no further', async () => {
  const { storage, host, open } = scene('a', 'b', 'c');
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  storage.onPut = () => {
    begun.resolve();
    return goOn.promise;
  };
  const queue = open();
  await begun.promise;
  host.left.delete('a');
  const removed = queue.remove('a');
  goOn.resolve();
  await removed;
  await host.until(() => host.uploaded.length === 2);
  expect(host.uploaded.map(([key]) => key).sort()).toEqual(['b', 'c']);
  expect(storage.objects.has('p/a')).toBe(false);
  await queue.close();
  expect(host.states).toEqual([]);
});

test('an end gives up what is being uploaded, and begins nothing more', async () => {
  const { storage, host, open } = scene('a', 'b', 'c');
  const goOn = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  storage.onPut = () => {
    begun.resolve();
    return goOn.promise;
  };
  const queue = open();
  await begun.promise;
  const closed = queue.close();
  queue.add('d');
  goOn.resolve();
  await closed;
  expect(storage.objects.size).toBe(0);
  expect([...host.left]).toEqual(['a', 'b', 'c']);
  expect(host.states).toEqual([]);
});

test('more than it knows of at a time are uploaded, too', async () => {
  const { host, open } = scene(...Array.from({ length: 2500 }, (_, at) => `r${at}`));
  const queue = open();
  await host.until(() => host.uploaded.length === 2500);
  await queue.close();
});
