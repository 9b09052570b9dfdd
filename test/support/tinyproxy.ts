import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** tinyproxy: a proxy that asks for a user and a password. */
export interface Tinyproxy extends AsyncDisposable {
  readonly tool: RunningTool;
  readonly port: number;
  /** With user and password. */
  readonly url: string;
  /** The requests that it has logged, such as `CONNECT 127.0.0.1:80 HTTP/1.1`. */
  readonly requests: readonly string[];
}

/** Starts tinyproxy; resolves when it listens. @param connectPorts - the only ones that it tunnels to; any by default */
export async function startTinyproxy(connectPorts: readonly number[] = []): Promise<Tinyproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'streampump-tinyproxy-'));
  const port = await freePort();
  const config = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 600',
    'LogLevel Info',
    'BasicAuth tester sesame-word',
    ...connectPorts.map((connectPort) => `ConnectPort ${connectPort}`),
  ];
  await writeFile(join(folder, 'tinyproxy.conf'), `${config.join('\n')}\n`);
  const tool = runTool('tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')]);
  await tool.waitForStdout(/Accepting connections/);
  return {
    tool,
    port,
    url: `http://tester:sesame-word@127.0.0.1:${port}`,
    get requests() {
      const lines = tool.stdoutBuffer.toString().matchAll(/Request \(file descriptor \d+\): (.*)/g);
      return [...lines].map(([, request = '']) => request);
    },
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
