import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SteadyStream } from '../support/swarm/steady-stream.ts';
import { Swarm } from '../support/swarm/swarm.ts';
import { TwoRelays } from '../support/swarm/two-relays.ts';
import { Vigil } from '../support/swarm/vigil.ts';

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const minutes = Number(process.env['MINUTES'] ?? 1);

/** Everybody is gone within this time: of the deadlines in the config the longest, and what comes on top of it. */
const ALL_GONE_MS = 20_000;

const runs = [
  { threads: 'one thread', workers: 1, ms: minutes * 40_000 },
  { threads: 'two workers', workers: 2, ms: minutes * 20_000 },
];

test.each(runs)(
  'whatever valid sessions do, a relay of $threads keeps to its budgets and steady players miss nothing',
  async ({ threads, workers, ms }) => {
    console.log(`${threads}: SEED=${seed} MINUTES=${minutes} npm run budget`);
    await using relays = await TwoRelays.start(seed, workers, ms + 120_000);
    const { relay, neighbour } = relays;
    await using steady = new AsyncDisposableStack();
    const streams = await playSteadily(relays, steady);
    await using vigil = await Vigil.begin(relay, neighbour, workers === 1 ? 1 : workers + 1);
    const swarm = new Swarm(seed, relays.place, relays.neighbouringPlace, (random) => relays.reload(random));
    try {
      await swarm.run(ms, vigil.broken);
    } finally {
      swarm.close();
    }
    await sleep(1000); // what was on its way comes to the steady players
    const missed = streams.flatMap((stream) => stream.faults());
    const played = streams.map(({ playedFrames }) => playedFrames);
    await steady.disposeAsync();
    const left = await vigil.end(ALL_GONE_MS);
    console.log(`${threads}: ${swarm.steps.length} steps, ${played} frames played, ${vigil.summary}`);
    const faults = [...missed, ...vigil.faults, ...left];
    if (faults.length > 0) {
      const file = join(tmpdir(), `streampump-steps-${seed}-${workers}.txt`);
      writeFileSync(file, [...swarm.steps, '', relay.relay.log, relay.relay.tool.stderr].join('\n'));
      console.log(
        `SEED=${seed}: all steps and the log are in ${file}, the last steps were\n${swarm.steps.slice(-30).join('\n')}`,
      );
    }
    expect(faults).toEqual([]);
    expect(Math.min(...played)).toBeGreaterThan(0);
  },
  minutes * 60_000 + 120_000,
);

/** Streams that are published here and there, and players of all kinds, on both sides of both relays. */
async function playSteadily(
  { relay, neighbour }: TwoRelays,
  stack: AsyncDisposableStack,
): Promise<SteadyStream[]> {
  const [here, there] = [relay.relay, neighbour.relay];
  const own = stack.use(await SteadyStream.publish(here.rtmpPort, 'live/steady'));
  const fromNeighbour = stack.use(await SteadyStream.publish(there.rtmpPort, 'fromb/steady'));
  const toNeighbour = stack.use(await SteadyStream.publish(here.rtmpPort, 'froma/steady'));
  own.playRtmp(here.rtmpPort, 'live/steady');
  own.playHttp(here.flvUrl('live/steady'));
  own.playWebSocket(here.flvUrl('live/steady').replace('http:', 'ws:'));
  fromNeighbour.playHttp(here.flvUrl('fromb/steady'));
  fromNeighbour.playRtmp(here.rtmpPort, 'fromb/steady');
  toNeighbour.playRtmp(there.rtmpPort, 'froma/steady');
  const asf = stack.use(SteadyStream.push(there.httpPort, 'streams/bsteady'));
  asf.playMmsh(there.httpPort, 'streams/bsteady');
  asf.playMmsh(here.httpPort, 'streams/bsteady');
  return [own, fromNeighbour, toNeighbour, asf];
}
