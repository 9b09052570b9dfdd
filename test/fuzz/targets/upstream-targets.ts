import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { openUpstream } from '../../../src/service/relay/pulling/open-upstream.ts';
import type { UpstreamConnector } from '../../../src/session/upstream/server-connector.ts';
import type { UpstreamEvents } from '../../../src/session/upstream/upstream.ts';
import { LoopClock } from '../../support/loop-clock.ts';
import { MemorySocket } from '../../support/memory-socket.ts';
import { captures } from '../engine/corpus.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { amfTokens } from './amf-targets.ts';
import { chunkTokens } from './rtmp-targets.ts';
import { bodies, webSocketTokens } from './seed-material.ts';
import { planOf, type TargetPlan } from './target-plan.ts';

const UPSTREAM_SHARE = 3;
const limits = { messageBytes: 2 ** 16, partialBytes: 2 ** 17, chunkStreams: 16 };
const MAX_PIECES = 5;

/** A server has said all that it does, and is left, after so much time, in such steps, milliseconds. */
const TALK_MS = 1000;
const STEP_MS = 100;
/** Whoever was left may take leave for so long. */
const LEAVE_MS = 10_000;

const httpTokens = [
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.0 404 no\r\n\r\n',
  ],
  ...[
    'Content-Length: 10\r\n',
    'Transfer-Encoding: chunked\r\n',
    '\r\n\r\n',
    '\r\n',
    'Connection: close\r\n',
    'streampump-path: a\r\n',
    '0\r\n\r\n',
  ],
  ...['ffffffff\r\n', 'Pragma: client-id=1\r\n', 'Content-Type: application/x-mms-framed\r\n', 'FLV'],
];

/** What a server does first for whoever has connected; the input follows. */
type Greeting = (request: string) => string;

const nothing: Greeting = () => '';

/** A server of WebSocket answers to the key that it is shown. @see RFC 6455 section 4.2.2 */
const upgrade: Greeting = (request) => {
  const [, key = ''] = /^sec-websocket-key: *(\S+)/im.exec(request) ?? [];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
};

/** An upstream whose server says what the input is, on each connection the same from its place in the input on. */
function upstreamTarget(
  url: string,
  format: 'flv' | 'asf',
  seeds: () => readonly Buffer[],
  tokens: readonly (Buffer | string)[],
  greet: Greeting = nothing,
): TargetPlan {
  return planOf(
    { seeds, tokens },
    false,
    async ([input = Buffer.alloc(0)]) => {
      const clock = new LoopClock(1000);
      const servers: Socket[] = [];
      const near: Socket[] = [];
      const connect: UpstreamConnector['connect'] = (_to, onDone) => {
        const [own, server] = MemorySocket.pair(false);
        server.on('error', () => {});
        near.push(own);
        setImmediate(() => {
          onDone(own);
          serve(server, input, greet);
        });
        servers.push(server);
        return () => own.destroy();
      };
      const connector: UpstreamConnector = {
        clock,
        proxyFor: () => undefined,
        connect,
        connectProxy: (_proxy, to, done) => connect(to, done),
      };
      const told = new ToldOnce();
      const upstream = openUpstream({ url, format, waiting: ['me'], limits, connector }, told);
      for (let passed = 0; passed < TALK_MS; passed += STEP_MS) {
        await turn();
        clock.advance(STEP_MS);
        await turn();
      }
      upstream.ping();
      if (crc32(input) % 2 === 0) for (const server of servers) server.end();
      for (let i = 0; i < 6; i++) {
        await turn();
        clock.advance(STEP_MS);
      }
      told.isLeft = true;
      upstream.close();
      for (let passed = 0; passed < LEAVE_MS && near.some(({ destroyed }) => !destroyed); passed += STEP_MS) {
        clock.advance(STEP_MS);
        await turn();
      }
      for (const server of servers) server.destroy();
      told.expectGood();
      if (servers.length > 2) throw new FuzzFault('connections', `${servers.length} of one upstream`);
      if (near.some(({ destroyed }) => !destroyed)) throw new FuzzFault('left', 'the connection stays open');
    },
    UPSTREAM_SHARE,
  );
}

function serve(server: Socket, input: Buffer, greet: Greeting): void {
  let request = '';
  let isGreeted = false;
  server.on('data', (bytes: Buffer) => {
    if (isGreeted) return;
    request += bytes.toString('latin1');
    if (greet !== nothing && !request.includes('\r\n\r\n')) return;
    isGreeted = true;
    const greeting = greet(request);
    if (greeting !== '') server.write(greeting, 'latin1');
    const count = 1 + (crc32(input) % MAX_PIECES);
    const step = Math.max(1, Math.ceil(input.length / count));
    for (let at = 0; at < input.length; at += step) server.write(Buffer.from(input.subarray(at, at + step)));
  });
}

/** Whoever has opened an upstream: is told of its end once, and of nothing after that. */
class ToldOnce implements UpstreamEvents {
  /** Whether it has left: nothing may be told any more. */
  isLeft = false;
  #isOver = false;
  #fault: FuzzFault | undefined;

  expectGood(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  onStart(): void {
    this.#note('start');
  }

  onPath(): void {
    this.#note('path');
  }

  onMedia(): void {
    this.#note('media');
  }

  onDry(): void {
    this.#note('dry');
  }

  onReconnectRequest(): void {
    this.#note('reconnect');
  }

  onEnd(): void {
    this.#note('end');
    this.#isOver = true;
  }

  #note(what: string): void {
    if (this.#isOver) this.#fault ??= new FuzzFault(`${what} after the end`, 'the upstream was over');
    if (this.isLeft) this.#fault ??= new FuzzFault(`${what} after leaving`, 'the upstream was left');
  }
}

const files = (name: string) => (): Buffer[] => captures('to-client', name).map(({ bytes }) => bytes);

export const upstreamTargets: Readonly<Record<string, TargetPlan>> = {
  'upstream-rtmp': upstreamTarget('rtmp://origin/live/a', 'flv', files('rtmp-pull'), [
    ...amfTokens,
    ...chunkTokens,
  ]),
  'upstream-http': upstreamTarget('http://origin/live/a.flv', 'flv', files('http-pull'), httpTokens),
  'upstream-ws': upstreamTarget(
    'ws://origin/live/a.flv',
    'flv',
    () => bodies('to-client', 'ws-pull'),
    webSocketTokens,
    upgrade,
  ),
  'upstream-mmsh': upstreamTarget('mmsh://origin/streams/a', 'asf', files('mmsh-pull'), httpTokens),
};
