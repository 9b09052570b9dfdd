import { expect, test } from 'vitest';
import { FlvMessageType } from '../../../src/family/flv/flv-family.ts';
import { CacheBudget } from '../../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../../src/stream/cache/keyframe-group.ts';
import { frameOf } from '../../support/fake-media.ts';
import { heldMemory } from '../../support/held-memory.ts';

const { audio, video } = FlvMessageType;

/** A video message of this many tracks, each without a byte: sequence headers, or coded frames. */
function manyTracks(packetType: 0 | 1, count: number): Buffer {
  const ids = Array.from({ length: count }, (_, id) => Buffer.of(id, 0, 0, 0));
  return Buffer.concat([Buffer.of(0x96, 0x10 | packetType), Buffer.from('hvc1'), ...ids]);
}

test.each([
  { what: 'audio of a byte, each in a read of its own', type: audio, payload: Buffer.of(0x2f), readBytes: 2 },
  { what: 'audio of a byte, all in large reads', type: audio, payload: Buffer.of(0x2f), readBytes: 65_536 },
  { what: 'audio of 200 bytes', type: audio, payload: Buffer.alloc(200, 0x2f), readBytes: 212 },
  { what: 'coded video of 100 tracks', type: video, payload: manyTracks(1, 100), readBytes: 1024 },
  { what: 'video headers of 100 tracks', type: video, payload: manyTracks(0, 100), readBytes: 1024 },
  {
    what: 'payloads that are half of what was read with them',
    type: video,
    payload: Buffer.alloc(5000, 0x27),
    readBytes: 9990,
  },
])('$what: it takes no more to keep them than is counted', ({ type, payload, readBytes }) => {
  const budget = new CacheBudget(Number.POSITIVE_INFINITY);
  const group = new KeyframeGroup({ maxBytes: 2 ** 30, maxDurationMs: 30_000, resumeMs: 0, budget });
  const start = frameOf({ type: video, timestamp: 0, payload: Buffer.from('1701000000', 'hex') });
  group.take(start, true);
  const held = heldMemory();
  const counted = budget.bytes;
  for (let i = 0; i < 5000; i++) {
    const read = Buffer.allocUnsafeSlow(readBytes);
    payload.copy(read);
    const frame = frameOf({ type, timestamp: i, payload: read.subarray(0, payload.length) });
    group.take(frame, false);
  }
  expect(group.frames).toHaveLength(5001);
  const own = 50 * 5000; // of V8 itself meanwhile: less than any object of each frame would take
  expect(heldMemory() - held).toBeLessThan(budget.bytes - counted + own);
});
