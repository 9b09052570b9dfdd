import { changePacket, encoderPacket, endPacket, filler, servedPacket } from '../wms/encoder-packets.ts';
import { Guest } from './guest.ts';
import { OddAsf } from './odd-asf.ts';
import type { Peer } from './peer.ts';
import { Random } from './random.ts';

/** What a guest asks for, and how often. */
const requests = {
  describe: 20,
  play: 24,
  playNewer: 6,
  raw: 12,
  push: 30,
  put: 8,
  keepAlive: 4,
  log: 4,
  stop: 2,
  list: 3,
} as const;

/** Of a PushStart, bytes: those of some encoders end after about a minute. */
const contentLengths = [2 ** 31 - 1, 2 ** 31 - 1, 200_000, 20_000];

/** The line by which a server knows players of Windows Media. */
export const MMS_AGENT = 'User-Agent: NSPlayer/4.1.0.3856\n';

/** Pushes and plays as players and encoders of Windows Media do. */
export class MmshGuest extends Guest {
  #media = new OddAsf(new Random(0));
  #does: keyof typeof requests = 'describe';
  #path = '';
  #pushId = '0';
  /** Whether packets have data packet headers, as those of ffmpeg. */
  #isServed = false;
  /** Of the PushStart that is on, bytes. */
  #left = 0;
  #locationId = 0;

