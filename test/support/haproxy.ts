import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningTool, runTool } from './run-tool.ts';

/** HAProxy: the program that the PROXY protocol comes from. */
export interface Haproxy extends AsyncDisposable {
  readonly tool: RunningTool;
}

/** Starts HAProxy; resolves when it listens. @param port - one of those that the configuration binds, on 127.0.0.1 */
export async function startHaproxy(config: string, port: number): Promise<Haproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-haproxy-'));
  await writeFile(join(folder, 'haproxy.cfg'), `${config}\n`);
  const tool = runTool('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
    timeLimitMs: 300_000, // it ends with the test
  });
  await listening(port, tool);
  return {
    tool,
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when somebody listens; rejects when the tool ends before that. HAProxy says nothing of it. */
async function listening(port: number, tool: RunningTool): Promise<void> {
  let hasEnded = false;
  void tool.exited.then(() => {
    hasEnded = true;
  });
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      new Promise<string[]>((resolve) => socket.on('close', () => resolve(['close']))),
    ]).catch(() => ['close']);
    socket.destroy();
    if (event === 'connect') return;
    if (hasEnded) throw new Error(`HAProxy has ended:\n${tool.stderr}`);
    await sleep(20);
  }
}
