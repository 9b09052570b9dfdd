/**
 * Measures what a scrape of `/metrics` costs the thread that serves: a relay in this thread, its publishers and players in another
 * one. The CPU time of a scrape is measured while no media comes, less what the thread uses without scrapes; the pause is the longest
 * that the event loop was held while media comes, with scrapes and without.
 * Usage: node bench/scrape.ts [--players 5000] [--streams 1,1000] [--scrapes 40]
 */
import { Agent, request } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { flvBody, flvHeader } from '../test/support/flv-body.ts';
import { startRelay, type TestRelay } from '../test/support/start-relay.ts';

/** Every stream sends a piece of media in this time, milliseconds: in turns, so that the relay is never idle for long. */
const PIECE_MS = 200;

/** What is on its way when media stops or comes again has this time, milliseconds. */
const SETTLE_MS = 500;

/** Between two scrapes, milliseconds. */
const GAP_MS = 250;

interface Scene {
  readonly port: number;
  readonly adminPort: number;
  readonly streams: number;
  readonly players: number;
}

/** What the thread of the clients is asked to do; it says `done` when it is. */
interface Wish {
  readonly isLive: boolean;
  readonly scrapes: boolean;
  readonly count: number;
}

if (isMainThread) await measureAll();
else await serveAsClients(workerData as Scene);

async function measureAll(): Promise<void> {
  const { values } = parseArgs({
    options: {
      players: { type: 'string', default: '5000' },
      streams: { type: 'string', default: '1,1000' },
      scrapes: { type: 'string', default: '40' },
    },
  });
  console.log('| streams | players | ms for a scrape | longest pause ms, without | KiB |');
  console.log('|---|---|---|---|---|');
  for (const streams of values.streams.split(',').map(Number))
    console.log(await measure(streams, Number(values.players), Number(values.scrapes)));
}

async function measure(streams: number, players: number, scrapes: number): Promise<string> {
  const most = 100_000;
  const limits = { pendingSessions: most, pendingSessionsPerAddress: most, waitingPlayersPerAddress: most };
  await using relay = await startRelay({ limits, deadlines: { silenceMs: 600_000 } });
  const scene: Scene = { port: relay.port('http'), adminPort: relay.port('admin'), streams, players };
  const clients = new Worker(new URL(import.meta.url), { workerData: scene });
  const done = (): Promise<unknown> => new Promise((resolve) => clients.once('message', resolve));
  await done();
  await playing(relay, players);
  await sleep(3000);
  const run = async (wish: Wish): Promise<{ cpuMs: number; ms: number; pauseMs: number }> => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [before, from] = [process.threadCpuUsage(), performance.now()];
    clients.postMessage(wish);
    await done();
    const { user, system } = process.threadCpuUsage(before);
    delay.disable();
    return { cpuMs: (user + system) / 1000, ms: performance.now() - from, pauseMs: delay.max / 1e6 };
  };
  const turns: { readonly ms: number; readonly pauseMs: number; readonly without: number }[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const idle = await run({ isLive: false, scrapes: false, count: scrapes });
    const scraped = await run({ isLive: false, scrapes: true, count: scrapes });
    const { pauseMs: without } = await run({ isLive: true, scrapes: false, count: scrapes });
    const { pauseMs } = await run({ isLive: true, scrapes: true, count: scrapes });
    turns.push({ ms: (scraped.cpuMs - (idle.cpuMs / idle.ms) * scraped.ms) / scrapes, pauseMs, without });
  }
  const { text } = await relay.relay.metrics();
  const median = (read: (turn: (typeof turns)[number]) => number): string =>
    (turns.map(read).sort((a, b) => a - b)[1] ?? Number.NaN).toFixed(1);
  await clients.terminate();
  const pause = `${median((turn) => turn.pauseMs)}, ${median((turn) => turn.without)}`;
  return `| ${streams} | ${players} | ${median(({ ms }) => ms)} | ${pause} | ${(text.length / 1024).toFixed(0)} |`;
}

/** Resolves when so many get media. */
async function playing(relay: TestRelay, players: number): Promise<void> {
  while ((await relay.metric('streampump_first_frame_seconds_count')) < players) await sleep(200);
}

async function serveAsClients({ port, adminPort, streams, players }: Scene): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const publishers = Array.from({ length: streams }, (_, at) => {
    const path = `/live/stream-${at}.flv`;
    const post = request({ port, agent, path, method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
    post.on('error', () => {});
    post.write(flvHeader);
    post.write(flvBody('M1@0 VH1@0 AH1@0 K1@0'));
    return post;
  });
  for (let at = 0; at < players; at++) {
    const path = `/live/stream-${at % streams}.flv`;
    const get = request({ port, agent, path }, (response) => response.resume());
    get.on('error', () => {});
    get.end();
    if (at % 50 === 0) await sleep(5);
  }
  let piece = 0;
  let isLive = true;
  const startedAt = performance.now();
  setInterval(() => {
    if (!isLive) return;
    const now = Math.round(performance.now() - startedAt);
    const parts = Math.min(streams, PIECE_MS / 10);
    if (streams === 1 && ++piece % (PIECE_MS / 10) !== 0) return;
    if (streams > 1) piece++;
    for (let at = piece % parts; at < streams; at += parts)
      publishers[at]?.write(flvBody(`${Math.floor(piece / parts) % 10 === 0 ? 'K' : 'P'}1@${now}`));
  }, 10);
  const scrape = (): Promise<void> =>
    new Promise((resolve) => {
      const get = request({ port: adminPort, path: '/metrics', agent }, (response) => {
        response.resume();
        response.on('end', resolve);
      });
      get.end();
    });
  parentPort?.on('message', async (wish: Wish) => {
    isLive = wish.isLive;
    await sleep(SETTLE_MS);
    for (let i = 0; i < wish.count; i++) {
      if (wish.scrapes) await scrape();
      await sleep(GAP_MS);
    }
    parentPort?.postMessage('done');
  });
  parentPort?.postMessage('done');
}
