/**
 * Simulates a fleet: real houses in processes of their own, relays that have a link and nothing else, and players that ask where to
 * go, come there and leave. Prints what it costs the houses, how long an answer takes, and how the relays come back when a house is
 * killed and started again. Houses run on the first core, all else on the second, where taskset is there.
 * Usage: node bench/fleet/simulate.ts [--relays 1000] [--players 100000] [--houses 1] [--ramp 60] [--churn 500] [--seconds 30]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type HouseLinkSettings, houseLinkSettings } from '../../src/config/house/house-link-settings.ts';
import { type HouseProcess, startHouseProcess } from '../../test/support/house-process.ts';
import { startRedis } from '../../test/support/redis.ts';
import { cpuSeconds, residentMiB } from '../process-gauge.ts';
import { pinTo } from '../tools.ts';
import { Crowd } from './crowd.ts';
import { planFleet } from './fleet-plan.ts';
import { LinkLog } from './link-log.ts';
import { Probe } from './probe.ts';
import { SimulatedRelay } from './simulated-relay.ts';

const { values } = parseArgs({
  options: {
    relays: { type: 'string', default: '1000' },
    players: { type: 'string', default: '100000' },
    houses: { type: 'string', default: '1' },
    ramp: { type: 'string', default: '60' },
    churn: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
  },
});
const [relayCount, playerCount, houseCount] = [values.relays, values.players, values.houses].map(Number) as [
  number,
  number,
  number,
];
const [rampSeconds, churn, seconds] = [values.ramp, values.churn, values.seconds].map(Number) as [
  number,
  number,
  number,
];

/** Players for each place: so full are large fleets at their peak. */
const LOAD = 0.85;

/** A house that was killed comes back after so long, milliseconds. */
const AWAY_MS = 3000;

const KEY = 'key-of-a-simulated-relay';
const places = Math.ceil(playerCount / relayCount / LOAD);

console.log(`${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}`);
console.log(`node bench/fleet/simulate.ts ${process.argv.slice(2).join(' ')}`);
pinTo(1, process.pid);

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'streampump-fleet-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));
const keyFile = join(folder, 'key');
await writeFile(keyFile, KEY);
const roster = planFleet({ relays: relayCount, places, key: KEY });
const redis = houseCount > 1 ? stack.use(await startRedis()) : undefined;
const houses: HouseProcess[] = [];
for (let at = 0; at < houseCount; at++) houses.push(stack.use(await startHouse()));

const log = new LinkLog();
const relays = new Map<string, SimulatedRelay>();
for (const [at, { id }] of roster.entries()) {
  const { httpPort } = houses[at % houseCount] as HouseProcess;
  const url = `http://127.0.0.1:${httpPort}`;
  const house = houseLinkSettings.parse({ url, id, keyFile, insecure: true }) as HouseLinkSettings;
  relays.set(id, new SimulatedRelay(house, places, log));
}
stack.defer(() => {
  for (const { link } of relays.values()) link.close();
});
await linkedUp(0);
console.log(
  `${relayCount} relays have linked up within ${spreadOf(log.linked, log.linked[0] ?? 0).last} ms\n`,
);
const crowd = stack.use(
  new Crowd(
    houses.map(({ url }) => url('').replace(/\/$/, '')),
    relays,
  ),
);

console.log(
  '| phase | players | asked/s | houses: cores | MiB | answer p50 / p99 / max ms | refused | failed | overfilled |',
);
const probe = stack.use(new Probe({ url: new URL(houses[0]?.url('') ?? '').origin, relays: relayCount }));
console.log('|---|---|---|---|---|---|---|---|---|');
await phase('links only', 10, 0, 0);
await phase('players come', rampSeconds, playerCount / rampSeconds, 0);
await phase('players stay', 10, 0, 0);
await phase('players come and go', seconds, churn, churn);
await restart();
await phase('after the restart', 10, churn, churn);

