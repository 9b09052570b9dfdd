import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './free-port.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** node-media-server: a server of RTMP, HTTP-FLV and WebSocket-FLV that is not ours. */
export interface NodeMediaServer extends AsyncDisposable {
  readonly tool: RunningTool;
  readonly rtmpPort: number;
  readonly httpPort: number;
}

/** Starts node-media-server in a process of its own; resolves when both of its ports are open. */
export async function startNodeMediaServer(): Promise<NodeMediaServer> {
  const packageJson = createRequire(import.meta.url).resolve('node-media-server/package.json');
  const folder = await mkdtemp(join(tmpdir(), 'streampump-nms-'));
  const [rtmpPort, httpPort] = [await freePort(), await freePort()];
  const config = {
    bind: '127.0.0.1',
    rtmp: { port: rtmpPort },
    http: { port: httpPort },
    webadmin: { enable: false },
    store: { path: join(folder, 'data') },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const program = join(dirname(packageJson), 'bin', 'app.js');
  const args = [program, '--config', join(folder, 'config.json')];
  const tool = runTool(process.execPath, args, { cwd: folder });
  await Promise.race([
    Promise.all([rtmpPort, httpPort].map(untilOpen)),
    tool.exited.then(() => Promise.reject(new Error(`node-media-server ended: ${tool.stderr}`))),
  ]);
  return {
    tool,
    rtmpPort,
    httpPort,
    async [Symbol.asyncDispose]() {
      await tool[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its log does not say when it listens in a way to rely on: knocks until somebody opens. */
async function untilOpen(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}
