import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { everySplit } from '../support/every-split.ts';
import { heldMemory } from '../support/held-memory.ts';

const bytes = Buffer.from('00112233445566778899', 'hex');

function queueOf(...parts: Buffer[]): ByteQueue {
  const queue = new ByteQueue();
  for (const part of parts) queue.push(part);
  return queue;
}

describe('an empty queue', () => {
  test('has nothing but the empty read', () => {
    const queue = new ByteQueue();
    expect(queue.length).toBe(0);
    expect(queue.peek(0)).toEqual(Buffer.alloc(0));
    expect(queue.read(0)).toEqual(Buffer.alloc(0));
    expect(queue.peek(1)).toBeUndefined();
    expect(queue.read(1)).toBeUndefined();
    expect(queue.peekByte(0)).toBeUndefined();
    queue.skip(0);
    queue.readInto(Buffer.alloc(0), 0, 0);
    expect(queue.length).toBe(0);
  });

  test('stays empty after an empty chunk', () => {
    const queue = queueOf(Buffer.alloc(0));
    expect(queue.length).toBe(0);
    expect(queue.peekByte(0)).toBeUndefined();
  });
});

describe('at every split', () => {
  test('peek gives every prefix and consumes nothing', () => {
    for (const parts of everySplit(bytes)) {
      const queue = queueOf(...parts);
      for (let size = 0; size <= bytes.length; size++) {
        expect(queue.peek(size)).toEqual(bytes.subarray(0, size));
      }
      expect(queue.peek(bytes.length + 1)).toBeUndefined();
      expect(queue.length).toBe(bytes.length);
    }
  });

  test('peekByte gives every byte, also after a part was read', () => {
    for (const parts of everySplit(bytes)) {
      const queue = queueOf(...parts);
      queue.skip(3);
      expect(Array.from({ length: 8 }, (_, index) => queue.peekByte(index))).toEqual([
        ...bytes.subarray(3),
        undefined,
      ]);
    }
  });

  test('read takes fields of each size', () => {
    for (const parts of everySplit(bytes)) {
      const queue = queueOf(...parts);
      expect(queue.read(1)?.toString('hex')).toBe('00');
      expect(queue.read(3)?.toString('hex')).toBe('112233');
      expect(queue.read(7)).toBeUndefined();
      expect(queue.length).toBe(6);
      expect(queue.read(6)?.toString('hex')).toBe('445566778899');
      expect(queue.length).toBe(0);
    }
  });

  test('readInto copies to its place and nowhere else', () => {
    for (const parts of everySplit(bytes)) {
      const queue = queueOf(...parts);
      const target = Buffer.alloc(8, 0xff);
      queue.skip(2);
      queue.readInto(target, 2, 5);
      expect(target.toString('hex')).toBe('ffff2233445566ff');
      expect(queue.read(3)?.toString('hex')).toBe('778899');
    }
  });

  test('a read completes as soon as its last byte arrives', () => {
    for (const parts of everySplit(bytes)) {
      const queue = new ByteQueue();
      for (const part of parts) {
        expect(queue.read(bytes.length)).toBeUndefined();
        queue.push(part);
      }
      expect(queue.read(bytes.length)).toEqual(bytes);
    }
  });
});

describe('memory', () => {
  test('a read within one chunk is a view of it', () => {
    const queue = queueOf(Buffer.alloc(3, 0xaa), bytes);
    const chunk = Buffer.allocUnsafeSlow(2000);
    queue.push(chunk);
    queue.skip(3 + bytes.length + 1);
    const view = queue.read(4);
    expect(view?.buffer).toBe(chunk.buffer);
    expect(view?.byteOffset).toBe(1);
  });

  test('a chunk that need not wait is not copied, however small', () => {
    const chunk = Buffer.allocUnsafeSlow(10);
    expect(queueOf(chunk).read(4)?.buffer).toBe(chunk.buffer);
  });

  test.each([
    { what: 'bytes that come one by one', size: 1, readBytes: 1, count: 500_000 },
    { what: 'bytes that are cut out of large reads', size: 1, readBytes: 60_000, count: 2000 },
    { what: 'pieces of 100 bytes', size: 100, readBytes: 106, count: 20_000 },
    { what: 'pieces of 3,000 bytes in large reads', size: 3000, readBytes: 60_000, count: 1000 },
    { what: 'pieces that are little less than half of a read', size: 29_000, readBytes: 60_000, count: 100 },
  ])('$what take hardly more than themselves while they wait', ({ size, readBytes, count }) => {
    const queue = new ByteQueue();
    const before = heldMemory();
    for (let i = 0; i < count; i++) queue.push(Buffer.allocUnsafeSlow(readBytes).subarray(0, size));
    const taken = heldMemory() - before;
    expect(queue.length).toBe(count * size);
    expect(taken).toBeLessThan(2.5 * count * size + 256 * 1024);
  });

  test('a read across a seam is a copy of just those bytes', () => {
    const chunk = Buffer.from(bytes);
    const copy = queueOf(Buffer.from('aa', 'hex'), chunk).read(3);
    expect(copy?.toString('hex')).toBe('aa0011');
    expect(copy?.buffer.byteLength).toBe(3);
  });
});

