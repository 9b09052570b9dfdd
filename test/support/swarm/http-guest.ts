import type { MediaMessage } from '../fake-media.ts';
import { flvHeader, flvTag } from '../flv-body.ts';
import { webSocketHead } from '../ws-client.ts';
import { Guest } from './guest.ts';
import { OddMedia } from './odd-media.ts';
import type { Peer } from './peer.ts';
import { Random } from './random.ts';

/** What a guest asks for with its first request, and how often. */
const requests = {
  get: 30,
  getLive: 4,
  get10: 4,
  webSocket: 20,
  put: 24,
  head: 8,
  options: 2,
  page: 4,
  nothing: 4,
} as const;

/** Chunks of a body that are sent at once. */
const MAX_CHUNKS = 20_000;

/** Publishes and plays over HTTP, or plays over WebSocket. */
export class HttpGuest extends Guest {
  #media = new OddMedia(new Random(0));
  #does: keyof typeof requests = 'get';
  /** What of a body has not been sent yet, in the middle of a tag perhaps. */
  #unsent: Buffer = Buffer.alloc(0);

  protected begin(random: Random): { readonly peer: Peer; readonly says: string } {
    const peer = this.open(this.place.httpPort);
    this.#media = new OddMedia(random);
    return { peer, says: this.#ask(peer, random) };
  }

  protected next(peer: Peer, random: Random): string {
    if (this.#does === 'put') return this.#sendBody(peer, random);
    if (this.#does === 'webSocket') return sendFrame(peer, random);
    const plays = this.#does === 'get' || this.#does === 'getLive' || this.#does === 'get10';
    if (plays) return this.readOn(peer, random);
    return this.#ask(peer, random);
  }

  #ask(peer: Peer, random: Random): string {
    this.#does = random.weighted(requests);
    const key = this.anyKey(random);
    switch (this.#does) {
      case 'get':
        peer.send(`GET /${key}.flv HTTP/1.1\nHost: relay\n\n`);
        return `GET ${key}`;
      case 'getLive':
        peer.send(`GET /${key}.flv?start=live HTTP/1.1\nHost: relay\nUser-Agent: ${'x'.repeat(900)}\n\n`);
        return `GET ${key} from the next keyframe on`;
      case 'get10':
        peer.send(`GET /${key}.flv HTTP/1.0\n\n`);
        return `GET ${key} in HTTP/1.0`;
      case 'webSocket':
        peer.send(`${webSocketHead(`/${key}.flv`)}\n`);
        return `opens a WebSocket for ${key}`;
      case 'put': {
        const own = this.ownKey(random);
        peer.send(
          `${random.oneOf(['PUT', 'POST'])} /${own}.flv HTTP/1.1\nHost: relay\nTransfer-Encoding: chunked\n\n`,
        );
        this.#unsent = flvHeader;
        this.#sendBody(peer, random);
        return `PUT ${own}`;
      }
      case 'head':
        peer.send(`HEAD /${key}.flv HTTP/1.1\nHost: relay\n\n`);
        return `HEAD ${key}`;
      case 'options':
        peer.send(`OPTIONS /${key}.flv HTTP/1.1\nHost: relay\nOrigin: https://example.com\n\n`);
        return `OPTIONS ${key}`;
      case 'page':
        peer.send(`GET /watch/${key} HTTP/1.1\nHost: relay\n\n`);
        return `GET the page of ${key}`;
      case 'nothing':
        peer.send(`GET /${'nothing/'.repeat(random.between(1, 20))} HTTP/1.1\nHost: relay\n\n`);
        return 'GET nothing';
      default:
        return this.#does satisfies never;
    }
  }

  /** More of an FLV body, in chunks of the transfer coding of any size. */
  #sendBody(peer: Peer, random: Random): string {
    const what = random.weighted({ group: 10, more: 14, headers: 4, data: 3, empty: 3, large: 1 });
    const media = this.#media;
    const messages = {
      group: () => media.group(),
      more: () => media.more(300),
      headers: () => media.headers(random.anyScale(1, 40)),
      data: () => media.data(random.anyScale(1, 40)),
      empty: () => media.empty(random.anyScale(1, 4000)),
      large: () => media.largeKeyframe(),
    }[what]();
    const chunkBytes = random.oneOf([1, 3, 100, 4096, 65_536]);
    const body = Buffer.concat([this.#unsent, ...messages.map((message) => flvTag(message as MediaMessage))]);
    const size = Math.min(body.length, chunkBytes * MAX_CHUNKS);
    sendChunked(peer, body.subarray(0, size), chunkBytes);
    this.#unsent = body.subarray(size);
    return `sends ${what} in chunks of ${chunkBytes} bytes: ${messages.length} tags`;
  }
}

function sendChunked(peer: Peer, body: Buffer, chunkBytes: number): void {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkBytes) {
    const part = body.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  peer.send(Buffer.concat(parts));
}

/** Small frames as players send them, masked with zeros. */
function sendFrame(peer: Peer, random: Random): string {
  const opcode = random.weighted({ ping: 5, pong: 3, text: 2, close: 1 });
  const first = { ping: 0x89, pong: 0x8a, text: 0x81, close: 0x88 }[opcode];
  const payload = opcode === 'close' ? Buffer.of(0x03, 0xe8) : Buffer.alloc(random.between(0, 100), 'x');
  peer.send(Buffer.concat([Buffer.of(first, 0x80 | payload.length), Buffer.alloc(4), payload]));
  return `sends a ${opcode}`;
}
