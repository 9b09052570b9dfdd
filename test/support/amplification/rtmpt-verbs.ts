import { once } from 'node:events';
import type { Caller } from './caller.ts';
import { asked, lines } from './http-verbs.ts';
import type { Verb } from './verb.ts';

/** Requests that are sent without waiting for the answer to the one before. */
const AT_ONCE = 12;

/** A tunnel as its only connection has it. */
interface Tunnel {
  readonly id: string;
  /** Of the next request. */
  number: number;
  /** Of an answer that brings nothing. */
  readonly answerBytes: number;
}

const tunnels = new WeakMap<Caller, Tunnel>();

function post(path: string, more = ''): Buffer {
  return Buffer.concat([
    lines(`POST ${path} HTTP/1.1\nHost: relay\nContent-Length: 1\n${more}\n`),
    Buffer.of(0),
  ]);
}

async function open(caller: Caller): Promise<void> {
  caller.send(post('/open/1'));
  const [answer]: [Buffer] = (await once(caller.socket, 'data')) as [Buffer];
  const [, id = ''] = /\r\n\r\n(\S+)\n$/.exec(answer.toString('latin1')) ?? [];
  caller.send(post(`/idle/${id}/0`));
  const [nothing]: [Buffer] = (await once(caller.socket, 'data')) as [Buffer];
  tunnels.set(caller, { id, number: 1, answerBytes: nothing.length });
}

/** Sends so many requests of the caller's tunnel, and waits for as many answers. @param next - gives the number of each */
async function ask(caller: Caller, times: number, next: (tunnel: Tunnel) => number): Promise<void> {
  const tunnel = tunnels.get(caller);
  if (tunnel === undefined) throw new Error('the tunnel was not opened');
  for (let left = times; left > 0; left -= AT_ONCE) {
    const count = Math.min(left, AT_ONCE);
    const requests = Array.from({ length: count }, () => post(`/idle/${tunnel.id}/${next(tunnel)}`));
    const until = caller.received + count * tunnel.answerBytes;
    caller.send(Buffer.concat(requests));
    await caller.hear(until);
  }
}

/** Every verb of what carries RTMP over HTTP; what is carried is RTMP's. */
export const rtmptVerbs: readonly Verb[] = [
  asked('POST that opens a tunnel', post('/open/1', 'Connection: close\n')),
  asked('POST of an unknown tunnel', post(`/idle/0.${'a'.repeat(22)}/0`, 'Connection: close\n')),
  asked('POST to a path of no meaning', post('/send/x', 'Connection: close\n')),
  {
    ...{ protocol: 'HTTP', name: 'POST that asks a tunnel for more', connections: 10, times: 24 },
    prepare: open,
    run: (caller, times) => ask(caller, times, (tunnel) => tunnel.number++),
  },
  {
    ...{ protocol: 'HTTP', name: 'POST of a tunnel that comes again', connections: 10, times: 24 },
    prepare: open,
    run: (caller, times) => ask(caller, times, () => 0),
  },
];
