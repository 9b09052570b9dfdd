import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flvFamily } from '../../../../../src/family/flv/flv-family.ts';
import { FrameCodec } from '../../../../../src/service/relay/workers/passing/frame-codec.ts';
import type { Frame, FrameKind } from '../../../../../src/stream/frame.ts';
import type { MediaFamily } from '../../../../../src/stream/media-family.ts';

const other: MediaFamily = { name: 'other' };
const codec = new FrameCodec([flvFamily, other]);

const uint32 = fc.nat(2 ** 32 - 1);
const base = {
  family: fc.constantFrom(flvFamily, other),
  kind: fc.constantFrom<FrameKind>('audio', 'video', 'data', 'mixed'),
  tag: uint32,
  timestamp: uint32,
  payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  number: uint32,
};
const headerKeys = fc.array(fc.constantFrom('metadata', 'video/sequenceStart/0', 'größe/1'), {
  minLength: 1,
});
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ ...base, role: fc.constantFrom('metadata' as const, 'header' as const), headerKeys }),
  fc.record({
    ...base,
    role: fc.constant('coded' as const),
    tracks: fc.array(fc.nat(255), { minLength: 1, maxLength: 300 }),
    isKeyframe: fc.boolean(),
  }),
  fc.record({ ...base, role: fc.constant('other' as const) }),
);

test('frames arrive as they were told apart, whatever is in them', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
      const shared = codec.pack(frames);
      expect(shared.byteLength).toBe(frames.reduce((size, each) => size + codec.sizeOf(each), 0));
      expect([...codec.unpack(shared)]).toEqual(frames);
    }),
  );
});

test('the family of a frame is the same object on the other side', () => {
  const sent: Frame = {
    family: other,
    kind: 'mixed',
    role: 'other',
    tag: 0x44,
    timestamp: 1,
    payload: Buffer.of(1),
    number: 0,
  };
  expect(codec.read(Buffer.from(codec.pack([sent])), 0).family).toBe(other);
});
