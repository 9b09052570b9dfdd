import { execFileSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Log, openLog } from '../src/log.ts';
import type { LogEvent } from '../src/log-events.ts';
import { LineBudget, LogOutput, MAX_HELD_BYTES } from '../src/log-output.ts';
import { media } from './support/fake-media.ts';
import { runTool } from './support/run-tool.ts';
import { TestPlayer } from './support/test-player.ts';
import { TestPublisher } from './support/test-publisher.ts';

/** A reader of a log that takes a line when the test says so. */
class SlowReader {
  readonly output: LogOutput = new LogOutput({
    write: (line, done) => this.#waiting.push([line.toString(), done]),
  });
  readonly read: Record<string, unknown>[] = [];
  readonly bytes: number[] = [];
  readonly #waiting: [string, (error?: Error) => void][] = [];

  take(lines: number, error?: Error): void {
    for (const [line, done] of this.#waiting.splice(0, lines)) {
      this.bytes.push(Buffer.byteLength(line));
      if (error === undefined) this.read.push(JSON.parse(line) as Record<string, unknown>);
      done(error);
    }
  }

  takeAll(error?: Error): void {
    while (this.#waiting.length > 0) this.take(1, error);
  }

  get events(): unknown[] {
    return this.read.map(({ event, lines }) => (event === 'log-dropped' ? [event, lines] : event));
  }
}

const options = { level: 'info', format: 'json', linesPerSecond: 100, linesPerSecondPerAddress: 5 } as const;
const kilobyte = 'x'.repeat(900); // with what pino adds

/** Writes a line whose event is any word. */
function say(log: Log, event: string, text = '', kind: 'info' | 'error' = 'info'): void {
  log.write({ kind, event: event as LogEvent, text, fields: {} });
}

test('lines beyond what may wait are missing in one place, and the log says there how many', async () => {
  const reader = new SlowReader();
  const log = await openLog(options, 'ottawa', reader.output);
  for (let i = 0; i < 2000; i++) say(log, `e${i}`, kilobyte);
  reader.take(1);
  say(log, 'small'); // there is room for it, but a gap is a gap
  reader.takeAll();
  say(log, 'after');
  reader.takeAll();
  const written = reader.events.findIndex((event) => Array.isArray(event));
  const heldBytes = reader.bytes.slice(0, written).reduce((sum, bytes) => sum + bytes, 0);
  expect(heldBytes).toBeGreaterThan(MAX_HELD_BYTES - 1000);
  expect(heldBytes).toBeLessThanOrEqual(MAX_HELD_BYTES);
  expect(reader.events.slice(0, written)).toEqual(Array.from({ length: written }, (_, i) => `e${i}`));
  expect(reader.events.slice(written)).toEqual([['log-dropped', 2001 - written], 'after']);
  expect(reader.read[written]?.['msg']).toBe(
    `${2001 - written} lines are missing here: nobody was reading the log`,
  );
});

test('where only errors are logged, missing lines are told as well', async () => {
  const reader = new SlowReader();
  const log = await openLog({ ...options, level: 'error', linesPerSecond: 10_000 }, 'ottawa', reader.output);
  for (let i = 0; i < 2000; i++) say(log, `e${i}`, kilobyte, 'error');
  reader.takeAll();
  expect(reader.events.at(-1)).toEqual(['log-dropped', expect.any(Number)]);
});

test('lines for a reader that has gone are counted, and told to the next one', async () => {
  const reader = new SlowReader();
  const log = await openLog(options, 'ottawa', reader.output);
  for (let i = 0; i < 2000; i++) say(log, 'lost', kilobyte);
  reader.takeAll(new Error('EPIPE'));
  for (let i = 0; i < 5; i++) say(log, 'lost');
  reader.takeAll(new Error('EPIPE'));
  say(log, 'read');
  reader.takeAll();
  expect(reader.events).toEqual(['read', ['log-dropped', 2005]]);
});

test('a flush ends when everything has been taken', async () => {
  const reader = new SlowReader();
  const log = await openLog(options, 'ottawa', reader.output);
  await reader.output.flush(1e6); // nothing waits
  say(log, 'a');
  say(log, 'b');
  let isFlushed = false;
  const flushed = reader.output.flush(1e6).then(() => {
    isFlushed = true;
  });
  reader.take(1);
  await Promise.resolve();
  expect(isFlushed).toBe(false);
  reader.take(1);
  await flushed;
});

test('a flush gives a reader that stands still up in time', async () => {
  const reader = new SlowReader();
  const log = await openLog(options, 'ottawa', reader.output);
  say(log, 'a');
  await reader.output.flush(1);
  expect(reader.events).toEqual([]);
});

test('a budget counts bytes, not lines', () => {
  const budget = new LineBudget();
  expect(budget.take(MAX_HELD_BYTES)).toBe(true);
  expect(budget.take(1)).toBe(false);
  expect(budget.give(MAX_HELD_BYTES / 4)).toBe(0);
  expect(budget.take(1)).toBe(false);
  expect(budget.give(MAX_HELD_BYTES / 4)).toBe(2);
  expect(budget.take(MAX_HELD_BYTES / 2)).toBe(true);
});

/** A relay as a process whose log goes into a pipe that the test reads, or does not. */
class PipedRelay implements AsyncDisposable {
  readonly #folder: string;
  readonly #reader: Socket;
  readonly #tool: ReturnType<typeof runTool>;
  log = '';
  #look: () => void = () => {};

