/**
 * Measures how much later a frame reaches a player for each relay that it passes: a chain of relays, each a process of its
 * own, and in this process a publisher at the first and a player at every one of them.
 * Usage: node bench/hop-delay.ts [hops] [seconds]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type RelayProcess, startRelayProcess } from '../test/support/relay-process.ts';
import { TestClient } from '../test/support/test-client.ts';
import { TestPublisher } from '../test/support/test-publisher.ts';

const KEY = 'bench/hops';
const AUDIO = 8;
const VIDEO = 9;
/** About 1.5 Mbit/s: video at 25 frames a second with a keyframe every 2 s, audio at 50. */
const VIDEO_BYTES = 7000;
const AUDIO_BYTES = 200;
const KEYFRAME_EVERY = 50;
/** What comes with the burst or while the processes warm up does not count, milliseconds. */
const WARM_UP_MS = 3000;

/** A player that notes when each numbered frame came. */
class TimingPlayer extends TestClient {
  readonly delays: number[] = [];
  readonly #sentAt: ReadonlyMap<number, number>;

  constructor(port: number, sentAt: ReadonlyMap<number, number>) {
    super(port, 'play', KEY);
    this.#sentAt = sentAt;
  }

  override onMedia(_type: number, _timestamp: number, payload: Buffer): void {
    if (payload.length < AUDIO_BYTES) return;
    const sentAt = this.#sentAt.get(payload.readUInt32BE(5));
    if (sentAt !== undefined) this.delays.push(performance.now() - sentAt);
  }
}

async function startChain(hops: number): Promise<RelayProcess[]> {
  const log = { level: 'info', format: 'json' };
  const relays = [await startRelayProcess({ config: { log } })];
  for (let hop = 1; hop <= hops; hop++) {
    const upstream = `rtmp://127.0.0.1:${relays[hop - 1]?.rtmpPort}`;
    relays.push(await startRelayProcess({ upstream, config: { log } }));
  }
  return relays;
}

/** Sends frames in real time; notes when each number that counts was sent. */
async function publish(
  publisher: TestPublisher,
  seconds: number,
  sentAt: Map<number, number>,
): Promise<void> {
  const startedAt = performance.now();
  publisher.sendMedia({ type: VIDEO, timestamp: 0, payload: Buffer.from('170000000001640000', 'hex') });
  publisher.sendMedia({ type: AUDIO, timestamp: 0, payload: Buffer.from('af001210', 'hex') });
  for (let number = 0; number * 20 < WARM_UP_MS + seconds * 1000; number++) {
    await sleep(Math.max(0, startedAt + number * 20 - performance.now()));
    const isVideo = number % 2 === 0;
    const payload = Buffer.alloc(isVideo ? VIDEO_BYTES : AUDIO_BYTES);
    const kind = number % (2 * KEYFRAME_EVERY) === 0 ? '1701000000' : '2701000000';
    payload.write(isVideo ? kind : 'af01', 'hex');
    payload.writeUInt32BE(number, 5);
    if (number * 20 >= WARM_UP_MS) sentAt.set(number, performance.now());
    publisher.sendMedia({ type: isVideo ? VIDEO : AUDIO, timestamp: number * 20, payload });
  }
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const hops = Number(process.argv[2] ?? 4);
const seconds = Number(process.argv[3] ?? 20);
const relays = await startChain(hops);
const sentAt = new Map<number, number>();
const players = relays.map(({ rtmpPort }) => new TimingPlayer(rtmpPort, sentAt));
const publisher = await TestPublisher.start(relays[0]?.rtmpPort ?? 0, KEY);
await publish(publisher, seconds, sentAt);
await sleep(1000); // the last frames are on their way

console.log('hops  frames  median ms  p99 ms  median per hop ms  p99 per hop ms');
const results = players.map(({ delays }) => delays.toSorted((a, b) => a - b));
const own = results[0] ?? [];
for (const [hop, delays] of results.entries()) {
  const [median, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  const perHop = [median - percentile(own, 0.5), p99 - percentile(own, 0.99)].map((ms) =>
    hop === 0 ? '-' : (ms / hop).toFixed(2),
  );
  const row = [hop, delays.length, median.toFixed(2), p99.toFixed(2), ...perHop];
  console.log(row.map((cell, at) => String(cell).padStart([4, 8, 11, 8, 19, 16][at] ?? 8)).join(''));
}
await Promise.all([publisher, ...players].map((client) => client.cut()));
await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()));
