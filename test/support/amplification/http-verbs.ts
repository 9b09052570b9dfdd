import { encodeAmfPacket } from '../../../src/protocol/amf/amf-packet.ts';
import { flvBody, flvHeader } from '../flv-body.ts';
import { webSocketHead } from '../ws-client.ts';
import type { Caller } from './caller.ts';
import { APP, LIVE } from './rtmp-verbs.ts';
import type { Verb } from './verb.ts';

const live = `/${APP}/${LIVE}.flv`;

/** Text with `\n` for CRLF. */
export function lines(text: string): Buffer {
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

/** Asks once on each connection, and waits for the end of the connection or for something in the answer. */
export function asked(
  name: string,
  request: Buffer | string,
  answer: Buffer | 'closed' = 'closed',
  protocol: Verb['protocol'] = 'HTTP',
): Verb {
  return {
    protocol,
    name,
    connections: 300,
    times: 1,
    async run(caller) {
      caller.send(typeof request === 'string' ? lines(request) : request);
      await caller.hear(answer);
    },
  };
}

function head(method: string, path: string, more = ''): string {
  return `${method} ${path} HTTP/1.1\nHost: relay\nConnection: close\n${more}\n`;
}

/** The first bytes of media. */
const flv = Buffer.from('FLV');

const body = Buffer.concat([flvHeader, flvBody('VH1@0 K1@0 P2@40 P3@80')]);

/** Where the relay is called. */
export const AMF_PATH = '/amf';

/** Calls as short as they can be. */
const calls = Array.from({ length: 64 }, () => ({ target: '', response: '', value: null }));
const packet = encodeAmfPacket({ version: 3, headers: [], bodies: calls });
const amfHead = `Content-Type: application/x-amf\nContent-Length: ${packet.length}\n`;

/** Every verb of HTTP and WebSocket. */
export const httpVerbs: readonly Verb[] = [
  asked('GET of what is live', head('GET', live), flv),
  asked('GET of what is not there', head('GET', `/${APP}/none.flv`)),
  asked('GET, refused', head('GET', `/${APP}/%2e%2e/up.flv`)),
  asked('GET of a page', head('GET', `/watch/${APP}/${LIVE}`)),
  asked('GET of nothing', head('GET', '/nothing')),
  asked('HEAD of what is live', head('HEAD', live)),
  asked('HEAD of what is not there', head('HEAD', `/${APP}/none.flv`)),
  asked('OPTIONS', head('OPTIONS', live)),
  asked('another method', head('DELETE', live)),
  asked('no HTTP', 'what is this\n\n'),
  asked(
    'PUT',
    Buffer.concat([lines(head('PUT', `/${APP}/put.flv`, `Content-Length: ${body.length}\n`)), body]),
  ),
  asked('an AMF packet of unknown calls', Buffer.concat([lines(head('POST', AMF_PATH, amfHead)), packet])),
  asked('PUT, refused', head('PUT', `/${APP}/%2e%2e/up.flv`, 'Transfer-Encoding: chunked\n')),
  asked('play of what is live', `${webSocketHead(live)}\n`, flv, 'WebSocket'),
  asked('play, refused', `${webSocketHead(`/${APP}/%2e%2e/up.flv`)}\n`, Buffer.of(0x88), 'WebSocket'),
  frames('ping', 0x89),
  frames('text', 0x81),
];

/** Small frames of a player, behind them a ping whose pong tells that all were read. */
function frames(name: string, first: number): Verb {
  const frame = (opcode: number, text: string): Buffer =>
    Buffer.concat([Buffer.of(opcode, 0x80 | text.length), Buffer.alloc(4), Buffer.from(text)]);
  return {
    protocol: 'WebSocket',
    name,
    connections: 10,
    times: 400,
    async prepare(caller: Caller) {
      caller.send(lines(`${webSocketHead(live)}\n`));
      await caller.hear(flv);
    },
    async run(caller, times) {
      caller.send(Buffer.concat(Array.from({ length: times }, () => frame(first, 'hello'))));
      caller.send(frame(0x89, 'the last'));
      await caller.hear(Buffer.from('the last'));
    },
  };
}
