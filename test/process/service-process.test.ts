import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { TestPlayer } from '../support/test-player.ts';

/** A relay in a process of its own with a config file, and an operator of it. */
class OperatedRelay implements AsyncDisposable {
  readonly process: RelayProcess;
  readonly #folder: string;

  private constructor(process: RelayProcess, folder: string) {
    this.process = process;
    this.#folder = folder;
  }

  static async start(): Promise<OperatedRelay> {
    const folder = await mkdtemp(join(tmpdir(), 'streampump-operated-'));
    const file = join(folder, 'token');
    await writeFile(file, 'operate-token\n');
    const configFile = join(folder, 'relay.config.json');
    await writeFile(configFile, JSON.stringify({ drain: { timeoutMs: 60_000 } }));
    const admin = { socket: null, tokens: [{ name: 'alice', role: 'operate', file }] };
    return new OperatedRelay(await startRelayProcess({ configFile, config: { admin } }), folder);
  }

  write(config: string): Promise<void> {
    return writeFile(join(this.#folder, 'relay.config.json'), config);
  }

  async post(path: string, body: object | undefined): Promise<readonly [number, unknown]> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: 'Bearer operate-token', ...type };
    const url = `http://127.0.0.1:${this.process.adminPort}/api/v1/${path}`;
    const response = await fetch(url, { method: 'POST', headers, ...json });
    return [response.status, await response.json()];
  }

  /** Somebody who waits for a stream. */
  async player(): Promise<TestPlayer> {
    const player = TestPlayer.play(this.process.rtmpPort, 'live/a');
    await this.process.waitForLog(/"event":"play"/);
    return player;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }
}

test('an operator has the process read its configuration again, and drain, as signals do', async () => {
  await using relay = await OperatedRelay.start();
  await relay.write('{ "drain": { "timeoutMs": -1 }, "nonsense": 1 }');
  expect(await relay.post('reload', undefined)).toEqual([
    422,
    {
      error: 'config',
      message: 'the old configuration stays: the new one has faults',
      faults: [
        expect.stringContaining('drain.timeoutMs: expected an integer'),
        expect.stringContaining('nonsense: unknown setting'),
      ],
    },
  ]);
  await relay.write('{ "drain": { "timeoutMs": 60000 }, "workers": 2 }');
  expect(await relay.post('reload', undefined)).toEqual([200, { restartNeeded: ['workers'] }]);
  await using player = await relay.player();
  expect(await relay.post('drain', { timeoutMs: 200 })).toEqual([202, {}]);
  await player.closed;
  expect(await relay.process.tool.exited).toMatchObject({ code: 0 });
  expect(relay.process.find('stopped')).toMatchObject([
    {
      reason: 'drain-timeout',
      signal: null,
      sessions: 1,
      msg: expect.stringContaining('POST /api/v1/drain, and drain.timeoutMs was over'),
    },
  ]);
});

test('a signal while an operator has it drain ends the process at once', async () => {
  await using relay = await OperatedRelay.start();
  await using player = await relay.player();
  expect(await relay.post('drain', undefined)).toEqual([202, {}]);
  await relay.process.waitForLog(/"event":"draining"/);
  relay.process.tool.kill('SIGTERM');
  await player.closed;
  expect(await relay.process.tool.exited).toMatchObject({ code: 0 });
  expect(relay.process.find('stopped')).toMatchObject([{ reason: 'second-signal', signal: 'SIGTERM' }]);
});
