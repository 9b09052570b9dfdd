import { crc32 } from 'node:zlib';
import { captures } from '../engine/corpus.ts';
import { amfTokens } from './amf-targets.ts';
import { type MemoryPeer, MemoryRelay } from './memory-relay.ts';
import { chunkTokens } from './rtmp-targets.ts';
import { planOf, type TargetPlan } from './target-plan.ts';

/** Whole sessions get so much more of the time than a parser. */
export const SESSION_SHARE = 5;

/** A long input comes in so many pieces at most, with time in between. */
const MAX_PIECES = 6;

export const httpTokens: readonly string[] = [
  ...[
    'GET ',
    'POST ',
    'PUT ',
    'HEAD ',
    'OPTIONS ',
    'CONNECT ',
    ' HTTP/1.1\r\n',
    ' HTTP/1.0\r\n',
    '\r\n\r\n',
    '\r\n',
    ': ',
  ],
  ...[
    'Host: x\r\n',
    'Connection: close\r\n',
    'Connection: Upgrade\r\n',
    'Upgrade: websocket\r\n',
    'Sec-WebSocket-Version: 13\r\n',
  ],
  ...[
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 0\r\n',
    'Content-Length: -1\r\n',
  ],
  ...[
    'Expect: 100-continue\r\n',
    'Range: bytes=0-\r\n',
    'Origin: http://x\r\n',
    'Authorization: Basic YTpi\r\n',
    'Cookie: push-id=1\r\n',
  ],
  ...[
    'X-Forwarded-For: 1.2.3.4\r\n',
    'streampump-path: a, b\r\n',
    'User-Agent: NSPlayer/4.1\r\n',
    'Pragma: xPlayStrm=1\r\n',
  ],
  ...[
    'Content-Type: application/x-wms-pushstart\r\n',
    'Content-Type: application/x-wms-pushsetup\r\n',
    '/live/a.flv',
    '/streams/a_push',
  ],
  ...['/streams/a', '/watch/live/a', '/live/a.asf', '0\r\n\r\n', '5\r\nhello\r\n', 'ffffffff\r\n', 'FLV'],
];

const wsRequest =
  'GET /live/a.flv HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** Somebody who does as is usual while another one does not. */
export type Companion = (relay: MemoryRelay) => MemoryPeer;

const said =
  (listener: 'rtmp' | 'http', ...pieces: readonly (Buffer | string)[]): Companion =>
  (relay) => {
    const peer = relay.connect(listener);
    for (const piece of pieces) peer.send(piece);
    return peer;
  };

const capture = (name: string): Buffer => {
  const [found] = captures('to-server', name);
  if (found === undefined) throw new Error(`no capture ${name}`);
  return found.bytes;
};

export const rtmpPlayer: Companion = (relay) => said('rtmp', capture('rtmp-play-ffmpeg'))(relay);
const httpPlayer = said('http', 'GET /live/a.flv HTTP/1.1\r\nHost: x\r\n\r\n');
const wsPlayer = said('http', wsRequest);
const mmshPlayer = said(
  'http',
  'GET /streams/a HTTP/1.0\r\nUser-Agent: NSPlayer/4.1.0.3856\r\nPragma: xPlayStrm=1\r\n\r\n',
);
const rtmpPublisher: Companion = (relay) => said('rtmp', capture('rtmp-publish-ffmpeg'))(relay);
const asfPublisher: Companion = (relay) => said('http', capture('mmsh-push-ffmpeg'))(relay);

/** What a run of a target is made of. */
interface SessionWish {
  readonly listener: 'rtmp' | 'http';
  readonly captures: readonly string[];
  readonly tokens: readonly (Buffer | string)[];
  readonly before: readonly Companion[];
  /** Of the relay, beside what all of them have. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Stands before every capture. */
  readonly preface?: string;
  readonly more?: readonly (Buffer | string)[];
}

