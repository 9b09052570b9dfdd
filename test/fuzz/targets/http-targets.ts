import { ProtocolError } from '../../../src/errors.ts';
import { printable } from '../../../src/log.ts';
import {
  expandUrl,
  formatOf,
  parseMediaUrl,
  readMediaUrl,
  schemeOf,
  withPort,
} from '../../../src/media-url.ts';
import { followedBy } from '../../../src/protocol/mmsh/mmsh-following.ts';
import { clientIdIn, readPragmas, switchedOffStreams } from '../../../src/protocol/mmsh/mmsh-pragma.ts';
import { isMmsAgent, purposeOf, pushIdIn } from '../../../src/protocol/mmsh/mmsh-request.ts';
import { decodeProxyHeader } from '../../../src/protocol/proxy/decode-proxy-header.ts';
import { encodeProxyHeader } from '../../../src/protocol/proxy/encode-proxy-header.ts';
import { parseRtmpUrl } from '../../../src/protocol/rtmp/rtmp-url.ts';
import { Opcode } from '../../../src/protocol/ws/frame-header.ts';
import { FrameReader } from '../../../src/protocol/ws/frame-reader.ts';
import { mediaFormats } from '../../../src/service/stream-formats.ts';
import { decodeForwarded, decodeForwardedFor } from '../../../src/session/http/forwarded-hops.ts';
import { readTarget, whereabouts } from '../../../src/session/http/http-target.ts';
import { decodeAuthorization } from '../../../src/session/http/http-wish.ts';
import { decodePathHeader } from '../../../src/session/http/relay-path-header.ts';
import { decodeResume, encodeResume } from '../../../src/session/resume-text.ts';
import { StreamFormats } from '../../../src/session/stream-format.ts';
import { isStreamKey, parseStreamKey, parseStreamPath } from '../../../src/stream/stream-key.ts';
import {
  displayForwardUrl,
  displayServerUrl,
  displayUrl,
  displayUrls,
  redactionOf,
} from '../../../src/url-secrets.ts';
import { captures } from '../engine/corpus.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { bodies, webSocketTokens } from './seed-material.ts';
import { bytesTarget, outcomeOf, planOf, type TargetPlan, textTarget } from './target-plan.ts';

const keyTokens = [
  '/',
  '//',
  '?',
  '..',
  '.',
  '%2e',
  '%2F',
  '%00',
  '%',
  '%zz',
  '_definst_',
  'flv:',
  'mp4:',
  '.flv',
  '.asf',
  '&',
  '=',
  '\ud800',
  'watch',
  'api',
  '_push',
  'streams/',
  '\u0000',
  '\u202e',
];
const urls = [
  'rtmp://host/live/cam1?key=secret',
  'rtmps://user:pass@[2001:db8::1]:443/app/inst/name',
  'http://example.org:8080/live/a.flv?token=x&exp=1',
  'https://user:p%40ss@example.org/streams/a.asf',
  'ws://127.0.0.1/live/%C3%A4.flv',
  'mmsh://server/streams/a',
  'rtmp://host/{key}?k={name}',
];
const urlTokens = [
  'rtmp://',
  'http://',
  'mmsh://',
  '://',
  '@',
  ':',
  '[',
  ']',
  '[::1]',
  '%',
  '%2e%2e',
  '/../',
  '?',
  '#',
  '\\',
  '{key}',
  '{name}',
  '{app}',
  '\n',
  ' ',
  ':99999',
  ':0',
  'xn--',
];

const formats = new StreamFormats(mediaFormats({ messageBytes: 2 ** 20 }));

/** A header of version 2, as proxies send it. */
const binaryProxyHeader = Buffer.from(
  '0d0a0d0a000d0a515549540a2111000cc0000201c633640a30390050' +
    '0d0a0d0a000d0a515549540a21210024' +
    '00'.repeat(36) +
    '200000',
  'hex',
);

/** Data that nothing stands between as one piece: how it is cut is how it came. */
function joined(parts: readonly unknown[]): unknown[] {
  const result: unknown[] = [];
  let data: Buffer[] = [];
  for (const part of [...parts, undefined]) {
    if (isData(part)) data.push(part.bytes);
    else {
      if (data.length > 0) result.push(Buffer.concat(data));
      data = [];
      result.push(part);
    }
  }
  return result;
}

