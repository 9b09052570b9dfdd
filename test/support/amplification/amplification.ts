import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchedRelay } from '../swarm/watched-relay.ts';
import { Caller } from './caller.ts';
import type { Verb } from './verb.ts';

/** What a relay has done for each byte that it was sent. */
export interface Amplification {
  /** Bytes that it was sent in all. */
  readonly received: number;
  readonly sent: number;
  /** Bytes of memory, as long as the connections are open. */
  readonly kept: number;
  readonly log: number;
  /** Nanoseconds of processor time. */
  readonly cpuNs: number;
}

/** Has a verb done many times, and measures what it costs the relay. */
export async function measure(relay: WatchedRelay, verb: Verb): Promise<Amplification> {
  await runAll(relay, verb, Math.ceil(verb.connections / 4)); // caches and compilers are warm from here on
  const callers: Caller[] = [];
  try {
    for (let i = 0; i < verb.connections; i++) callers.push(await open(relay, verb, i));
    if (verb.prepare !== undefined) for (const caller of callers) await verb.prepare(caller);
    const before = await tellOf(relay);
    for (const caller of callers) await verb.run(caller, verb.times);
    const after = await tellOf(relay);
    const received = after.received - before.received;
    return {
      received,
      sent: (after.sent - before.sent) / received,
      kept: Math.max(0, after.held - before.held) / received,
      log: (after.log - before.log) / received,
      cpuNs: ((after.cpuMs - before.cpuMs) * 1e6) / received,
    };
  } finally {
    for (const caller of callers) caller.close();
  }
}

async function runAll(relay: WatchedRelay, verb: Verb, connections: number): Promise<void> {
  for (let i = 0; i < connections; i++) {
    const caller = await open(relay, verb, i);
    await verb.prepare?.(caller);
    await verb.run(caller, verb.times);
    caller.close();
  }
}

/** From an address of its own, for limits that are those of one address are not to be met. */
function open({ relay }: WatchedRelay, { protocol }: Verb, index: number): Promise<Caller> {
  const port = protocol === 'RTMP' ? relay.rtmpPort : relay.httpPort;
  return Caller.open(port, `127.0.2.${1 + (index % 250)}`);
}

interface Told {
  readonly received: number;
  readonly sent: number;
  readonly held: number;
  readonly log: number;
  readonly cpuMs: number;
}

/** What the relay says of itself once it has written all of its log. */
async function tellOf(relay: WatchedRelay): Promise<Told> {
  const { heap, external, cpuMs } = await relay.holdings();
  for (let log = -1; log !== relay.logBytes; ) {
    log = relay.logBytes;
    await sleep(50);
  }
  const metrics = await relay.metrics();
  const sum = (name: string): number =>
    [...metrics].reduce(
      (total, [series, value]) => (series.startsWith(`${name}{`) ? total + value : total),
      0,
    );
  return {
    received: sum('streampump_received_bytes_total'),
    sent: sum('streampump_sent_bytes_total'),
    held: heap + external,
    log: relay.logBytes,
    cpuMs,
  };
}