/** A relay for all inputs of a target: after each of them nothing may be left of it. */
function sessionTarget({
  listener,
  captures: starts,
  tokens,
  before,
  config = {},
  preface = '',
  more = [],
}: SessionWish): TargetPlan {
  let relay: Promise<MemoryRelay> | undefined;
  return planOf(
    {
      seeds: () => [
        ...captures('to-server', ...starts).map(({ bytes }) => Buffer.concat([Buffer.from(preface), bytes])),
        ...more.map((seed) => Buffer.from(seed)),
      ],
      tokens,
    },
    false,
    async ([input = Buffer.alloc(0)]) => {
      relay ??= MemoryRelay.start(config);
      const here = await relay;
      const companions = before.map((open) => open(here));
      if (companions.length > 0) await here.settle(6);
      const peer = here.connect(listener);
      for (const piece of cutByChecksum(input)) {
        peer.send(piece);
        await here.settle();
      }
      await here.pass(500);
      if (crc32(input) % 3 === 0) peer.cut();
      else peer.end();
      await here.settle();
      for (const companion of companions) companion.end();
      await here.expectEmpty([peer, ...companions]);
    },
    SESSION_SHARE,
    async () => (await relay)?.close(),
  );
}

/** Cuts that follow from the input alone, so that a find is one again. */
export function cutByChecksum(input: Buffer): Buffer[] {
  const count = 1 + (crc32(input) % MAX_PIECES);
  const step = Math.max(1, Math.ceil(input.length / count));
  return Array.from({ length: Math.ceil(input.length / step) }, (_, index) =>
    Buffer.from(input.subarray(index * step, (index + 1) * step)),
  );
}

/** A relay that believes the peer whom it brings: in the PROXY protocol, and in headers. */
const PROXY_LINE = 'PROXY TCP4 203.0.113.9 198.51.100.2 56324 1935\r\n';
const behindProxies = {
  proxyProtocol: ['192.0.2.0/24'],
  http: { trustedProxies: ['192.0.2.0/24', '203.0.113.0/24'] },
};
const proxyTokens = [
  'PROXY ',
  'TCP6 ',
  'UNKNOWN',
  '\r\n',
  '203.0.113.9',
  '2001:db8::1',
  'X-Forwarded-For: ',
  'unknown',
  ', ',
];

const rtmpTokens = [...chunkTokens, ...amfTokens];

export const sessionTargets: Readonly<Record<string, TargetPlan>> = {
  'session-rtmp-publish': sessionTarget({
    listener: 'rtmp',
    captures: ['rtmp-publish'],
    tokens: rtmpTokens,
    before: [rtmpPlayer, httpPlayer, wsPlayer],
  }),
  'session-rtmp-play': sessionTarget({
    listener: 'rtmp',
    captures: ['rtmp-play', 'rtmp-pull'],
    tokens: rtmpTokens,
    before: [rtmpPublisher],
  }),
  'session-http-publish': sessionTarget({
    listener: 'http',
    captures: ['http-publish'],
    tokens: httpTokens,
    before: [httpPlayer],
  }),
  'session-http-play': sessionTarget({
    listener: 'http',
    captures: ['http-play', 'http-pull', 'ws-pull'],
    tokens: httpTokens,
    before: [rtmpPublisher],
    more: [
      wsRequest + Buffer.from('818161000000', 'hex').toString('latin1'),
      'HEAD /live/a.flv HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
    ],
  }),
  'session-mmsh-push': sessionTarget({
    listener: 'http',
    captures: ['mmsh-push'],
    tokens: httpTokens,
    before: [mmshPlayer],
  }),
  'session-mmsh-play': sessionTarget({
    listener: 'http',
    captures: ['mmsh-play', 'mmsh-pull'],
    tokens: httpTokens,
    before: [asfPublisher],
  }),
  'session-proxied-rtmp': sessionTarget({
    listener: 'rtmp',
    captures: ['rtmp-publish-ffmpeg', 'rtmp-play-ffmpeg'],
    tokens: [...proxyTokens, ...rtmpTokens],
    before: [],
    config: behindProxies,
    preface: PROXY_LINE,
  }),
  'session-proxied-http': sessionTarget({
    listener: 'http',
    captures: ['http-play', 'http-publish-curl', 'mmsh-play-vlc'],
    tokens: [...proxyTokens, ...httpTokens],
    before: [],
    config: behindProxies,
    preface: PROXY_LINE,
    more: [
      `${PROXY_LINE}GET /live/a.flv HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1, 2001:db8::1\r\nX-Forwarded-Proto: https\r\n\r\n`,
    ],
  }),
};