function isData(part: unknown): part is { readonly opcode: number; readonly bytes: Buffer } {
  return typeof part === 'object' && part !== null && 'opcode' in part && part.opcode === Opcode.binary;
}

const heads = (...starts: readonly string[]): string[] =>
  captures('to-server', ...starts).flatMap(({ bytes }) =>
    bytes
      .toString('latin1', 0, 2000)
      .split('\r\n')
      .filter((line) => line.length > 0 && line.length < 300)
      .map((line) => line.replace(/^[\w-]+: */, '')),
  );

export const httpTargets: Readonly<Record<string, TargetPlan>> = {
  'stream-key': textTarget(
    {
      seeds: () => [
        'live\ncam1',
        'live?token=x/y\nz',
        'live\nflv:a/b.flv?k=1&exp=2',
        'live?k=1\ncam1',
        '_definst_/a\nb/../c',
        'streams\nä€𝄞',
      ],
      tokens: [...keyTokens, '\n'],
    },
    (text) => {
      const [app = '', ...name] = text.split('\n');
      const readings = parseStreamKey(app, name.join(''));
      for (const { key } of readings)
        if (key === '' || Buffer.byteLength(key) > 1024 || key.split('/').includes('..'))
          throw new FuzzFault('key', key);
      return [readings, isStreamKey(text)];
    },
  ),
  'stream-path': textTarget(
    {
      seeds: () => [
        '/live/cam1.flv?token=x',
        '/live/%C3%A4+%26b.flv',
        '/streams/a_push',
        '/a/b/c/d.asf?x=/y',
        '//live//a',
      ],
      tokens: keyTokens,
    },
    (text) => [parseStreamPath(text), parseStreamPath(text, true)],
  ),
  'http-target': textTarget(
    {
      seeds: () => [
        '/live/cam1.flv?k=v',
        '*',
        'http://host/live/a.asf',
        '/streams/a',
        '/streams/a_push?x',
        '/watch/live/a',
        '/streams/a.asx',
        '/favicon.ico',
      ],
      tokens: [...keyTokens, 'http://'],
    },
    (text) => [readTarget(text, formats), whereabouts(text, formats)],
    [],
  ),
  'media-url': textTarget(
    { seeds: () => urls, tokens: urlTokens },
    (text) => {
      const read = readMediaUrl(text);
      if (typeof read !== 'string' && !(read.port > 0 && read.port < 65_536))
        throw new FuzzFault('port', `${read.port}`);
      return [
        read,
        parseMediaUrl(text),
        parseRtmpUrl(text),
        schemeOf(text),
        formatOf(text),
        withPort(text),
        expandUrl(text, 'live/a$&b'),
      ];
    },
    [],
  ),
  'shown-url': textTarget(
    {
      seeds: () => [...urls, `cannot open ${urls.join(' or ')}: no`, `${urls[1]}`.repeat(3)],
      tokens: [...urlTokens, 'key=', 'secret'],
    },
    (text) => {
      const redaction = redactionOf(['rtmp://user:pass@host/app/secretname?key=topsecretvalue']);
      return [
        displayUrl(text),
        displayForwardUrl(text),
        displayServerUrl(text),
        displayUrls(text),
        redaction.hide(text),
        redaction.sentence('x', text),
        printable(text),
      ];
    },
    [],
  ),
  'http-forwarded': textTarget(
    {
      seeds: () => [
        'for=192.0.2.60;proto=http;by=203.0.113.43',
        'for="[2001:db8:cafe::17]:4711";host="a, b"',
        '192.0.2.1, 2001:db8::1, unknown',
        'For=_hidden, for="x\\"y"',
      ],
      tokens: ['for=', 'proto=', 'host=', ';', ',', '"', '\\', '[', ']', '::', 'unknown', '_', '\t'],
    },
    (text) => [
      outcomeOf([ProtocolError], (values) => values.push(decodeForwarded(text))),
      decodeForwardedFor(text, text),
    ],
  ),
  'http-authorization': textTarget(
    {
      seeds: () => [
        'Basic dXNlcjpwYXNz',
        'Bearer abc.def.ghi',
        'Digest username="a", realm="r", nonce="n", uri="/x", algorithm=SHA-256, nc=00000001, cnonce="c", qop=auth, response="0123456789abcdef0123456789abcdef"',
      ],
      tokens: [
        'Basic ',
        'Bearer ',
        'Digest ',
        "username*=UTF-8''",
        'userhash=true',
        '"',
        '\\"',
        ',',
        '=',
        'realm=',
        'qop=auth',
        '\n',
      ],
    },
    (text) =>
      decodeAuthorization({
        headers: { authorization: text },
        method: 'GET',
        url: '/live/a.flv',
      } as unknown as Parameters<typeof decodeAuthorization>[0]),
    [],
  ),
  'relay-path-header': textTarget(
    { seeds: () => ['a, b, c', 'relay-1', 'x,'.repeat(40)], tokens: [',', ' ', '"', '\u0000'] },
    (text) => [decodePathHeader(text), decodePathHeader([text, text])],
    [],
  ),
  'resume-point': textTarget(
    {
      seeds: () => [
        'frame;123456-9f86d081884c7d65',
        `keyframe${';4294967295-0a1b2c3d4e5f6071'.repeat(8)}`,
        'frame;0-9f86d081884c7d65;40-0a1b2c3d4e5f6071',
      ],
      tokens: ['frame', 'keyframe', ';', '-', '4294967296', '00', ', '],
    },
    (text) => {
      const point = decodeResume(text);
      if (point !== undefined && encodeResume(point) !== text)
        throw new FuzzFault('round-trip', `${encodeResume(point)} was ${text}`);
      return point;
    },
    [],
  ),
  'mmsh-pragma': textTarget(
    {
      seeds: () => heads('mmsh-play', 'mmsh-push', 'mmsh-pull'),
      tokens: [
        'xPlayStrm=1',
        'client-id=',
        'stream-switch-entry=',
        'stream-switch-count=2',
        'xClientGUID={',
        'ffff:1:2',
        ' ',
        ',',
        '=',
        '"',
        'push-id=',
        '4294967296',
      ],
    },
    (text) => {
      const pragmas = readPragmas(text.split('\n'));
      const off = switchedOffStreams(pragmas, (stream) => stream < 4);
      const purposes = ['GET', 'POST', 'HEAD', 'OPTIONS'].map((method) =>
        purposeOf({ method, contentType: text, pragmas }),
      );
      return [
        pragmas,
        clientIdIn(pragmas),
        off,
        purposes,
        pushIdIn(text),
        isMmsAgent(text),
        followedBy(text, 0),
        followedBy(text, 1),
      ];
    },
    [],
  ),
  'proxy-header': planOf(
    {
      seeds: () =>
        [
          'PROXY TCP4 192.0.2.1 198.51.100.2 56324 1935\r\nrest',
          'PROXY TCP6 2001:db8::1 ::1 65535 1\r\n',
          'PROXY UNKNOWN\r\n',
          binaryProxyHeader,
          encodeProxyHeader({ source: { address: '192.0.2.7', port: 4711 }, isTls: true }),
        ].map((seed) => Buffer.from(seed)),
      tokens: [
        'PROXY ',
        'TCP4 ',
        '\r\n',
        ' ',
        '0',
        '65536',
        '::',
        Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
        Buffer.from('030004', 'hex'),
      ],
    },
    true,
    (pieces) =>
      outcomeOf([ProtocolError], (values) => {
        let bytes = Buffer.alloc(0);
        for (const piece of pieces) {
          bytes = Buffer.concat([bytes, piece]);
          const header = decodeProxyHeader(bytes);
          if (header === undefined) continue;
          values.push(header);
          return;
        }
      }),
  ),
  'ws-frames': planOf(
    {
      seeds: () => [
        ...bodies('to-client', 'ws-pull'),
        Buffer.from('820148880203e98a00890161', 'hex'),
        Buffer.from(`02017a80017b827e007e${'61'.repeat(126)}`, 'hex'),
      ],
      tokens: webSocketTokens,
    },
    true,
    (pieces) => {
      const reader = new FrameReader();
      return joined(
        outcomeOf([ProtocolError], (values) => {
          for (const piece of pieces) for (const part of reader.decode(piece)) values.push(part);
        }),
      );
    },
  ),
  'mmsh-cookie': bytesTarget(
    { seeds: () => [Buffer.from('push-id=abc; x=y')], tokens: ['push-id=', ';'] },
    (bytes) => pushIdIn(bytes.toString('latin1')),
    [],
  ),
};