  private constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder;
    const pipe = join(folder, 'log');
    execFileSync('mkfifo', [pipe]);
    this.#reader = new Socket({ fd: openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK) });
    this.#reader.on('data', (bytes: Buffer) => {
      this.log += bytes.toString();
      this.#look();
    });
    const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
    const command = [process.execPath, cli, 'relay', '--host', '127.0.0.1'];
    const ports = ['--rtmp-port', '0', '--http-port', '0', '--admin-port', '0'];
    const args = ['-c', 'exec "$@" >"$PIPE"', 'sh', ...command, ...ports];
    this.#tool = runTool('sh', args, { env: { ...env, PIPE: pipe } });
  }

  static async start(env: Record<string, string>): Promise<PipedRelay> {
    return new PipedRelay(await mkdtemp(join(tmpdir(), 'streampump-log-')), env);
  }

  async port(listener: string): Promise<number> {
    const pattern = new RegExp(`"event":"listening","listener":"${listener}"[^\\n]*"port":(\\d+)`);
    return Number((await this.waitFor(pattern))[1]);
  }

  async waitFor(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.log.match(pattern);
      if (match !== null) return match;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#look = resolve;
      await promise;
    }
  }

  stopReading(): void {
    this.#reader.pause();
  }

  readOn(): void {
    this.#reader.resume();
  }

  terminate(): Promise<{ readonly code: number | null }> {
    this.#tool.kill('SIGTERM');
    return this.#tool.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]();
    this.#reader.destroy();
    await rm(this.#folder, { recursive: true });
  }
}

/** Publishers that are refused, each with a line or more of some hundred bytes. */
async function fillLog(port: number): Promise<void> {
  const refused = async (_: unknown, publisher: number): Promise<void> => {
    for (let i = 0; i < 80; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/live/refused${publisher}.flv`, {
        method: 'PUT',
        headers: { 'user-agent': 'x'.repeat(950), connection: 'close' },
        body: 'this is no FLV',
      });
      expect(response.status).toBe(400);
      await response.text();
    }
  };
  await Promise.all(Array.from({ length: 20 }, refused)); // each at a stream of its own, which nobody else claims
}

test.for([{ workers: '1' }, { workers: '2' }])(
  'a log that nobody reads holds nobody: $workers worker(s) serve on, and SIGTERM ends them',
  { timeout: 60_000 },
  async ({ workers }) => {
    await using relay = await PipedRelay.start({
      STREAMPUMP_LOG_LEVEL: 'debug',
      STREAMPUMP_LOG_LINES_PER_SECOND: '10000',
      STREAMPUMP_LOG_LINES_PER_SECOND_PER_ADDRESS: '10000',
      STREAMPUMP_WORKERS: workers,
      STREAMPUMP_DRAIN: '{"timeoutMs":0}',
    });
    const [rtmp, http, admin] = [
      await relay.port('rtmp'),
      await relay.port('http'),
      await relay.port('admin'),
    ];
    relay.stopReading();
    await fillLog(http);

    {
      await using player = TestPlayer.play(rtmp, 'live/a');
      await using publisher = await TestPublisher.start(rtmp, 'live/a');
      const [keyframe = Buffer.alloc(0)] = media('K1@0').map(({ payload }) => payload);
      publisher.sendMedia(...media('VH1@0 K1@0'));
      await player.waitFor(({ payload }) => payload.equals(keyframe));
    }
    expect((await fetch(`http://127.0.0.1:${admin}/healthz`)).status).toBe(200);

    relay.readOn();
    const dropped = await relay.waitFor(/"event":"log-dropped","lines":(\d+)[^\n]*\n/);
    const read = relay.log.slice(0, dropped.index).split('\n').slice(0, -1);
    for (const line of read) expect(() => JSON.parse(line) as unknown).not.toThrow(); // none is cut
    expect(Number(dropped[1])).toBeGreaterThan(0);

    relay.stopReading();
    await fillLog(http);
    expect(await relay.terminate()).toEqual({ code: 0, signal: null });
  },
);
