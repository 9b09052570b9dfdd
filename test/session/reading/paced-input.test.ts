import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { ByteQueue } from '../../../src/bytes/byte-queue.ts';
import { ChunkReader } from '../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { type InputReader, PacedInput } from '../../../src/session/reading/paced-input.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { heldMemory } from '../../support/held-memory.ts';

const limits = { messageBytes: 2 ** 24, partialBytes: 2 ** 25, chunkStreams: 4 };

/** A connection whose chunks are read. */
class Scene implements InputReader {
  readonly clock: FakeClock;
  readonly input: PacedInput;
  readonly socket: Readable;
  /** Whether the kernel was asked for more since it was last told to stop. */
  isAsked = true;
  readonly #bytes = new ByteQueue();
  readonly #chunks: ChunkReader;
  /** Sizes of what was read at a time. */
  readonly reads: number[] = [];
  messages = 0;
  slowed = 0;
  /** What was last told to be held: what waits, and the messages that are not whole. */
  toldBytes = 0;
  hasEnded = false;
  isHeld = false;
  /** After so many messages it is held. */
  holdAfter: number | undefined;

  constructor(clock: FakeClock = new FakeClock()) {
    this.clock = clock;
    this.socket = new Readable({
      read: () => {
        this.isAsked = true;
      },
    });
    this.input = new PacedInput(clock, this);
    this.#chunks = new ChunkReader(this.#bytes, limits, this.input.pace);
    this.input.attach(this.socket);
    this.socket.on('data', (bytes: Buffer) => {
      this.reads.push(bytes.length);
      this.#bytes.push(bytes);
      this.proceed();
    });
    this.socket.on('end', () => {
      this.hasEnded = true;
    });
  }

  goOn(): void {
    this.isHeld = false;
    this.input.goOn();
  }

  onSlowed(): void {
    this.slowed++;
  }

  onReceived(): void {
    this.toldBytes = this.heldBytes;
  }

  get heldBytes(): number {
    return this.input.keptBytes + this.#bytes.length + this.#chunks.partialBytes;
  }

  /** Bytes that were read. */
  get readBytes(): number {
    return this.reads.reduce((sum, size) => sum + size, 0);
  }

  /** Sends as much as the kernel is asked for, in reads as large as those of a socket. @returns the rest */
  async send(bytes: Buffer): Promise<Buffer> {
    if (this.reads.length === 0) await nextTurn(); // it begins to flow
    let at = 0;
    for (; at < bytes.length && this.isAsked; at += 65_536)
      this.isAsked = this.socket.push(bytes.subarray(at, at + 65_536));
    await nextTurn();
    return bytes.subarray(at);
  }

  /** Sends as the kernel is asked for it, a millisecond each. @returns the rest */
  async sendFor(ms: number, bytes: Buffer): Promise<Buffer> {
    let rest = await this.send(bytes);
    for (let passed = 0; passed < ms; passed++) {
      this.clock.advance(1);
      rest = await this.send(rest);
    }
    return rest;
  }

