import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Machine, whyNoMachines } from '../support/networks/machine.ts';
import { contentOf, hashFile, readHashes } from '../support/probe.ts';
import { type LogRecord, recordsIn } from '../support/relay-process.ts';
import type { RunningTool } from '../support/run-tool.ts';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const clip = fileURLToPath(new URL('../fixtures/bbb.flv', import.meta.url));

/** What those of the old relay get to end by themselves, milliseconds. */
const DRAIN_MS = 12_000;

/** A machine on which relays replace each other, with a folder for their sockets. */
class Site implements AsyncDisposable {
  readonly folder: string;
  readonly #machine: Machine;
  readonly #stack: AsyncDisposableStack;

  private constructor(folder: string, machine: Machine, stack: AsyncDisposableStack) {
    this.folder = folder;
    this.#machine = machine;
    this.#stack = stack;
  }

  static async start(): Promise<Site> {
    const stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'streampump-upgrade-'));
    stack.defer(() => rm(folder, { recursive: true }));
    return new Site(folder, stack.use(await Machine.start()), stack);
  }

  /** Runs a command line without quotes. */
  run(line: string): RunningTool {
    const [program = '', ...args] = line.split(' ');
    return this.#stack.use(this.#machine.run(program, args));
  }

  /** Plays again and again, each time until media comes or the connection ends. @returns what came each time, bytes */
  async join(path: string, port: number, enough: AbortSignal): Promise<number[]> {
    const received: number[] = [];
    while (!enough.aborted) {
      const socket = await this.#machine.connect({ host: '127.0.0.1', port });
      let bytes = 0;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await new Promise<void>((resolve) => {
        socket.on('error', () => {}); // 'close' follows
        socket.on('close', () => resolve());
        socket.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > 4000) socket.destroy();
        });
      });
      received.push(bytes);
    }
    return received;
  }

  /** Starts a relay; every line of its log is written. */
  relay(config: Readonly<Record<string, unknown>>, ...args: string[]): RunningTool {
    const log = { format: 'json', linesPerSecond: 10_000, linesPerSecondPerAddress: 10_000 };
    const variables = Object.entries({ log, admin: { socket: null }, ...config }).map(
      ([name, value]) => `STREAMPUMP_${name.toUpperCase()}=${JSON.stringify(value)}`,
    );
    const command = [...variables, process.execPath, cli, 'relay', ...args];
    return this.#stack.use(this.#machine.run('env', command, { timeLimitMs: 110_000 }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function linesOf(relay: RunningTool, event: string): LogRecord[] {
  return recordsIn(relay.stdoutBuffer.toString()).filter((line) => line.event === event);
}

/** The video that a viewer has got. */
function videoOf(viewer: RunningTool): string[] {
  return contentOf(readHashes(viewer.stdoutBuffer.toString()).video);
}

test.skipIf(whyNoMachines !== undefined).for([1, 2])(
  'a successor takes over from a relay with %d worker(s): nobody is refused, no frame is lost, and the publisher is taken back',
  { timeout: 120_000 },
  async (workers) => {
    await using site = await Site.start();
    await site.run('sysctl -w net.ipv4.tcp_migrate_req=1').output;
    const host = '127.0.0.1';
    const listen = { rtmp: { host, port: 1935 }, http: { host, port: 8080 }, admin: { host, port: 9935 } };
    const socket = join(site.folder, 'admin.sock');
    const config = { listen, workers, admin: { socket }, drain: { timeoutMs: DRAIN_MS } };
    const old = site.relay(config);
    await old.waitForStdout(/"listener":"admin","host":"\//);
    const streams = [{ match: '**', source: { type: 'pull', urls: [`rtmp://${host}/{key}`] } }];
    const chained = site.relay({ listen: { rtmp: { host, port: 2935 }, http: null, admin: null }, streams });
    await chained.waitForStdout(/"listener":"rtmp"/);
    const publish = (): RunningTool =>
      site.run(
        `ffmpeg -nostdin -v error -re -stream_loop -1 -i ${clip} -c copy -f flv rtmp://${host}/live/a`,
      );
    const publisher = publish();
    await old.waitForStdout(/"event":"publish"/);
    const viewer = site.run(
      `ffmpeg -nostdin -v error -copyts -i rtmp://${host}:2935/live/a -map 0:v -map 0:a -c copy -flush_packets 1 -f framemd5 -`,
    );
    await expect.poll(() => videoOf(viewer).length, { timeout: 20_000 }).toBeGreaterThan(20);

    const joins = (relay: RunningTool): number =>
      linesOf(relay, 'play').filter(({ protocol }) => protocol === 'http-flv').length; // not the chained relay
    const enough = new AbortController();
    const joining = Promise.all(
      Array.from({ length: 24 }, () => site.join('/live/a.flv', 8080, enough.signal)),
    );
    joining.catch(() => {}); // it is awaited below
    await expect.poll(() => joins(old), { timeout: 40_000 }).toBeGreaterThan(500);
    const successor = site.relay(config, '--replace');
    await expect.poll(() => joins(successor), { timeout: 40_000 }).toBeGreaterThan(100);
    await expect.poll(() => joins(old) + joins(successor), { timeout: 40_000 }).toBeGreaterThan(1000);
    enough.abort();
    const joined = await joining;
    expect(joined.flat().filter((bytes) => bytes < 4000)).toEqual([]);
    expect(joined.flat().length).toBeGreaterThanOrEqual(1000);
    await successor.waitForStdout(/"event":"handover"/);
    expect(linesOf(successor, 'handover')).toMatchObject([{ level: 'info' }]);
    const probe = `curl -s --unix-socket ${socket} http://localhost/healthz`;
    expect((await site.run(probe).exited).code).toBe(0);
    const names = await readdir(site.folder);
    const drainingSocket = names.find((name) => name.startsWith('admin.sock.draining-')) ?? '';
    expect(names).toEqual(expect.arrayContaining(['admin.sock', drainingSocket]));
    const readyz = `curl -s --unix-socket ${join(site.folder, drainingSocket)} http://localhost/readyz`;
    expect(await site.run(readyz).output).toMatch(/draining/);
    const seenBefore = videoOf(viewer).length;
    const moves = (): number =>
      linesOf(chained, 'upstream').filter(({ reason }) => reason === 'replaced').length;
    await expect.poll(moves, { timeout: 5000 }).toBe(1);

    await publisher.exited; // the old relay's time is over
    const again = publish();
    await old.exited;
    expect(linesOf(old, 'stopped')).toMatchObject([{ reason: 'handed-over' }]);
    await expect.poll(() => linesOf(successor, 'publish').length, { timeout: 10_000 }).toBe(1);
    const seen = videoOf(viewer).length;
    await expect.poll(() => videoOf(viewer).length, { timeout: 20_000 }).toBeGreaterThan(seen + 50);
    await again.stop();
    await viewer.stop();
    expect(linesOf(chained, 'upstream').filter(({ level }) => level === 'warn')).toEqual([]);

    // from the first frame on as the clip goes round and round, and once more from its beginning
    const { video } = await hashFile(clip);
    const round = contentOf(video);
    const got = videoOf(viewer);
    const start = round.indexOf(got[0] ?? '');
    const expected = got.map((_, i) => round[(start + i) % round.length]);
    const other = got.findIndex((frame, i) => frame !== expected[i]);
    const cut = other < 0 ? got.length : other; // by chance the clip had come to its end
    expect(cut).toBeGreaterThan(seenBefore);
    expect(got.slice(cut)).toEqual(got.slice(cut).map((_, i) => round[i % round.length]));
    expect(await readdir(site.folder)).toEqual(['admin.sock']);
  },
);
