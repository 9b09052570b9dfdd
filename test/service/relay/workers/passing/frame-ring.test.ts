import { expect, test } from 'vitest';
import {
  MAX_RING_RECORD_BYTES,
  newRing,
  RING_BYTES,
  RingReader,
  RingWriter,
} from '../../../../../src/service/relay/workers/passing/frame-ring.ts';

/** Both ends of a ring; records have their size in front and a mark behind it. */
class Scene {
  readonly #memory = newRing();
  readonly writer: RingWriter = new RingWriter(this.#memory);
  readonly reader: RingReader = new RingReader(this.#memory);

  /** @returns whether there was room */
  write(size: number, mark: number): boolean {
    const at = this.writer.reserve(size);
    if (at === undefined) return false;
    this.writer.bytes.writeUInt32BE(size, at);
    this.writer.bytes.writeUInt32BE(mark, at + 4);
    this.writer.bytes.writeUInt32BE(mark, at + size - 4);
    this.writer.commit(size);
    return true;
  }

  /** @returns the marks of up to `most` records */
  read(most: number = Number.POSITIVE_INFINITY): number[] {
    const marks: number[] = [];
    this.reader.drain((bytes, at) => {
      if (marks.length >= most) return false;
      const mark = bytes.readUInt32BE(at + 4);
      if (bytes.readUInt32BE(at + bytes.readUInt32BE(at) - 4) !== mark)
        throw new Error(`record ${mark} is torn`);
      marks.push(mark);
      return true;
    });
    return marks;
  }
}

test('records come out as they went in, however often the ring goes round and its positions wrap', () => {
  const scene = new Scene();
  const size = MAX_RING_RECORD_BYTES - 8; // never ends with the ring
  const count = Math.ceil((2 ** 32 + RING_BYTES) / size);
  const read: number[] = [];
  for (let mark = 0; mark < count; mark++) while (!scene.write(size, mark)) read.push(...scene.read(2));
  read.push(...scene.read());
  expect(read).toEqual(Array.from({ length: count }, (_, mark) => mark));
});

test('there is room for as much as the ring holds, and again for what was read', () => {
  const scene = new Scene();
  for (let mark = 0; mark < RING_BYTES / 64; mark++) expect(scene.write(64, mark)).toBe(true);
  expect(scene.write(64, 0)).toBe(false);
  const { written } = scene.writer;
  expect(scene.read(1)).toEqual([0]);
  expect(scene.write(128, 0)).toBe(false);
  expect(scene.write(64, RING_BYTES)).toBe(true);
  expect(scene.writer.isRead(written)).toBe(false);
  expect(scene.read()).toHaveLength(RING_BYTES / 64);
  expect(scene.writer.isRead(written)).toBe(true);
});

test('a record that fills too much of it has no place there', () => {
  expect(new Scene().writer.reserve(MAX_RING_RECORD_BYTES + 8)).toBeUndefined();
});

test('who reads is woken once, and again when it has looked', () => {
  const { writer, reader } = new Scene();
  expect([writer.wake(), writer.wake()]).toEqual([true, false]);
  reader.onWoken();
  expect(writer.wake()).toBe(true);
});

test('it is known how many messages were acted on, also when their number wraps', () => {
  const { writer, reader } = new Scene();
  expect(writer.isHandled(1)).toBe(false);
  reader.onHandled(2 ** 32 - 1);
  expect([2 ** 32 - 2, 2 ** 32 - 1, 0].map((each) => writer.isHandled(each))).toEqual([true, true, false]);
  reader.onHandled(0);
  expect(writer.isHandled(0)).toBe(true);
});
