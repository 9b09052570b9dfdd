import type { Socket } from 'node:net';
import { encodeMmshHeader } from '../../src/protocol/mmsh/mmsh-packet.ts';
import { RawServer } from './raw-server.ts';
import { endPacket, servedPacket } from './wms/encoder-packets.ts';

/** An MMSH server, or an encoder that waits to be pulled from: everybody is sent what a test has it send. */
export class MmshServer implements AsyncDisposable {
  /** The heads of requests, in order. */
  readonly heads: string[] = [];
  /** Who plays. */
  readonly #players = new Set<Socket>();
  readonly #server: RawServer;
  #header: Buffer;
  /** What whoever begins is sent behind the header. */
  #group: readonly Buffer[] = [];
  #locationId: number;

  private constructor(server: RawServer, header: Buffer, firstLocationId: number) {
    this.#server = server;
    this.#header = header;
    this.#locationId = firstLocationId;
  }

  /**
   * Starts a server.
   * @param header - its stream begins with
   * @param firstLocationId - the number of its first data packet
   */
  static async start(header: Buffer, firstLocationId = 0): Promise<MmshServer> {
    const raw = await RawServer.start((socket, head) => server.#answer(socket, head));
    const server = new MmshServer(raw, header, firstLocationId);
    return server;
  }

  get port(): number {
    return this.#server.port;
  }

  /** How many play. */
  get playerCount(): number {
    return this.#players.size;
  }

  /** Data packets that a decoder can begin with: everybody is sent them, those who come later too, up to the next group. */
  sendGroup(...packets: readonly Buffer[]): void {
    this.#group = [];
    this.send(...packets);
  }

  /** Data packets behind those. */
  send(...packets: readonly Buffer[]): void {
    const served = packets.map((packet) => {
      const locationId = this.#locationId++ >>> 0;
      return servedPacket('D', packet, { locationId, afFlags: locationId & 0xff });
    });
    this.#group = [...this.#group, ...served];
    this.#write(...served);
  }

  /** Another header, as servers say it. */
  change(header: Buffer): void {
    this.#header = header;
    this.#group = [];
    this.#write(endPacket(1), Buffer.from('$C\x04\0\0\0\0\0', 'latin1'), encodeMmshHeader(header));
  }

  /** The stream is over. */
  end(): void {
    this.#write(endPacket(0));
    for (const socket of this.#players) socket.end();
  }

  /** All connections break. */
  cut(): void {
    for (const { socket } of this.#server.connections) socket.destroy();
  }

  #answer(socket: Socket, head: string): void {
    this.heads.push(head);
    const isPlay = /^pragma:.*xplaystrm=1/im.test(head);
    const header = encodeMmshHeader(this.#header);
    const lines = isPlay
      ? ['Content-Type: application/x-mms-framed']
      : ['Content-Type: application/vnd.ms.wms-hdr.asfv1', `Content-Length: ${header.length}`];
    const answer = ['HTTP/1.0 200 OK', 'Server: Rex/9.0.0.2980', 'Pragma: client-id=77', ...lines, '', ''];
    socket.write(answer.join('\r\n'));
    socket.write(header);
    if (!isPlay) {
      socket.end();
      return;
    }
    this.#players.add(socket);
    socket.once('close', () => this.#players.delete(socket));
    for (const packet of this.#group) socket.write(packet);
  }

  #write(...packets: readonly Buffer[]): void {
    for (const socket of this.#players) socket.write(Buffer.concat(packets));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
