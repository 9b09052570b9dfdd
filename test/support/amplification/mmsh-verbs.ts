import { asfHeader, asfPacket, audioStream, videoStream } from '../asf-maker.ts';
import { MMS_AGENT } from '../swarm/mmsh-guest.ts';
import { encoderPacket, endPacket, servedPacket } from '../wms/encoder-packets.ts';
import { pushPackets } from '../wms/mmsh-words.ts';
import { asked, lines } from './http-verbs.ts';
import { APP, LIVE } from './rtmp-verbs.ts';
import type { Verb } from './verb.ts';

/** The key of the ASF that is live. */
export const LIVE_ASF = 'streams/asf';

const live = `/${LIVE_ASF}`;
const play = 'Pragma: xPlayStrm=1\n';
const header = asfHeader();

function get(path: string, more = ''): string {
  return `GET ${path} HTTP/1.0\n${MMS_AGENT}${more}\n`;
}

function post(path: string, contentType: string, body: Buffer, more = ''): Buffer {
  const type = `Content-Type: ${contentType}\nContent-Length: ${body.length}\n`;
  return Buffer.concat([
    lines(`POST ${path} HTTP/1.1\nHost: relay\nConnection: close\n${type}${more}\n`),
    body,
  ]);
}

/** Few connections are enough, but where what each keeps is more than how finely that is measured. */
function verb(name: string, request: Buffer | string, answer?: Buffer): Verb {
  return { ...asked(name, request, answer, 'MMSH'), connections: answer === undefined ? 100 : 300 };
}

/** A short push, from its beginning to its end. */
const film = Buffer.concat([pushPackets('VH1@0 K1@0 P2@40 P3@80'), endPacket(0)]);

let pushed = 0;

/** Pushes a stream of its own: a header, then the same again and again. */
function pushing(
  name: string,
  packetOf: (i: number) => Buffer,
  times = 400,
  first = encoderPacket('H', header),
): Verb {
  return {
    protocol: 'MMSH',
    name,
    connections: 10,
    times,
    async run(caller) {
      const body = Buffer.concat([first, ...Array.from({ length: times }, (_, i) => packetOf(i))]);
      caller.send(post(`/streams/own${++pushed}_push`, 'application/x-wms-pushstart', body));
      await caller.hear('closed');
    },
  };
}

/** A header of this many bytes, in as many pieces, of which none is the last. */
function firstPieces(bytes: number): Buffer {
  const large = Buffer.from(header);
  large.writeBigUInt64LE(BigInt(bytes), 16);
  return servedPacket('H', large.subarray(0, 30), { afFlags: 0x04 });
}

/** As many payloads as a packet can have, of two bytes each. */
const manyPayloads = Array.from({ length: 63 }, () => ({ stream: 1, data: 0 }));
const shortest = { objectNumber: 0, offset: 0, replicatedLength: 0, payloadLength: 1 };

/** Every verb of MMSH, and of ASF over HTTP. */
export const mmshVerbs: readonly Verb[] = [
  verb('describe of what is live', get(live)),
  verb('describe of what is not there', get('/streams/none')),
  verb('describe, refused', get('/streams/%2e%2e')),
  verb('describe of another family', get(`/${APP}/${LIVE}.asf`)),
  verb('play of what is live', get(live, play), Buffer.from('$D')),
  verb('play as a file', `GET ${live} HTTP/1.0\n\n`, header.subarray(0, 16)),
  verb('a list', `GET ${live}.asx HTTP/1.0\n\n`),
  verb('keep-alive', post(live, '', Buffer.alloc(0), 'Pragma: xKeepAliveInPause=1\n')),
  verb('a log', post(live, 'application/x-wms-LogStats', Buffer.alloc(100, 'x'))),
  verb('an unknown content type', post(live, 'application/json', Buffer.alloc(100, ' '))),
  verb('MMS over TCP', Buffer.from(`01000000cefa0bb0d00000004d4d5320${'00'.repeat(208)}`, 'hex')),
  verb('PushSetup', post('/streams/own_push', 'application/x-wms-pushsetup', Buffer.alloc(0))),
  verb('PushStart', post('/streams/own_push', 'application/x-wms-pushstart', film)),
  verb(
    'PushStart, refused',
    post(
      '/streams/own_push',
      'application/x-wms-pushstart',
      encoderPacket('H', header),
      'Cookie: push-id=12\n',
    ),
  ),
  verb(
    'PushStart with garbage',
    post('/streams/own_push', 'application/x-wms-pushstart', Buffer.alloc(100, 'x')),
  ),
  pushing('a key frame', (i) =>
    encoderPacket(
      'D',
      asfPacket({ sendTimeMs: i, payloads: [{ stream: 2, isKey: true, data: 100 }], isShort: true }),
    ),
  ),
  pushing('audio', (i) =>
    encoderPacket('D', asfPacket({ sendTimeMs: i, payloads: [{ stream: 1, data: 6 }], isShort: true })),
  ),
  pushing('many payloads', (i) =>
    encoderPacket('D', asfPacket({ sendTimeMs: i, payloads: manyPayloads, types: shortest, isShort: true })),
  ),
  pushing('no payload', (i) => encoderPacket('D', asfPacket({ sendTimeMs: i, isShort: true }))),
  pushing('filler', () => encoderPacket('F')),
  pushing('an unknown packet', () => encoderPacket('Q')),
  pushing(
    'a header',
    (i) => encoderPacket('H', asfHeader({ streams: [audioStream, { ...videoStream, size: 16 + i }] })),
    100,
  ),
  pushing(
    'a piece of a header',
    (i) => servedPacket('H', Buffer.of(0), { locationId: i + 1 }),
    400,
    firstPieces(100_000),
  ),
];
