/** The process that a {@link Machine} is: while it runs its network exists. Opens connections there, and hands them over. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Opened, ToOpen } from './machine.ts';

process.on('message', ({ id, ...place }: ToOpen) => {
  const say = (opened: Opened, handle?: typeof socket): void => {
    process.send?.(opened, handle);
  };
  const socket = connect({ ...place });
  const onError = (error: Error): void => say({ id, error: error.message });
  socket.once('error', onError);
  socket.once('connect', () => {
    socket.off('error', onError);
    socket.on('error', () => {}); // whoever has it now hears of it
    say({ id }, socket);
  });
});

// without it, IPv6 lets nobody use an address of a network that is its own as a whole
writeFileSync('/proc/sys/net/ipv6/ip_nonlocal_bind', '1');

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.({ id: 0 } satisfies Opened);
