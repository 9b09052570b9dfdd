import { RawHttp } from './http-client.ts';

/** A packet of MMSH as a player sees it. */
export interface SeenPacket {
  /** A letter. */
  readonly id: string;
  /** Of $H and $D. */
  readonly locationId: number;
  readonly afFlags: number;
  readonly payload: Buffer;
}

/** A player of MMSH by HTTP/1.0 that keeps all that it is sent, packet by packet. */
export class MmshPlayer implements AsyncDisposable {
  readonly #http: RawHttp;

  private constructor(http: RawHttp) {
    this.#http = http;
  }

  /** Asks for a stream. @param lines - of the head, besides those that all players send */
  static async play(port: number, path: string, ...lines: readonly string[]): Promise<MmshPlayer> {
    return await MmshPlayer.#ask(port, path, 'Pragma: xPlayStrm=1', ...lines);
  }

  /** Asks for the header of a stream. */
  static async describe(port: number, path: string): Promise<MmshPlayer> {
    return await MmshPlayer.#ask(port, path);
  }

  static async #ask(port: number, path: string, ...lines: readonly string[]): Promise<MmshPlayer> {
    const http = await RawHttp.open(port);
    const own = [`Host: 127.0.0.1:${port}`, 'User-Agent: NSPlayer/4.1.0.3856', 'Pragma: no-cache'];
    http.send([`GET ${path} HTTP/1.0`, ...own, ...lines, '', ''].join('\n'));
    return new MmshPlayer(http);
  }

  /** Status and headers of the answer, once they are there. */
  async head(): Promise<string> {
    const [head = ''] = await this.#http.heard(/^HTTP\/1\.[01] [\s\S]*?\r\n\r\n/);
    return head;
  }

  /** The packets that have come so far. */
  get packets(): readonly SeenPacket[] {
    const { bytes } = this.#http;
    const bodyAt = bytes.indexOf('\r\n\r\n') + 4;
    return bodyAt < 4 ? [] : packetsIn(bytes.subarray(bodyAt));
  }

  /** The payloads of packets with an id, in hex: to be compared. */
  payloads(id: string): string[] {
    return this.packets.filter((packet) => packet.id === id).map(({ payload }) => payload.toString('hex'));
  }

  /** Resolves when so many packets with an id have come; rejects when the connection closes before. */
  async heard(id: string, count: number): Promise<void> {
    await this.#http.until(() => (this.payloads(id).length >= count ? id : null), `${count} $${id} packets`);
  }

  /** Resolves when the server has closed the connection. */
  get closed(): Promise<void> {
    return this.#http.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }
}

/** Takes whole packets apart, slowly. @see MS-WMSP section 2.2.3.1 */
function packetsIn(body: Buffer): SeenPacket[] {
  const packets: SeenPacket[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const size = body.readUInt16LE(at + 2);
    const end = at + 4 + size;
    if (end > body.length) break;
    if (body[at] !== 0x24) throw new Error(`no packet at byte ${at}`);
    const id = String.fromCharCode(body.readUInt8(at + 1));
    const hasDataHeader = 'HD'.includes(id);
    packets.push({
      id,
      locationId: hasDataHeader ? body.readUInt32LE(at + 4) : 0,
      afFlags: hasDataHeader ? body.readUInt8(at + 9) : 0,
      payload: body.subarray(at + (hasDataHeader ? 12 : 4), end),
    });
    at = end;
  }
  return packets;
}
