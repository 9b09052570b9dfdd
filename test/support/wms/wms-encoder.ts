import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawHttp } from '../http-client.ts';
import { type AsfFilm, sendTimeOf, withoutPadding } from './asf-film.ts';
import { digestAnswer, type EncoderUser } from './digest-answer.ts';
import { changePacket, encoderPacket, endPacket, filler, ServedPackets } from './encoder-packets.ts';

/** How an encoder pushes. */
export interface WmsEncoderOptions {
  readonly port: number;
  /** Of the publishing point, such as `/streams/cam1_push`. */
  readonly path: string;
  /** Of each PushStart, bytes; the usual 2,147,483,647 by default. Less: what it sends comes in as many of them as that needs. */
  readonly contentLength?: number;
  /** Whether each PushStart comes over a connection of its own. */
  readonly reconnects?: boolean;
  readonly user?: EncoderUser;
  /** Shows this one, whatever the server has given. */
  readonly pushId?: string;
  /** How many times as fast as real time; as fast as it is taken by default. */
  readonly speed?: number;
  /** As ffmpeg: with data packet headers, all padding, and the header in pieces of this size, bytes. */
  readonly headerPieceBytes?: number;
}

/** An answer that an encoder does not expect. */
export class PushRefusal extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** The most that Content-Length may say, and what encoders say that push without a proxy. */
const unbounded = 2 ** 31 - 1;

/**
 * A Windows Media encoder that pushes, as their specification has it: nobody here has one to test with.
 * @see MS-WMHTTP section 3.1
 */
export class WmsEncoder implements AsyncDisposable {
  readonly #options: WmsEncoderOptions;
  #http: RawHttp;
  #pushId = '0';
  #challenges: readonly string[] = [];
  #requests = 0;
  /** Of the PushStart that is on, bytes; 0 between two. */
  #remaining = 0;
  #served: ServedPackets | undefined;
  #beganMs: number | undefined;
  /** PushStarts that were answered, all well. */
  answered = 0;

  private constructor(options: WmsEncoderOptions, http: RawHttp) {
    this.#options = options;
    this.#http = http;
    const { headerPieceBytes } = options;
    if (headerPieceBytes !== undefined) this.#served = new ServedPackets(headerPieceBytes);
  }

  /** Asks for permission to push: PushSetup. @throws PushRefusal */
  static async setUp(options: WmsEncoderOptions): Promise<WmsEncoder> {
    const encoder = new WmsEncoder(options, await RawHttp.open(options.port));
    try {
      await encoder.#setUp();
    } catch (error) {
      await encoder[Symbol.asyncDispose]();
      throw error;
    }
    return encoder;
  }

  /** The session's id, as the server gave it. */
  get pushId(): string {
    return this.#pushId;
  }

  /** The connection of the latest request. */
  get http(): RawHttp {
    return this.#http;
  }

  async #setUp(): Promise<void> {
    const body = Buffer.from('AutoDestroy: 1\r\n');
    this.#request('application/x-wms-pushsetup', body.length);
    await this.#write(body);
    let answer = await this.#answer();
    if (answer.status === 401 && this.#options.user !== undefined) {
      this.#challenges = answer.all('WWW-Authenticate');
      await this.#reconnect();
      this.#request('application/x-wms-pushsetup', body.length);
      await this.#write(body);
      answer = await this.#answer();
    }
    this.#pushId = /^push-id=([!-~]+)$/.exec(answer.expect(204).all('Set-Cookie')[0] ?? '')?.[1] ?? '';
    if (this.#pushId === '' || this.#pushId === '0') throw new Error(`no push-id: ${answer.text}`);
  }

  /** Sends a whole film and ends. */
  async push({ header, packets }: AsfFilm): Promise<void> {
    await this.sendHeader(header);
    await this.sendPackets(packets);
    await this.end();
  }

  /**
   * Sends a whole film of which no player misses anything: they come again to play what they have been told of, and on
   * a busy machine that takes them longer than a keyframe group.
   * @param there - resolves when all play
   */
  async sendToAll({ header, packets }: AsfFilm, there: () => Promise<unknown>): Promise<void> {
    await this.sendHeader(header);
    await this.sendPackets(packets.slice(0, 10));
    await there();
    await this.sendPackets(packets.slice(10));
  }

  /** Sends the first packet of the first PushStart. */
  async sendHeader(header: Buffer): Promise<void> {
    await this.#send(this.#served?.header(header) ?? encoderPacket('H', header));
  }

  /** Sends data packets, at the pace of their send times if there is one. */
  async sendPackets(packets: readonly Buffer[]): Promise<void> {
    for (const packet of packets) {
      await this.#wait(sendTimeOf(packet));
      await this.#send(this.#served?.data(packet) ?? encoderPacket('D', withoutPadding(packet)));
    }
  }

