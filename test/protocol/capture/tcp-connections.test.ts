import { expect, test } from 'vitest';
import { ByteBudget } from '../../../src/protocol/capture/byte-budget.ts';
import { TcpConnections } from '../../../src/protocol/capture/tcp-connections.ts';
import { tcpSegmentIn } from '../../../src/protocol/capture/tcp-segment.ts';
import { ipv4, type SegmentSpec, tcp } from '../../support/capture-maker.ts';

const client = 50_000;
const server = 1935;

/** What happens, a word each. The sender's address is that of the test packets whichever way they go, so ports tell who it is. */
function eventsOf(
  specs: readonly SegmentSpec[],
  connections = new TcpConnections(new ByteBudget(2 ** 20)),
): string[] {
  const events = specs.flatMap((spec) => {
    const swapped = spec.from === server;
    const packet = ipv4(tcp(spec));
    if (swapped) packet.copyWithin(12, 16, 20).writeUInt32BE(0x01020304, 16);
    const segment = tcpSegmentIn(packet);
    return typeof segment === 'string' ? [] : [...connections.add(segment, undefined)];
  });
  return [...events, ...connections.end()].map((event) => {
    if (event.is === 'opened') return `${event.connection.client} to ${event.connection.server}`;
    const way = event.side === event.connection.toServer ? '>' : '<';
    if (event.is === 'ended') return `${way} ended`;
    return `${way} ${event.is === 'bytes' ? event.bytes.toString() : `gap ${event.bytes}`}`;
  });
}

const toServer = (spec: SegmentSpec): SegmentSpec => ({ from: client, to: server, ...spec });
const toClient = (spec: SegmentSpec): SegmentSpec => ({ from: server, to: client, ...spec });

test('a connection from its first segment to its last', () => {
  expect(
    eventsOf([
      toServer({ sequence: 1, flags: ['syn'] }),
      toClient({ sequence: 10, flags: ['syn'], acknowledgement: 2 }),
      toServer({ sequence: 2, acknowledgement: 11, payload: 'ping' }),
      toClient({ sequence: 11, acknowledgement: 6, payload: 'pong' }),
      toServer({ sequence: 6, acknowledgement: 15, flags: ['fin'] }),
      toClient({ sequence: 15, acknowledgement: 7, flags: ['fin'] }),
      toServer({ sequence: 2, acknowledgement: 16, payload: 'ping' }),
    ]),
  ).toEqual(['1.2.3.4:50000 to 192.0.2.1:1935', '> ping', '< pong', '> ended', '< ended']);
});

test('without its first segment, the lower port is that of the server', () => {
  expect(eventsOf([toClient({ sequence: 11, acknowledgement: 6, payload: 'pong' })])[0]).toBe(
    '1.2.3.4:50000 to 192.0.2.1:1935',
  );
});

test('the same ports again are another connection; a SYN that comes twice is not', () => {
  expect(
    eventsOf([
      toServer({ sequence: 1, flags: ['syn'] }),
      toServer({ sequence: 1, flags: ['syn'] }),
      toServer({ sequence: 2, payload: 'a' }),
      toServer({ sequence: 3, acknowledgement: 1, flags: ['rst'] }),
      toServer({ sequence: 900, flags: ['syn'] }),
      toServer({ sequence: 901, payload: 'b' }),
    ]),
  ).toEqual([
    '1.2.3.4:50000 to 192.0.2.1:1935',
    '> a',
    '> ended',
    '< ended',
    '1.2.3.4:50000 to 192.0.2.1:1935',
    '> b',
    '> ended',
    '< ended',
  ]);
});

test('of more connections than are followed, the one that was quiet for longest has ended', () => {
  const specs = Array.from({ length: 4097 }, (_, i) => ({
    from: 2000 + i,
    to: server,
    sequence: 5,
    payload: 'x',
  }));
  const events = eventsOf(specs);
  expect(events.filter((event) => event === '> ended')).toHaveLength(4097);
  expect(events.indexOf('> ended')).toBe(2 * 4096);
});
