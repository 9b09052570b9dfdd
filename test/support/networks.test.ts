import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Machine, whyNoMachines } from './networks/machine.ts';
import { CENTRE, Star } from './networks/star.ts';

const networks = {
  near: { ipv4: '10.20.0.0/24', ipv6: 'fd20::/64' },
  far: { ipv4: '203.0.113.0/24', ipv6: '2001:db8:bad::/48' },
} as const;

/** Listens once on each machine that it is asked for, and says who came. */
const listener = `const server = require('node:net').createServer((socket) => {
  socket.end(socket.remoteAddress);
}).listen(0, '::', () => console.log(server.address().port));`;

describe.skipIf(whyNoMachines !== undefined)(whyNoMachines ?? 'machines', () => {
  test.each([
    { name: 'near', host: CENTRE.ipv4, seen: '::ffff:10.20.0.1' },
    { name: 'near', host: CENTRE.ipv6, seen: 'fd20::1' },
    { name: 'far', host: CENTRE.ipv4, from: '203.0.113.77', seen: '::ffff:203.0.113.77' },
    { name: 'far', host: CENTRE.ipv6, from: '2001:db8:bad:99::5', seen: '2001:db8:bad:99::5' },
  ] as const)('the middle sees $seen, whose own it is', async ({ name, host, seen, ...more }) => {
    await using star = await Star.start(networks);
    await using server = star.centre.run(process.execPath, ['-e', listener]);
    const port = Number((await server.waitForStdout(/(\d+)\n/))[1]);
    const from = 'from' in more ? { localAddress: more.from } : {};
    const socket = await star.around[name].connect({ host, port, ...from });
    const [bytes] = await once(socket, 'data');
    expect(String(bytes)).toBe(seen);
    socket.destroy();
    await once(socket, 'close');
  });

  test('there is no way from one to another, nor to this machine', async () => {
    await using star = await Star.start(networks);
    await expect(star.around.near.connect({ host: '203.0.113.1', port: 9 })).rejects.toThrow(
      /ENETUNREACH|EHOSTUNREACH/,
    );
    await expect(star.around.near.connect({ host: '127.0.0.1', port: 9 })).rejects.toThrow('ECONNREFUSED');
  });

  test('a machine has a network of its own, which is gone with it', async () => {
    const machine = await Machine.start();
    const { pid } = machine;
    expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
    await machine[Symbol.asyncDispose]();
    expect(() => readlinkSync(`/proc/${pid}/ns/net`)).toThrow('ENOENT');
  });
});