  /** Says that another entry of a playlist follows, and sends its header. */
  async changeTo(header: Buffer): Promise<void> {
    await this.#send(endPacket(1));
    await this.#send(changePacket(header));
    this.#beganMs = undefined;
  }

  /** Says that this was all, and closes the connection, as the specification tells encoders to. @throws PushRefusal */
  async end(): Promise<void> {
    await this.#send(endPacket(0));
    const { socket, closed } = this.#http;
    socket.end();
    await closed;
    if (this.#http.text !== '') (await this.#answer()).expect(204);
  }

  /** Fills what is left of the PushStart, and waits for its answer. @throws PushRefusal */
  async fill(): Promise<void> {
    if (this.#remaining === 0) return;
    await this.#write(filler(this.#remaining));
    this.#remaining = 0;
    (await this.#answer()).expect(204);
    this.answered++;
  }

  /** Sends a packet in this PushStart if there is room for it and a framing header behind it, else in the next one. */
  async #send(packet: Buffer): Promise<void> {
    if (this.#remaining < packet.length + 4) {
      await this.fill();
      await this.#start();
    }
    this.#remaining -= packet.length;
    await this.#write(packet);
  }

  async #start(): Promise<void> {
    const { contentLength = unbounded, reconnects = false } = this.#options;
    if (reconnects) await this.#reconnect();
    this.#request('application/x-wms-pushstart', contentLength);
    this.#remaining = contentLength;
  }

  async #reconnect(): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
    this.#http = await RawHttp.open(this.#options.port);
  }

  #request(contentType: string, contentLength: number): void {
    const { port, path, user } = this.#options;
    const count = ++this.#requests;
    const authorization =
      user === undefined || this.#challenges.length === 0
        ? []
        : [`Authorization: ${digestAnswer(this.#challenges, { method: 'POST', uri: path, count }, user)}`];
    const lines = [
      `POST ${path} HTTP/1.1`,
      `Content-Type: ${contentType}`,
      'X-Accept-Authentication: Negotiate, NTLM, Digest',
      'User-Agent: WMEncoder/12.0.7600.16385',
      `Host: 127.0.0.1:${port}`,
      `Content-Length: ${contentLength}`,
      'Connection: Keep-Alive',
      'Cache-Control: no-cache',
      `Cookie: push-id=${this.#pushId === '0' ? '0' : (this.#options.pushId ?? this.#pushId)}`,
      ...authorization,
    ];
    this.#http.send(`${lines.join('\n')}\n\n`);
  }

  /** @throws PushRefusal when the server has answered already, instead of taking more */
  async #write(bytes: Buffer): Promise<void> {
    const { socket, closed } = this.#http;
    if (this.#http.text !== '' || socket.closed) (await this.#answer()).expect(100);
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), closed]);
  }

  /** Waits until a packet is due. */
  async #wait(sendTimeMs: number): Promise<void> {
    const { speed } = this.#options;
    if (speed === undefined) return;
    this.#beganMs ??= performance.now() - sendTimeMs / speed;
    const left = this.#beganMs + sendTimeMs / speed - performance.now();
    if (left > 1) await sleep(left);
  }

  async #answer(): Promise<EncoderAnswer> {
    const [head = ''] = await this.#http.heard(/^HTTP\/1\.[01] \d{3}[\s\S]*?\r\n\r\n/);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    const [text = ''] = await this.#http.heard(new RegExp(`^HTTP[\\s\\S]{${head.length - 4 + length}}`));
    this.#http.forget();
    return new EncoderAnswer(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }
}

/** What the server has said to a request. */
class EncoderAnswer {
  readonly text: string;
  readonly status: number;

  constructor(text: string) {
    this.text = text;
    this.status = Number(text.slice(9, 12));
  }

  /** The values of a header, a line each. */
  all(name: string): string[] {
    const lines = (this.text.split('\r\n\r\n', 1)[0] ?? '').split('\r\n').slice(1);
    return lines
      .map((line) => /^([^:]+): *(.*)$/.exec(line) ?? [])
      .filter(([, found = '']) => found.toLowerCase() === name.toLowerCase())
      .map(([, , value = '']) => value);
  }

  /** Holds it to a status, and to a server that encoders put up with. @throws PushRefusal */
  expect(status: number): this {
    const isServer = /^Cougar\/\d+\.\d+/.test(this.all('Server')[0] ?? '');
    if (this.status !== status || !isServer) throw new PushRefusal(this.status, this.text);
    return this;
  }
}
