import { test } from 'vitest';
import { ByteQueue } from '../../src/bytes/byte-queue.ts';
import { AsfFrames } from '../../src/family/asf/asf-frames.ts';
import { mmshWireForm } from '../../src/family/asf/mmsh-wire-form.ts';
import { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import { flvFrame } from '../../src/family/flv/flv-frame.ts';
import { rtmpWireForm } from '../../src/family/flv/rtmp-wire-form.ts';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { ChunkReader } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { CacheBudget } from '../../src/stream/cache/cache-budget.ts';
import { KeyframeGroup } from '../../src/stream/cache/keyframe-group.ts';
import { systemClock } from '../../src/stream/clock.ts';
import { FanOut } from '../../src/stream/fan-out/fan-out.ts';
import { FlushQueue } from '../../src/stream/fan-out/flush-queue.ts';
import { FrameRun } from '../../src/stream/fan-out/frame-run.ts';
import { pack } from '../../src/stream/fan-out/pack.ts';
import type { WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { Frame } from '../../src/stream/frame.ts';
import type { Player } from '../../src/stream/player.ts';
import { asfHeader, asfPacket } from '../../test/support/asf-maker.ts';

const limits = { messageBytes: 2 ** 23, partialBytes: 12 * 2 ** 20, chunkStreams: 64 };

/** A batch of 100 ms: three video frames of 8 KB and four of audio. */
const frames: Frame[] = [8000, 370, 370, 8000, 370, 8000, 370].flatMap((size, i) => {
  const isVideo = size > 1000;
  const payload = Buffer.alloc(size, 1);
  payload.set(isVideo ? [i === 0 ? 0x17 : 0x27, 1, 0, 0, 0] : [0xaf, 1]);
  return flvFrame(isVideo ? FlvMessageType.video : FlvMessageType.audio, i * 15, payload) ?? [];
});

const wire = Buffer.concat(
  frames.map(({ tag, timestamp, payload }) =>
    encodeChunks({ type: tag as FlvMessageType, timestamp, messageStreamId: 1 }, payload, 4096),
  ),
);
const setChunkSize = Buffer.from('02000000000004010000000000001000', 'hex');
const connectObject = amfObject({ app: 'live', tcUrl: 'rtmp://host/live', capabilities: 15, fpad: false });
const connect = encodeAmf0('connect', 1, connectObject);
const { packing } = rtmpWireForm({ messageStreamId: 1, audio: true, video: true });

/** A player whose socket takes everything at once. */
function idlePlayer(): Player {
  return { isRelay: false, backlogBytes: 0, takenBytes: 0, write() {}, onStart() {}, onEnd() {} };
}

/** The same media as ASF: audio and pictures fill packets of 3,200 bytes one behind the other. */
const asfIntake = new AsfFrames();
asfIntake.header(asfHeader({ packetBytes: 3200 }));
const asfPackets = Array.from({ length: 8 }, (_, i) =>
  asfPacket({
    packetBytes: 3200,
    sendTimeMs: i * 12,
    payloads: [
      { stream: 1, data: 370 },
      { stream: 2, isKey: i === 0, offset: i === 0 ? 0 : 4000, data: 2750 },
    ],
  }),
);
const asfFrames = asfPackets.map((packet) => asfIntake.packet(packet));
const shiftedFrames = asfFrames.map((frame) => ({ ...frame, timestamp: frame.timestamp + 1000 }));
const mmsh = mmshWireForm(false);

const fanOut = fanOutOf(1000, rtmpWireForm({ messageStreamId: 1, audio: true, video: true }));
const mmshFanOut = fanOutOf(1000, mmsh);

function flush(to: FanOut, batch: readonly Frame[]): void {
  for (const frame of batch) to.push(frame, systemClock.now());
  while (!to.flush());
}

function fanOutOf(players: number, form: WireForm): FanOut {
  const queue = new FlushQueue(systemClock, { maxDelayMs: 100, cpuShare: 0.25 });
  const cache = new KeyframeGroup({
    maxBytes: 2 ** 24,
    maxDurationMs: 30_000,
    resumeMs: 0,
    budget: new CacheBudget(Number.POSITIVE_INFINITY),
  });
  const out = new FanOut(
    systemClock,
    queue,
    cache,
    { maxBacklogBytes: 2 ** 23, maxBacklogMs: 10_000, stallTimeoutMs: 15_000 },
    { onFlush() {}, onSlice() {} },
  );
  for (let i = 0; i < players; i++) out.add(idlePlayer(), { form, lateJoin: 'live' });
  return out;
}

const works: Readonly<Record<string, () => void>> = {
  'chunk reader: 7 messages, 25 KB, chunks of 4,096': () => {
    const bytes = new ByteQueue();
    const reader = new ChunkReader(bytes, limits);
    bytes.push(setChunkSize);
    bytes.push(wire);
    for (const _ of reader.messages());
  },
  'chunk writer: 7 messages, 25 KB': () => {
    for (const { tag, timestamp, payload } of frames)
      encodeChunks({ type: tag as FlvMessageType, timestamp, messageStreamId: 1 }, payload);
  },
  'AMF0: decode connect': () => {
    decodeAmf0(connect);
  },
  'AMF0: encode connect': () => {
    encodeAmf0('connect', 1, connectObject);
  },
  'packager: a batch of 7 frames': () => {
    pack([new FrameRun(packing, frames)]);
  },
  'packager: the same media as ASF in 8 packets, MMSH': () => {
    pack([new FrameRun(mmsh.packing, asfFrames)]);
  },
  'packager: the same at other times': () => {
    pack([new FrameRun(mmsh.packing, shiftedFrames)]);
  },
  'ASF: 8 packets told apart': () => {
    for (const packet of asfPackets) asfIntake.packet(packet);
  },
  'flush: a batch of 7 frames to 1,000 players': () => flush(fanOut, frames),
  'flush: the same media as ASF to 1,000 MMSH players': () => flush(mmshFanOut, asfFrames),
};

/** The fixed piece of work that all others are put in relation to, so that a run on any machine says something. */
const REFERENCE = 'reference: 100,000 additions';
let sum = 0;
function reference(): void {
  for (let i = 0; i < 100_000; i++) sum = (sum + i) | 0;
}

test('micro benchmarks', { timeout: 120_000 }, async ({ bench }) => {
  const registered = Object.entries(works).map(([name, work]) => bench(name, work));
  const results = await bench.compare(bench(REFERENCE, reference), ...registered);
  const unit = results.get(REFERENCE).latency.p50;
  const lines = Object.keys(works).map((name) => {
    const { p50 } = results.get(name).latency;
    return `${name.padEnd(52)} ${(p50 * 1000).toFixed(1).padStart(9)} us ${(p50 / unit).toFixed(3).padStart(9)}`;
  });
  console.log([`${'median time; ratio to the reference loop'.padEnd(52)}`, ...lines].join('\n'));
});
