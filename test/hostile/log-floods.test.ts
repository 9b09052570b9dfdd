import { test } from 'vitest';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { openLog } from '../../src/log.ts';
import { LogOutput } from '../../src/log-output.ts';
import { preflightFiles } from '../../src/service/relay/preflight.ts';
import { Relay } from '../../src/service/relay/relay.ts';
import { Cluster } from '../../src/service/relay/workers/cluster.ts';
import { reconfigure } from '../../src/service/serving/reconfigure.ts';
import { RawHttp } from '../support/http-client.ts';
import { RawClient } from '../support/raw-client.ts';

const local = { host: '127.0.0.1', port: 0 };

/** What a line takes besides what peers say, and what of that it shows, bytes. */
const MAX_LINE_BYTES = 1000;

/** An address has so many lines at once, and so many more a second. */
const AT_ONCE = 25;
const PER_SECOND = 5;

/** Lines about the relay itself and its upstreams that may come meanwhile. */
const OTHERS = 25;

/** A relay whose log is measured. */
class MeasuredRelay implements AsyncDisposable {
  readonly lines: Record<string, unknown>[] = [];
  bytes = 0;
  relay!: Relay | Cluster;

  static async start(workers = 1, config: Record<string, unknown> = {}): Promise<MeasuredRelay> {
    const measured = new MeasuredRelay();
    const settings = relaySettings.parse({
      admin: { socket: null },
      ...config,
      workers,
      listen: { rtmp: local, http: local, admin: null },
      log: { format: 'json' },
    });
    const output = new LogOutput({
      write: (line, done) => {
        measured.bytes += line.length;
        measured.lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
        done();
      },
    });
    const log = await openLog(settings.log, 'ottawa', output);
    measured.relay = await (workers === 1 ? Relay.start(settings, log) : Cluster.start(settings, log));
    // what an operator does while peers flood the log
    measured.reload = () => reconfigure(measured.relay, { load: () => JSON.parse('{'), preflightFiles }, log);
    return measured;
  }

  reload!: () => Promise<unknown>;

  port(protocol: string): number {
    return this.relay.listeners.find((listener) => listener.protocol === protocol)?.address.port ?? 0;
  }

  of(event: string): Record<string, unknown>[] {
    return this.lines.filter((line) => line['event'] === event);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.relay.close();
  }
}

/** Plays once. @returns what was sent for it, bytes */
async function play(port: number, flashVer: string): Promise<number> {
  await using client = await RawClient.open(port);
  client.connect('live', { flashVer });
  client.command('createStream', 2, null);
  await client.heard('_result 2');
  client.commandOn(1, 'play', 3, null, 'cam');
  client.command('createStream', 4, null);
  await client.heard('_result 4'); // the play before it is decided
  return client.socket.bytesWritten;
}

/** Is refused. @returns what was sent for it, bytes */
async function put(port: number, userAgent: string): Promise<number> {
  await using client = await RawHttp.open(port);
  client.send(`PUT /live/a.flv HTTP/1.1\nHost: x\nUser-Agent: ${userAgent}\nContent-Length: 9\n\nno FLV...`);
  await client.closed;
  return client.socket.bytesWritten;
}

function total(lines: readonly Record<string, unknown>[]): number {
  return lines.reduce((sum, line) => sum + Number(line['lines']), 0);
}

const floods = [
  {
    what: 'plays with invisible names',
    flood: (relay: MeasuredRelay) => play(relay.port('rtmp'), '\u202e'.repeat(1000)),
  },
  {
    what: 'refusals with long names',
    flood: (relay: MeasuredRelay) => put(relay.port('http'), 'x'.repeat(8000)),
  },
  {
    what: 'refusals with quotes',
    flood: (relay: MeasuredRelay) => put(relay.port('http'), '"\\'.repeat(4000)),
  },
];

test.concurrent.for(floods.flatMap((each) => [1, 2].map((workers) => ({ ...each, workers }))))(
  '$what in $workers thread(s): the log grows by less than was sent, says what is missing, and has room for others',
  { timeout: 60_000 },
  async ({ flood, workers }, { expect }) => {
    const always = { type: 'pull', start: 'always', urls: ['rtmp://127.0.0.1:1/{key}'] };
    const streams = [
      { match: 'tv/1', source: always },
      { match: '**', source: { type: 'push' } },
    ];
    await using relay = await MeasuredRelay.start(workers, { streams });
    const before = relay.bytes;
    const startedAt = performance.now();
    let sent = 0;
    for (let batch = 0; batch < 5; batch++) {
      const flooding = Array.from({ length: 20 }, () => flood(relay));
      for (const bytes of await Promise.all(flooding)) sent += bytes;
    }
    await relay.reload();
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    const lines = workers * (AT_ONCE + seconds * PER_SECOND) + OTHERS;
    expect(relay.bytes - before).toBeLessThan(Math.min(sent, lines * MAX_LINE_BYTES));
    expect(relay.of('config')).toHaveLength(1);
    await expect.poll(() => relay.of('upstream').length, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect
      .poll(() => relay.of('log-limited').length, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(workers);
    const { text } = await relay.relay.metrics();
    const counted = Number(/^streampump_log_left_out_lines_total\{about="peer"\} (\d+)$/m.exec(text)?.[1]);
    expect(counted).toBeGreaterThanOrEqual(total(relay.of('log-limited')));
    for (const { msg } of relay.of('log-limited'))
      expect(msg).toMatch(
        /^left out (\d+) lines about peers, \1 of them about 127\.0\.0\.1: there were too many$/,
      );
  },
);
