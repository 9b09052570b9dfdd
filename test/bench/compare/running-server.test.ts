import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/packages.ts';

const module = new URL('../../../bench/compare/running-server.ts', import.meta.url).href;

/** A server as nginx is: a worker listens, and the master ends it when it is asked to go. */
const master = `const { spawn } = require('node:child_process');
  const listen = "require('node:net').createServer(() => {}).listen(process.argv[1], '127.0.0.1')";
  const worker = spawn(process.execPath, ['-e', listen, process.argv[1]]);
  process.on('SIGTERM', () => worker.kill('SIGKILL') && process.exit());`;

/** Measures for ever. */
const bench = `const { startServer } = await import(${JSON.stringify(module)});
  const running = await startServer({
    wires: ['rtmp'],
    programs: ({ ports }) => [
      { command: process.execPath, args: ['-e', ${JSON.stringify(master)}, String(ports.rtmp)] },
    ],
  }, { folder: process.argv[1] });
  console.log(JSON.stringify({ port: running.place.ports.rtmp, pids: running.pids() }));`;

test('a benchmark that is killed leaves no server behind, nor a worker of one', async () => {
  await using folder = await temporaryFolder();
  const measuring = spawn(process.execPath, ['--input-type=module', '-e', bench, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: measuring.stdout }), 'line')) as [string];
  const { port, pids } = JSON.parse(line) as { port: number; pids: number[] };
  try {
    expect(pids).toHaveLength(2);
    const socket = connect(port, '127.0.0.1').resume();
    await once(socket, 'connect');
    socket.on('error', () => {}); // 'close' follows
    measuring.kill('SIGKILL');
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    measuring.kill('SIGKILL');
    for (const pid of pids) endIfThere(pid);
    throw error;
  }
});

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {} // it is gone
}
