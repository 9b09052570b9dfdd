import { crc32 } from 'node:zlib';
import { RtmptClient } from '../../../src/protocol/rtmpt/rtmpt-client.ts';
import { isRtmptPath, readRtmptPath, rtmptPath } from '../../../src/protocol/rtmpt/rtmpt-path.ts';
import { captures } from '../engine/corpus.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { MemoryRelay } from './memory-relay.ts';
import { cutByChecksum, httpTokens, rtmpPlayer, SESSION_SHARE } from './session-targets.ts';
import { planOf, streamTarget, type TargetPlan, textTarget } from './target-plan.ts';

/** Stands in inputs for the id of the tunnel, which is another one each time, and is as long. */
const ID = '0.TTTTTTTTTTTTTTTTTTTTTT';

/** A request of the tunnel. */
function post(verb: string, number: number, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST /${verb}/${ID}/${number} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A capture of RTMP as requests, so many bytes each. */
function asRequests(bytes: Buffer, size: number): Buffer {
  const requests: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    requests.push(post('send', requests.length, bytes.subarray(at, at + size)));
    if (requests.length % 4 === 3) requests.push(post('idle', requests.length, '\0'));
  }
  return Buffer.concat(requests);
}

const answer = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

let relay: Promise<MemoryRelay> | undefined;

/** Opens a tunnel, and gives its id. */
async function openTunnel(here: MemoryRelay): Promise<string> {
  await import('../../../src/session/rtmpt/tunnels.ts'); // which the relay does for the first request, in more turns than are waited for
  for (let tries = 0; tries < 3; tries++) {
    const opener = here.connect('http');
    opener.send('POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n\0');
    for (let turns = 0; opener.received === 0 && turns < 20; turns++) await here.settle(1);
    opener.cut();
    const id = /\r\n\r\n(\S{24})\n$/.exec(opener.last.toString('latin1'))?.[1];
    if (id !== undefined) return id;
  }
  throw new FuzzFault('open', 'no tunnel was opened');
}

export const rtmptTargets: Readonly<Record<string, TargetPlan>> = {
  'rtmpt-path': textTarget(
    {
      seeds: () => ['/open/1', `/send/${ID}/1`, '/idle/a/0', '/close/a/4294967296', '/fcs/ident2'],
      tokens: ['/', '//', '..', '%2e', '-1', '99999999999', ID],
    },
    (path) => {
      const read = isRtmptPath(path) ? readRtmptPath(path) : undefined;
      if (read === undefined || !('tunnel' in read)) return read?.is;
      const again = readRtmptPath(rtmptPath(read.is, read.tunnel, read.number));
      if (JSON.stringify(again) !== JSON.stringify(read)) throw new FuzzFault('path', path);
      return read;
    },
  ),
  'rtmpt-answers': streamTarget(
    {
      seeds: () => [answer(`${ID}\n`) + answer('\u0001abc') + answer('\u0021')],
      tokens: [
        'HTTP/1.1 ',
        '200',
        '404',
        '\r\n',
        '\r\n\r\n',
        'Content-Length: ',
        'Connection: close',
        '0',
        '99',
      ],
    },
    64 * 1024,
    () => {
      const pieces: Buffer[] = [];
      const told: string[] = [];
      let heard = '';
      const client: RtmptClient = new RtmptClient('x', {
        send: () => {},
        takeWritten: () => [],
        onOpen() {
          told.push('open');
          client.ask();
        },
        onBytes: (bytes) => {
          heard += bytes.toString('latin1'); // in any pieces
        },
        onAnswer(isEmpty) {
          told.push(`${heard} ${isEmpty} ${client.needsConnection}`);
          heard = '';
          client.ask();
        },
      });
      client.open();
      return {
        push: (piece) => pieces.push(Buffer.from(piece)),
        *values() {
          try {
            for (const piece of pieces.splice(0)) client.receive(piece);
          } catch (error) {
            yield* told.splice(0);
            throw error;
          }
          yield* told.splice(0);
        },
        partialBytes: 0,
      };
    },
  ),
  'session-rtmpt': planOf(
    {
      seeds: () => [
        ...captures('to-server', 'rtmp-publish', 'rtmp-play').map(({ bytes }) =>
          asRequests(bytes.subarray(0, 60_000), 4000),
        ),
        Buffer.concat([post('idle', 0, '\0'), post('send', 2, '\u0003'), post('close', 1, '\0')]),
      ],
      tokens: [
        ...httpTokens,
        `/send/${ID}/`,
        `/idle/${ID}/`,
        `/close/${ID}/`,
        '/open/1',
        'Content-Length: 1\r\n',
      ],
    },
    false,
    async ([input = Buffer.alloc(0)]) => {
      relay ??= MemoryRelay.start({ http: { rtmpt: true } });
      const here = await relay;
      const companion = rtmpPlayer(here);
      const id = await openTunnel(here);
      const own = Buffer.from(input.toString('latin1').replaceAll(ID, id), 'latin1');
      const peers = [here.connect('http'), here.connect('http')];
      for (const [index, piece] of cutByChecksum(own).entries()) {
        peers[crc32(input) % 2 === 0 ? 0 : index % 2]?.send(piece);
        await here.settle();
      }
      await here.pass(500);
      for (const peer of peers) peer.end();
      await here.settle();
      companion.end();
      await here.expectEmpty([...peers, companion]);
    },
    SESSION_SHARE,
    async () => (await relay)?.close(),
  ),
};