  proceed(): void {
    for (const _message of this.#chunks.messages()) this.messages++;
    if (this.messages === this.holdAfter) this.isHeld = true;
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
  const scene = new Scene();
  if (chunkSize !== undefined) await scene.send(Buffer.from('020000000000040100000000000fffff', 'hex'));
  const one = message(9, size, chunkSize);
  let rest: Buffer = Buffer.alloc(0);
  for (let i = 0; i < 400; i++) {
    rest = await scene.send(Buffer.concat([rest, one]));
    scene.clock.advance(1000 / perSecond);
  }
  await scene.send(rest);
  expect(scene).toMatchObject({ slowed: 0, messages: 400, isAsked: true });
});

test('ten seconds of sound that come at once after a pause in the network are read at once', async () => {
  const scene = new Scene();
  scene.clock.advance(1000);
  await scene.send(Buffer.concat(Array.from({ length: 470 }, () => message(8, 190))));
  expect(scene).toMatchObject({ slowed: 0, messages: 470 });
});

test('chunks of one byte are read at a small rate, in small pieces, and all of them in the end', async () => {
  const scene = new Scene();
  let rest = await scene.sendFor(1, oneByteChunks);
  expect(scene.slowed).toBe(1);
  const before = scene.readBytes;
  expect(before).toBeLessThan(16_000);
  rest = await scene.sendFor(1000, rest);
  const inOneSecond = scene.readBytes - before;
  expect(inOneSecond).toBeGreaterThan(2 * 150_000);
  expect(inOneSecond).toBeLessThan(2 * 220_000); // a few percent of a thread, at a sixth of a microsecond a chunk
  expect(Math.max(...scene.reads)).toBeLessThanOrEqual(1024);
  await scene.sendFor(5000, rest);
  expect(scene.readBytes).toBe(oneByteChunks.length);
  expect(scene).toMatchObject({ slowed: 1, isAsked: true });
});

test('fifty connections together get what one would, each its turn, and others do not wait for them', async () => {
  const clock = new FakeClock();
  const costly = Array.from({ length: 50 }, () => new Scene(clock));
  const normal = new Scene(clock);
  for (const scene of costly) await scene.send(oneByteChunks);
  clock.advance(1);
  const before = costly.map(({ readBytes }) => readBytes);
  for (let ms = 0; ms < 2000; ms++) {
    clock.advance(1);
    if (ms % 40 === 0) await normal.send(message(9, 5000));
    else await nextTurn();
  }
  const gains = costly.map(({ readBytes }, i) => readBytes - (before[i] ?? 0));
  expect(gains.reduce((sum, gain) => sum + gain)).toBeLessThan(2 * 2 * 220_000);
  expect(Math.min(...gains)).toBeGreaterThan(4000);
  expect(normal).toMatchObject({ slowed: 0, messages: 50 });
});

test('messages of a byte are as costly as they are many', async () => {
  const scene = new Scene();
  const empty = Buffer.from('0400000000000009010000', 'hex');
  await scene.send(Buffer.concat([empty, Buffer.from('00c4', 'hex'), Buffer.alloc(60_000, 0xc4)]));
  expect(scene.slowed).toBe(1);
  expect(scene.readBytes).toBeLessThan(4000);
});

test('a turn of the loop brings so much of all connections together, however well it is paid for; the rest comes in the next', async () => {
  const clock = new FakeClock();
  const scenes = Array.from({ length: 8 }, () => new Scene(clock));
  clock.advance(10_000);
  const group = Buffer.concat(Array.from({ length: 2000 }, () => message(9, 320)));
  let rests = await Promise.all(scenes.map((scene) => scene.send(group)));
  const inFirstTurn = scenes.reduce((sum, { messages }) => sum + messages, 0);
  expect(inFirstTurn).toBeGreaterThan(1000);
  expect(inFirstTurn).toBeLessThan(4000);
  for (let turns = 0; turns < 20; turns++) {
    clock.advance(0);
    rests = await Promise.all(scenes.map((scene, i) => scene.send(rests[i] ?? group)));
  }
  expect(scenes.map(({ messages, slowed }) => [messages, slowed])).toEqual(
    Array.from({ length: 8 }, () => [2000, 0]),
  );
});

test('whoever had its share is read on when its time has come, and not before', async () => {
  const scene = new Scene();
  scene.input.pace.wait(3000);
  await scene.sendFor(2950, message(9, 4000));
  expect(scene.messages).toBe(0);
  await scene.sendFor(200, Buffer.alloc(0));
  expect(scene).toMatchObject({ messages: 1, slowed: 0 });
});

test('nothing is read while it waits, though somebody else resumes the socket; nothing afterwards once it is gone', async () => {
  const scene = new Scene();
  await scene.send(oneByteChunks);
  const { readBytes } = scene;
  scene.socket.pause();
  scene.socket.resume();
  await nextTurn();
  expect(scene.readBytes).toBe(readBytes);
  expect(scene.isAsked).toBe(false);
  scene.socket.destroy();
  scene.clock.advance(10_000);
  expect(scene.readBytes).toBe(readBytes);
});

test('sound between pictures is read as it comes, in one piece each', async () => {
  const scene = new Scene();
  scene.clock.advance(1000);
  for (let i = 0; i < 100; i++) {
    await scene.send(message(8, 190));
    await scene.send(message(9, 4000));
    scene.clock.advance(2);
  }
  expect(scene.reads).toHaveLength(200);
});

test('what comes while the reader is held is kept, up to a bound, and goes on in turns', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  const rest = await scene.send(oneByteChunks);
  expect(scene).toMatchObject({ reads: [], isAsked: false });
  expect(scene.input.keptBytes).toBe(128 * 1024);
  scene.goOn();
  expect(scene.readBytes).toBeLessThan(10_000);
  await scene.sendFor(10_000, rest);
  expect(scene.readBytes).toBe(oneByteChunks.length);
});

test('what is held is told whenever it changes: also when what was kept is acted on later', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  const unfinished = message(9, 120_000).subarray(0, 60_000);
  await scene.send(unfinished);
  expect(scene.toldBytes).toBe(unfinished.length);
  scene.goOn();
  expect(scene.toldBytes).toBe(scene.heldBytes);
  expect(scene.toldBytes).toBeGreaterThan(unfinished.length); // the memory of a message comes before its bytes
  for (let ms = 0; ms < 1000; ms++) {
    scene.clock.advance(1);
    expect(scene.toldBytes).toBe(scene.heldBytes);
  }
});

