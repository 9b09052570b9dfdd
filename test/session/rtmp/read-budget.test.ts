import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ByteQueue } from '../../../src/bytes/byte-queue.ts';
import { ChunkReader } from '../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { type BudgetedReader, CostlyShare, ReadBudget } from '../../../src/session/rtmp/read-budget.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const limits = { messageBytes: 2 ** 24, partialBytes: 2 ** 25, chunkStreams: 4 };

/** A connection whose chunks are read. */
class Scene implements BudgetedReader {
  readonly clock: FakeClock;
  readonly socket: Readable = new Readable({ read: () => {} });
  readonly #bytes = new ByteQueue();
  readonly #chunks: ChunkReader;
  /** Sizes of what was read at a time. */
  readonly reads: number[] = [];
  messages = 0;
  slowed = 0;
  pauses = 0;
  isHeld = false;
  /** After so many messages it is held. */
  holdAfter: number | undefined;
  readonly #budget: ReadBudget;

  constructor(clock: FakeClock, share: CostlyShare) {
    this.clock = clock;
    this.#chunks = new ChunkReader(this.#bytes, limits);
    this.socket.on('pause', () => this.pauses++);
    this.#budget = new ReadBudget(this.socket, clock, this, share);
  }

  goOn(): void {
    this.isHeld = false;
    this.#budget.goOn();
  }

  onSlowed(): void {
    this.slowed++;
  }

  get work(): number {
    return this.#chunks.work;
  }

  /** Sends in reads as large as those of a socket. */
  async send(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += 65_536) this.socket.push(bytes.subarray(at, at + 65_536));
    await nextTurn();
  }

  read(bytes: Buffer): number {
    this.reads.push(bytes.length);
    this.#bytes.push(bytes);
    for (const _message of this.#chunks.messages()) this.messages++;
    if (this.messages === this.holdAfter) this.isHeld = true;
    return this.#chunks.work;
  }
}

function message(type: number, size: number, chunkSize = 128): Buffer {
  return encodeChunks({ type, timestamp: 0, messageStreamId: 1 }, Buffer.alloc(size), chunkSize);
}

const setChunkSizeTo1 = Buffer.from('02000000000004010000000000000001', 'hex');

/** A message that never ends, in chunks of one byte: the header of the first, then two bytes a chunk. */
const oneByteChunks = Buffer.concat([
  setChunkSizeTo1,
  Buffer.from('04000000ffffff0901000000aa', 'hex'),
  Buffer.from('c4aa'.repeat(200_000), 'hex'),
]);

test.each([
  { what: 'video of 200 Mbit/s in chunks of 128 bytes', size: 100_000, perSecond: 250 },
  { what: 'video of 4 Gbit/s in large chunks', size: 1_000_000, perSecond: 500, chunkSize: 0xfffff },
  { what: 'video of 100 kbit/s', size: 500, perSecond: 25 },
  { what: 'sound alone', size: 190, perSecond: 47 },
  { what: 'speech in packets of 2.5 ms', size: 10, perSecond: 400 },
  { what: 'eight hundred empty messages a second', size: 0, perSecond: 800 },
])('$what is never slowed', async ({ size, perSecond, chunkSize }) => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  if (chunkSize !== undefined) await scene.send(Buffer.from('020000000000040100000000000fffff', 'hex'));
  const one = message(9, size, chunkSize);
  for (let i = 0; i < 400; i++) {
    await scene.send(one);
    scene.clock.advance(1000 / perSecond);
  }
  expect(scene).toMatchObject({ pauses: 0, slowed: 0, messages: 400 });
});

test('ten seconds of sound that come at once after a pause in the network are read at once', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  scene.clock.advance(1000);
  await scene.send(Buffer.concat(Array.from({ length: 470 }, () => message(8, 190))));
  expect(scene).toMatchObject({ pauses: 0, messages: 470 });
});

