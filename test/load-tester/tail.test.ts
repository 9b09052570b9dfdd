import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tail } from '../../load-tester/tail.ts';

test('keeps the last 1,024 bytes of all that came, in whatever pieces', () => {
  const pieces = fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, (sizes) => {
      const tail = new Tail();
      const buffer = Buffer.alloc(2000, 0xff); // read into again and again, and never filled
      let next = 0;
      for (const size of sizes) {
        for (let at = 0; at < size; at++) buffer[at] = next++ % 251;
        tail.push(buffer, size);
      }
      const all = Buffer.from(Array.from({ length: next }, (_, at) => at % 251));
      expect(tail.read()).toEqual(all.subarray(Math.max(0, next - 1024)));
    }),
  );
});

test('tells whether more has come since it was read', () => {
  const tail = new Tail();
  tail.push(Buffer.from('ab'), 2);
  expect(tail.hasNews).toBe(true);
  tail.read();
  expect(tail.hasNews).toBe(false);
  tail.push(Buffer.from('c'), 1);
  expect([tail.hasNews, String(tail.read())]).toEqual([true, 'abc']);
});