test('skip and readInto refuse more than is there', () => {
  const queue = queueOf(bytes);
  expect(() => queue.skip(bytes.length + 1)).toThrow(RangeError);
  expect(() => queue.readInto(Buffer.alloc(20), 0, bytes.length + 1)).toThrow(RangeError);
  expect(queue.read(bytes.length)).toEqual(bytes);
});

test('clear forgets everything, a half-read chunk too', () => {
  const queue = queueOf(bytes, bytes);
  queue.skip(3);
  queue.clear();
  expect(queue.length).toBe(0);
  expect(queue.peek(1)).toBeUndefined();
  queue.push(Buffer.from('0102', 'hex'));
  expect(queue.read(2)?.toString('hex')).toBe('0102');
});

test('200,000 chunks of one byte are read with work linear in their number', () => {
  const count = 200_000;
  const queue = new ByteQueue();
  for (let i = 0; i < count; i++) queue.push(Buffer.of(i & 0xff));
  // What stays behind has to be moved whenever spent chunks are taken out of the list.
  let moved = 0;
  const splice = Array.prototype.splice;
  const spy = vi.spyOn(Array.prototype, 'splice').mockImplementation(function (this: unknown[], start, size) {
    moved += this.length - size;
    return splice.call(this, start, size);
  });
  let wrong = 0;
  try {
    for (let i = 0; i < count; i++) if (queue.read(1)?.[0] !== (i & 0xff)) wrong++;
  } finally {
    spy.mockRestore();
  }
  expect(wrong).toBe(0);
  expect(queue.length).toBe(0);
  expect(moved).toBeLessThan(2 * count);
});

test('200,000 chunks of one byte are joined by one read', () => {
  const count = 200_000;
  const queue = new ByteQueue();
  for (let i = 0; i < count; i++) queue.push(Buffer.of(i & 0xff));
  expect(queue.read(count)?.equals(Buffer.from(Array.from({ length: count }, (_, i) => i & 0xff)))).toBe(
    true,
  );
  expect(queue.length).toBe(0);
});

test('of lent memory only what is left over is copied', () => {
  const queue = new ByteQueue();
  const memory = Buffer.from('00112233445566778899', 'hex');
  queue.lend(memory, 4);
  expect(queue.read(1)?.buffer).toBe(memory.buffer);
  queue.keep();
  memory.fill(0xee);
  expect(queue.peekByte(3)).toBeUndefined();
  queue.lend(bytes, 2);
  expect(queue.read(5)?.toString('hex')).toBe('1122330011');
});

describe('property', () => {
  const size = fc.nat({ max: 40 });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('push', 'lend'), chunk: fc.uint8Array({ maxLength: 20 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('keep') }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('peek', 'peekByte', 'read', 'readInto', 'skip'), size }),
    },
  );

  test('behaves like one Buffer made by Buffer.concat', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const queue = new ByteQueue();
        let model = Buffer.alloc(0);
        const lent: Buffer[] = [];
        for (const step of steps) {
          if ('chunk' in step) {
            const chunk = Buffer.from(step.chunk);
            if (step.do === 'push') queue.push(chunk);
            else {
              lent.push(chunk);
              queue.lend(chunk, chunk.length);
            }
            model = Buffer.concat([model, chunk]);
          } else if (step.do === 'keep') {
            queue.keep();
            for (const memory of lent.splice(0)) memory.fill(0xee);
          } else {
            const expected = step.size <= model.length ? model.subarray(0, step.size) : undefined;
            if (step.do === 'peek') expect(queue.peek(step.size)).toEqual(expected);
            else if (step.do === 'peekByte') expect(queue.peekByte(step.size)).toBe(model[step.size]);
            else if (step.do === 'read') expect(queue.read(step.size)).toEqual(expected);
            else if (expected === undefined) expect(() => queue.skip(step.size)).toThrow(RangeError);
            else if (step.do === 'skip') queue.skip(step.size);
            else {
              const target = Buffer.alloc(step.size + 2);
              queue.readInto(target, 1, step.size);
              expect(target).toEqual(Buffer.concat([Buffer.alloc(1), expected, Buffer.alloc(1)]));
            }
            if (expected !== undefined && ['read', 'readInto', 'skip'].includes(step.do)) {
              model = model.subarray(step.size);
            }
          }
          expect(queue.length).toBe(model.length);
        }
        expect(queue.read(queue.length)).toEqual(model);
      }),
    );
  });
});