test('chunks of one byte are read at a small rate, in small pieces, and all of them in the end', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  await scene.send(oneByteChunks);
  expect(scene.slowed).toBe(1);
  expect(scene.work).toBeLessThan(5000);
  let before = scene.work;
  for (let ms = 0; ms < 500; ms++) {
    scene.clock.advance(1);
    await nextTurn();
  }
  expect(scene.work - before).toBeGreaterThan(95_000);
  expect(scene.work - before).toBeLessThan(125_000); // a few percent of a thread, at a sixth of a microsecond each
  expect(Math.max(...scene.reads.slice(16))).toBeLessThanOrEqual(1024);
  for (let ms = 0; ms < 1000; ms++) {
    before = scene.work;
    scene.clock.advance(1);
    await nextTurn();
  }
  expect(scene.work).toBe(200_000 + 1 + 1 + 4);
  expect(scene.socket.isPaused()).toBe(false);
  expect(scene.slowed).toBe(1);
});

test('fifty connections together get what one would, each its turn, and others do not wait for them', async () => {
  const clock = new FakeClock();
  const share = new CostlyShare();
  const costly = Array.from({ length: 50 }, () => new Scene(clock, share));
  const normal = new Scene(clock, share);
  for (const scene of costly) await scene.send(oneByteChunks);
  const before = costly.map(({ work }) => work);
  for (let ms = 0; ms < 1000; ms++) {
    clock.advance(1);
    if (ms % 40 === 0) await normal.send(message(9, 5000));
    else await nextTurn();
  }
  const gains = costly.map(({ work }, i) => work - (before[i] ?? 0));
  expect(gains.reduce((sum, gain) => sum + gain)).toBeLessThan(250_000);
  expect(Math.min(...gains)).toBeGreaterThan(1000);
  expect(normal).toMatchObject({ pauses: 0, messages: 25 });
});

test('messages of a byte are as costly as they are many', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  const empty = Buffer.from('0400000000000009010000', 'hex');
  await scene.send(Buffer.concat([empty, Buffer.from('00c4', 'hex'), Buffer.alloc(60_000, 0xc4)]));
  expect(scene.slowed).toBe(1);
  expect(scene.work).toBeLessThan(20_000);
});

test('nothing is read while it waits, though somebody else resumes the socket; nothing afterwards once it is gone', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  await scene.send(oneByteChunks);
  const { work } = scene;
  scene.socket.resume();
  await nextTurn();
  expect(scene.work).toBe(work);
  expect(scene.socket.isPaused()).toBe(true);
  scene.socket.destroy();
  scene.clock.advance(10_000);
  expect(scene.work).toBe(work);
});

test('nobody waits for longer than ten seconds, however much the share has let in', () => {
  const share = new CostlyShare();
  expect(share.take(2000, 0)).toBe(10);
  expect(share.take(1e9, 0)).toBe(10_000);
  expect(share.take(1, 9_000)).toBeCloseTo(1000, 0);
  expect(share.take(200, 20_000)).toBe(1);
});

test('sound between pictures is read as it comes, in one piece each', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  scene.clock.advance(1000);
  for (let i = 0; i < 100; i++) {
    await scene.send(message(8, 190));
    await scene.send(message(9, 4000));
    scene.clock.advance(2);
  }
  expect(scene.reads).toHaveLength(200);
  expect(scene.pauses).toBe(0);
});

test('what comes while the reader is held is kept, up to a bound, and goes on in turns', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  scene.isHeld = true;
  await scene.send(oneByteChunks);
  expect(scene).toMatchObject({ work: 0, reads: [] });
  expect(scene.socket.isPaused()).toBe(true);
  scene.goOn();
  expect(scene.work).toBeLessThan(5000);
  for (let ms = 0; ms < 1500; ms++) {
    scene.clock.advance(1);
    await nextTurn();
  }
  expect(scene.work).toBe(200_000 + 1 + 1 + 4);
});

test('a reader that is held again in the middle keeps the rest', async () => {
  const scene = new Scene(new FakeClock(), new CostlyShare());
  scene.isHeld = true;
  for (let i = 0; i < 3; i++) await scene.send(message(9, 4000));
  expect(scene.socket.isPaused()).toBe(false);
  scene.holdAfter = 1;
  scene.goOn();
  expect(scene.messages).toBe(1);
  scene.holdAfter = undefined;
  scene.goOn();
  expect(scene.messages).toBe(3);
});
