import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runTool } from '../support/run-tool.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const launcher = fileURLToPath(new URL('../../bin/streampump.cjs', import.meta.url));

/** The lines of a file of JSON so far. */
async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.for([1, 2])(
  'both logs go on in new files after SIGUSR2, and SIGUSR1 opens no debugger: %d worker(s)',
  { timeout: 60_000 },
  async (workers) => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'streampump-logs-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const [logFile, accessFile] = [join(folder, 'relay.log'), join(folder, 'access.log')];
    const local = { host: '127.0.0.1', port: 0 };
    const env = {
      STREAMPUMP_LISTEN: JSON.stringify({ rtmp: local, http: null, admin: null }),
      STREAMPUMP_WORKERS: String(workers),
      STREAMPUMP_LOG_FILE: logFile,
      STREAMPUMP_ACCESS_LOG_FILE: accessFile,
    };
    const relay = stack.use(runTool(process.execPath, [launcher, 'relay'], { env }));
    const until = async (path: string, event: Record<string, unknown>): Promise<Record<string, unknown>> => {
      const found = expect.objectContaining(event);
      await expect.poll(() => linesOf(path), { timeout: 20_000 }).toContainEqual(found);
      return (await linesOf(path)).find((line) => found.asymmetricMatch(line)) ?? {};
    };
    const { port } = await until(logFile, { event: 'listening', listener: 'rtmp' });
    const publish = async (key: string, path: string): Promise<void> => {
      await (await TestPublisher.start(Number(port), key)).cut();
      await until(path, { stream: key, role: 'publisher' });
    };

    relay.kill('SIGUSR1');
    await publish('live/before', accessFile);
    for (const path of [logFile, accessFile]) await rename(path, `${path}.1`);
    relay.kill('SIGUSR2');
    await until(logFile, { event: 'log-file', file: accessFile });
    await publish('live/after', accessFile);

    expect(await linesOf(`${accessFile}.1`)).toMatchObject([{ stream: 'live/before' }]);
    expect(await linesOf(accessFile)).toMatchObject([{ stream: 'live/after' }]);
    relay.kill('SIGTERM');
    await until(logFile, { event: 'stopped' });
    await relay.exited;
    expect(relay.stdoutBuffer.toString()).toBe('');
    expect(relay.stderr).toBe('');
  },
);

test('wherever a relay is started for production, node is told to open no debugger', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  for (const path of ['package.json', 'deploy/Dockerfile', 'deploy/streampump.service'])
    expect(await read(path)).toMatch(/(?:"start": "exec node|"node",|NODE_OPTIONS=) ?"?--disable-sigusr1/);
});