async function startHouse(at?: HouseProcess): Promise<HouseProcess> {
  const limits = { pendingSessions: 20_000, pendingSessionsPerAddress: 20_000 };
  const store = redis === undefined ? {} : { store: { type: 'redis', url: redis.url } };
  const http = { trustedProxies: ['127.0.0.1/32'] };
  const config = { limits, http, log: { level: 'info', format: 'json' }, ...store };
  const where = at === undefined ? {} : { httpPort: at.httpPort, rtmpPort: at.rtmpPort, folder: at.folder };
  const house = await startHouseProcess({ config, roster, timeLimitMs: 3_600_000, ...where });
  pinTo(0, house.tool.pid);
  return house;
}

async function phase(name: string, forSeconds: number, coming: number, going: number): Promise<void> {
  const pids = houses.map(({ tool }) => tool.pid);
  const before = pids.map(cpuSeconds);
  const begin = performance.now();
  await probe.take();
  const answers = await crowd.pass(forSeconds, coming, going);
  const latency = latencyText(await probe.take());
  const took = (performance.now() - begin) / 1000;
  const cores = pids.map((pid, at) => ((cpuSeconds(pid) - (before[at] ?? 0)) / took).toFixed(2));
  const memory = pids.map((pid) => residentMiB(pid).toFixed(0));
  console.log(
    `| ${name} | ${crowd.playing} | ${Math.round(coming)} | ${cores.join(', ')} | ${memory.join(', ')} | ${latency} | ${answers.refused} | ${answers.failed} | ${answers.overfilled} |`,
  );
}

function latencyText(latencies: readonly number[]): string {
  if (latencies.length === 0) return '';
  const at = (part: number): string => (latencies[Math.ceil(latencies.length * part) - 1] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.99)} / ${at(1)}`;
}

/** The last house dies, and another one comes in its place: how its relays find it. */
async function restart(): Promise<void> {
  const dead = houses.pop() as HouseProcess;
  log.linked = [];
  log.missed = [];
  const lostAt = performance.now();
  await dead.tool.stop('SIGKILL');
  await sleep(AWAY_MS);
  const house = stack.use(await startHouse(dead));
  const backAt = performance.now();
  houses.push(house);
  const before = cpuSeconds(house.tool.pid);
  await linkedUp(Math.floor(relayCount / houseCount));
  const { first, median, last, most } = spreadOf(log.linked, backAt);
  const tries = spreadOf(log.missed, lostAt);
  console.log(
    `\na house was killed and took new links ${Math.round(backAt - lostAt)} ms later: ${log.linked.length} relays came back, ` +
      `the first ${first} ms, half ${median} ms, the last ${last} ms after that; at most ${most} in 100 ms. ` +
      `Before that they had tried ${log.missed.length} times in vain, at most ${tries.most} in 100 ms. ` +
      `The house used ${(cpuSeconds(house.tool.pid) - before).toFixed(1)} s of CPU for it\n`,
  );
}

/** When all are linked, and so many have been anew. */
async function linkedUp(anew: number): Promise<void> {
  const limit = performance.now() + 120_000;
  const isDone = (): boolean =>
    log.linked.length >= Math.max(anew, 1) &&
    [...relays.values()].every(({ link }) => link.status.state === 'linked');
  while (!isDone()) {
    if (performance.now() > limit) throw new Error('the relays do not link up');
    await sleep(50);
  }
}

/** Milliseconds after a moment, and how many there were at most in a tenth of a second. */
function spreadOf(
  times: readonly number[],
  since: number,
): { first: number; median: number; last: number; most: number } {
  const sorted = times.map((time) => Math.round(time - since)).sort((one, other) => one - other);
  const perTenth = Map.groupBy(sorted, (ms) => Math.floor(ms / 100));
  const most = Math.max(0, ...[...perTenth.values()].map(({ length }) => length));
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { first: at(0), median: at(0.5), last: at(1), most };
}
