import { Peer } from './peer.ts';
import { RtmpGuest } from './rtmp-guest.ts';

/** Requests that may wait for their answers: fewer than a connection is allowed. */
const MAX_ASKED = 8;

/** Between two requests that bring nothing, milliseconds. */
const IDLE_MS = 40;

/** What waits for its request is at most so much, bytes. */
const MAX_WAITING = 2 ** 21;

/** Does over RTMPT what others do over RTMP. */
export class RtmptGuest extends RtmpGuest {
  protected override open(): Peer {
    return new TunnelPeer(this.place.httpPort, this.address);
  }
}

/** A connection of RTMPT: whatever is sent goes in requests, some of which come twice. */
class TunnelPeer extends Peer {
  #id: string | undefined;
  #number = 0;
  #asked = 0;
  #waiting: Buffer[] = [];

  constructor(port: number, localAddress: string) {
    super(port, localAddress);
    this.#post('/open/1', Buffer.of(0));
    this.socket.on('data', (bytes: Buffer) => this.#onAnswer(bytes.toString('latin1')));
    const idle = setInterval(() => this.#go(true), IDLE_MS);
    this.socket.once('close', () => clearInterval(idle));
  }

  override send(bytes: Buffer): void {
    const size = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    if (size > MAX_WAITING) return; // it is read slowly: enough waits
    this.#waiting.push(bytes);
    this.#go(false);
  }

  #onAnswer(text: string): void {
    this.#id ??= /\r\n\r\n(\S+)\n/.exec(text)?.[1];
    this.#asked = Math.max(0, this.#asked - (text.split('HTTP/1.1 200 ').length - 1));
    this.#go(false);
  }

  #go(mayIdle: boolean): void {
    if (this.#id === undefined || this.#asked >= MAX_ASKED) return;
    const body = Buffer.concat(this.#waiting.splice(0));
    if (body.length > 0) {
      this.#post(`/send/${this.#id}/${this.#number}`, body);
      if (this.#number % 5 === 0) this.#post(`/send/${this.#id}/${this.#number}`, body); // again
      this.#number++;
    } else if (mayIdle) this.#post(`/idle/${this.#id}/${this.#number++}`, Buffer.of(0));
  }

  #post(path: string, body: Buffer): void {
    this.#asked++;
    const head = `POST ${path} HTTP/1.1\r\nHost: relay\r\nContent-Length: ${body.length}\r\n\r\n`;
    super.send(Buffer.concat([Buffer.from(head), body]));
  }
}
