import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Wire } from '../../../bench/faults/wire.ts';
import { Machine, whyNoMachines } from '../../support/networks/machine.ts';
import type { RunningTool } from '../../support/run-tool.ts';

const PACKETS = 500;

/** Says of each connection how it is lost. */
const server = `require('node:net').createServer((socket) => {
  console.log('connected');
  socket.on('error', ({ code }) => console.log('lost ' + code));
}).listen(5000, () => console.log('listening'));`;

/** Sends datagrams to nobody. */
const sender = (host: string) => `const udp = require('node:dgram').createSocket('udp4');
let left = ${PACKETS};
const next = () => left-- === 0 ? udp.close() : udp.send('word', 5001, '${host}', next);
next();`;

interface Scene extends AsyncDisposable {
  readonly wire: Wire;
  readonly upper: Machine;
  readonly lower: Machine;
  readonly server: RunningTool;
}

async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const upper = stack.use(await Machine.start());
  const lower = stack.use(await Machine.start());
  const wire = new Wire(upper, lower, 7);
  const tool = stack.use(upper.run(process.execPath, ['-e', server]));
  await tool.waitForStdout('listening');
  const moved = stack.move();
  return { wire, upper, lower, server: tool, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** How many packets come of {@link PACKETS} and the few that the kernels send. */
async function countReceived({ wire, upper, lower }: Scene): Promise<number> {
  const received = async (): Promise<number> => {
    await using tool = upper.run('cat', ['/proc/net/dev']);
    return Number(/wire7:\s*\d+\s+(\d+)/.exec(await tool.output)?.[1]);
  };
  const before = await received();
  await using tool = lower.run(process.execPath, ['-e', sender(wire.address)]);
  await tool.output;
  return (await received()) - before;
}

describe.skipIf(whyNoMachines !== undefined)(whyNoMachines ?? 'a wire', () => {
  test('loses a share of the packets, all of them, and none when it is healed', async () => {
    await using scene = await openScene();
    expect(await countReceived(scene)).toBeGreaterThanOrEqual(PACKETS);
    scene.wire.lose(0.3);
    const some = await countReceived(scene);
    expect(some).toBeGreaterThan(0.55 * PACKETS);
    expect(some).toBeLessThan(0.85 * PACKETS);
    scene.wire.lose(1);
    expect(await countReceived(scene)).toBe(0);
    scene.wire.heal();
    expect(await countReceived(scene)).toBeGreaterThanOrEqual(PACKETS);
  });

  test('that is cut breaks connections at both ends, and takes new ones', async () => {
    await using scene = await openScene();
    const place = { host: scene.wire.address, port: 5000 };
    const socket = await scene.lower.connect(place);
    const lost = once(socket, 'error');
    await scene.server.waitForStdout('connected');
    await scene.wire.cut();
    await scene.server.waitForStdout('lost ECONNRESET');
    await lost;
    const again = await scene.lower.connect(place);
    await scene.server.waitForStdout(/connected\n[\s\S]*connected/);
    again.destroy();
    await once(again, 'close');
  });
});