test('a reader that is held again in the middle keeps the rest', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  for (let i = 0; i < 3; i++) await scene.send(message(9, 4000));
  expect(scene.isAsked).toBe(true);
  scene.holdAfter = 1;
  scene.goOn();
  expect(scene.messages).toBe(1);
  scene.holdAfter = undefined;
  scene.goOn();
  expect(scene.messages).toBe(3);
});

test('a slow consumer of the socket gets no more than it asks for, and all of it', async () => {
  const scene = new Scene();
  scene.socket.pause();
  const rest = await scene.send(Buffer.alloc(1_000_000, 0xff));
  expect(scene.isAsked).toBe(false);
  expect(scene.socket.readableLength + scene.input.keptBytes).toBe(1_000_000 - rest.length);
  expect(rest.length).toBeGreaterThan(500_000);
});

test.each([
  { what: 'that has come to its turn is told of at once', before: () => {}, ms: 0 },
  {
    what: 'of one that is held is told of soon, though what it has said was not acted on',
    before: (scene: Scene) => (scene.isHeld = true),
    ms: 2000,
  },
  {
    what: 'of one that is slowed is told of soon, whatever is left',
    before: (scene: Scene) => scene.input.pace.wait(60_000),
    ms: 2000,
  },
])('an end $what', async ({ before, ms }) => {
  const scene = new Scene();
  before(scene);
  await scene.send(message(9, 4000));
  scene.socket.push(null);
  await nextTurn();
  if (ms > 0) {
    scene.clock.advance(ms - 1);
    await nextTurn();
    expect(scene.hasEnded).toBe(false);
  }
  scene.clock.advance(1);
  await nextTurn();
  expect(scene.hasEnded).toBe(true);
});

test('an end stands behind what was said before it', async () => {
  const scene = new Scene();
  scene.input.pace.wait(500);
  await scene.send(message(9, 4000));
  scene.socket.push(null);
  await scene.sendFor(600, Buffer.alloc(0));
  expect(scene).toMatchObject({ messages: 1, hasEnded: true });
});

test('a socket is paced once', () => {
  const scene = new Scene();
  const another = new PacedInput(scene.clock, scene);
  expect(() => another.attach(scene.socket)).toThrow('paced already');
});

test('whoever it is handed to gets what comes from then on, and what was kept', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  await scene.send(message(9, 4000));
  const kept = { isHeld: true, proceed: () => {}, onReceived: vi.fn(), onSlowed: () => {} };
  scene.input.handTo(kept);
  await scene.send(message(9, 4000));
  expect(kept.onReceived).toHaveBeenCalledOnce();
  expect(scene.messages).toBe(0);
  kept.isHeld = false;
  scene.input.goOn();
  expect(scene.messages).toBe(2); // who parses is the same
});

test('an end of one that is held and has said nothing since is told of at once', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  scene.socket.push(null);
  await nextTurn();
  expect(scene.hasEnded).toBe(true);
});

test('what one that is held has said before its end is acted on if it is let go on soon', async () => {
  const scene = new Scene();
  scene.isHeld = true;
  await scene.send(message(9, 4000));
  scene.socket.push(null);
  await nextTurn();
  expect(scene).toMatchObject({ messages: 0, hasEnded: false });
  scene.goOn();
  await nextTurn();
  expect(scene).toMatchObject({ messages: 1, hasEnded: true });
});

test('bytes that come one by one while the reader is held take hardly more than themselves', async () => {
  const scene = new Scene();
  await scene.send(Buffer.alloc(1));
  scene.isHeld = true;
  const before = heldMemory();
  for (let i = 0; i < 100_000; i++) scene.socket.push(Buffer.allocUnsafeSlow(1));
  expect(scene.input.keptBytes).toBe(100_000);
  expect(heldMemory() - before).toBeLessThan(2 ** 20);
});

test('of one that waits no more pieces are read ahead than bytes would cost', async () => {
  const scene = new Scene();
  await scene.send(message(9, 4000));
  scene.input.pace.wait(1000);
  const next = message(9, 4000);
  let pieces = 0;
  for (; scene.isAsked; pieces++) await scene.send(next.subarray(pieces, pieces + 1));
  expect(pieces).toBe(256);
  scene.clock.advance(1100);
  expect(scene.isAsked).toBe(true);
  expect(scene.input.keptBytes).toBe(0);
});