  protected begin(random: Random): { readonly peer: Peer; readonly says: string } {
    const peer = this.open(this.place.httpPort);
    this.#media = new OddAsf(random);
    this.#pushId = '0';
    peer.socket.on('data', (bytes) => {
      const [, id] = /push-id=(\d+)/.exec(bytes.toString('latin1', 0, 1000)) ?? [];
      if (id !== undefined) this.#pushId = id;
    });
    return { peer, says: this.#ask(peer, random) };
  }

  protected next(peer: Peer, random: Random): string {
    if (this.#does === 'push') return this.#push(peer, random);
    if (this.#does === 'put') return this.#sendFile(peer, random);
    const plays = this.#does === 'play' || this.#does === 'playNewer' || this.#does === 'raw';
    return plays ? this.readOn(peer, random) : this.#ask(peer, random);
  }

  #ask(peer: Peer, random: Random): string {
    this.#does = random.weighted(requests);
    const key = this.anyKey(random);
    const path = key.startsWith('streams/') ? `/${key}` : `/${key}.asf`;
    const host = 'HTTP/1.1\nHost: relay\n';
    switch (this.#does) {
      case 'describe':
        peer.send(
          `GET ${path} HTTP/1.0\n${MMS_AGENT}Pragma: no-cache,rate=1.0,stream-time=0,request-context=1\n\n`,
        );
        return `describes ${key}`;
      case 'play': {
        const off = random.oneOf(['ffff:1:0 ffff:2:0', 'ffff:2:2', 'ffff:1:2 ffff:3:0']);
        peer.send(
          `GET ${path} HTTP/1.0\n${MMS_AGENT}Pragma: xPlayStrm=1\nPragma: stream-switch-entry=${off} \n\n`,
        );
        return `plays ${key} with ${off}`;
      }
      case 'playNewer':
        peer.send(
          `GET ${path} ${host}User-Agent: NSPlayer/9.0\nPragma: xPlayStrm=1, version11-enabled=1\n\n`,
        );
        return `plays ${key} in chunks`;
      case 'raw':
        peer.send(`GET ${path} ${host}Range: bytes=0-\n\n`);
        return `plays ${key} as a file`;
      case 'push':
        return this.#setUp(peer, random);
      case 'put': {
        const own = this.ownKey(random, 'live');
        peer.send(
          `${random.oneOf(['PUT', 'POST'])} /${own}.asf HTTP/1.1\nHost: relay\nContent-Length: ${2 ** 31}\n\n`,
        );
        peer.send(this.#media.header);
        return `puts ${own}`;
      }
      case 'keepAlive':
        peer.send(`POST ${path} ${host}${MMS_AGENT}Pragma: xKeepAliveInPause=1\nContent-Length: 0\n\n`);
        return 'keeps a connection';
      case 'log': {
        const text = 'x'.repeat(random.anyScale(1, 4000));
        peer.send(`POST ${path} ${host}${MMS_AGENT}Content-Type: application/x-wms-LogStats\n`);
        peer.send(`Content-Length: ${text.length}\n\n${text}`);
        return `logs ${text.length} bytes`;
      }
      case 'stop':
        peer.send(
          `POST ${path} ${host}${MMS_AGENT}Pragma: xStopStrm=1\nPragma: client-id=${random.between(0, 2 ** 32)}\nContent-Length: 0\n\n`,
        );
        return 'stops what it does not play';
      case 'list':
        peer.send(`GET ${path.replace(/(?:\.asf)?$/, '.asx')} ${host}\n`);
        return `asks for the list of ${key}`;
      default:
        return this.#does satisfies never;
    }
  }

  #setUp(peer: Peer, random: Random): string {
    const own = this.ownKey(random, 'streams');
    this.#path = `/${own}_push`;
    this.#left = 0;
    this.#isServed = random.chance(0.3);
    if (this.#isServed) {
      this.#begin(peer, random, '');
      return `pushes ${own} as ffmpeg does`;
    }
    this.#request(peer, 'application/x-wms-pushsetup', 0);
    return `sets up a push of ${own}`;
  }

  #push(peer: Peer, random: Random): string {
    if (this.#left === 0) {
      this.#begin(peer, random, `Cookie: push-id=${this.#pushId}\n`);
      return 'starts a push';
    }
    const what = random.weighted({
      group: 10,
      more: 14,
      empty: 3,
      change: 3,
      fill: 4,
      unknown: 3,
      end: 1,
      header: 2,
    });
    const media = this.#media;
    const packets = {
      group: () => media.group().map((packet) => this.#data(packet)),
      more: () => media.more(300).map((packet) => this.#data(packet)),
      empty: () => media.empty(random.anyScale(1, 400)).map((packet) => this.#data(packet)),
      change: () => (this.#isServed ? [] : [endPacket(1), changePacket(media.change())]),
      fill: () => [filler(random.anyScale(4, 70_000))],
      unknown: () => [
        encoderPacket(random.oneOf(['M', 'P', 'T', 'Q', '\0']), Buffer.alloc(random.anyScale(1, 60_000))),
      ],
      end: () => [endPacket(0)],
      header: () => [this.#header(media.header)],
    }[what]();
    for (const packet of packets) this.#send(peer, random, packet);
    return `sends ${what}: ${packets.length} packets`;
  }

  #begin(peer: Peer, random: Random, cookie: string): void {
    const length = this.#isServed ? 2 ** 31 - 1 : random.oneOf(contentLengths);
    this.#request(peer, 'application/x-wms-pushstart', length, cookie);
    this.#left = length;
    if (random.chance(0.8)) this.#send(peer, random, this.#header(this.#media.header));
  }

  #request(peer: Peer, contentType: string, length: number, cookie = ''): void {
    peer.send(
      `POST ${this.#path} HTTP/1.1\nHost: relay\nContent-Type: ${contentType}\n${cookie}Content-Length: ${length}\n\n`,
    );
  }

  /** Sends a packet if there is room for it, else filler up to the end of the PushStart, and it in the next one. */
  #send(peer: Peer, random: Random, packet: Buffer): void {
    if (this.#left < packet.length + 4) {
      peer.send(filler(this.#left));
      this.#begin(peer, random, `Cookie: push-id=${this.#pushId}\n`);
    }
    if (this.#left < packet.length + 4) return;
    this.#left -= packet.length;
    peer.send(packet);
  }

  #header(header: Buffer): Buffer {
    return this.#isServed ? servedPacket('H', header, { afFlags: 0x0c }) : encoderPacket('H', header);
  }

  #data(packet: Buffer): Buffer {
    const number = this.#locationId++;
    return this.#isServed
      ? servedPacket('D', packet, { locationId: number, afFlags: number & 0xff })
      : encoderPacket('D', packet);
  }

  #sendFile(peer: Peer, random: Random): string {
    const packets = random.oneOf([() => this.#media.group(), () => this.#media.more(100)])();
    const full = packets.filter(({ length }) => length === this.#media.packetBytes); // a file has no others
    for (const packet of full) peer.send(packet);
    return `sends ${full.length} packets of a file`;
  }
}
