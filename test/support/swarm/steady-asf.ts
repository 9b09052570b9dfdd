import { connect, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { readAsfPacket } from '../../../src/protocol/asf/asf-packet.ts';
import { MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import { asfHeader, asfPacket } from '../asf-maker.ts';
import { encoderPacket } from '../wms/encoder-packets.ts';
import { MMS_AGENT } from './mmsh-guest.ts';
import type { SteadyPublisher } from './steady-stream.ts';

/** Between two packets, milliseconds, and how many come in a keyframe group. */
const PACKET_MS = 40;
const GROUP_PACKETS = 25;

/** A packet in a word that no other has: its last payload is there for a player that begins with it as well. */
function wordOf(packet: Buffer): string {
  const { sendTimeMs, payloads } = readAsfPacket(packet);
  const last = payloads.at(-1);
  return `asf@${sendTimeMs}:${last === undefined ? 0 : crc32(packet.subarray(last.at, last.end))}`;
}

/** Pushes audio and video at its own pace, as an encoder of Windows Media. */
export class SteadyEncoder implements SteadyPublisher {
  readonly #socket: Socket;
  #sent = 0;

  /** @param path - such as `/streams/NAME_push` */
  constructor(port: number, path: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('error', () => {}).resume(); // whoever plays finds out
    const head = `POST ${path} HTTP/1.1\r\nHost: relay\r\nContent-Type: application/x-wms-pushstart\r\nContent-Length: 2147483647\r\n\r\n`;
    this.#socket.write(Buffer.concat([Buffer.from(head), encoderPacket('H', asfHeader())]));
  }

  sendDue(nowMs: number): string[] {
    const words: string[] = [];
    while (this.#sent * PACKET_MS <= nowMs) {
      const sendTimeMs = this.#sent * PACKET_MS;
      const isKey = this.#sent % GROUP_PACKETS === 0;
      const audio = { stream: 1, isKey: true, object: this.#sent & 0xff, time: sendTimeMs, data: 40 };
      const data = Buffer.alloc(isKey ? 200 : 100, this.#sent & 0xff);
      const video = { stream: 2, isKey, object: this.#sent & 0xff, time: sendTimeMs, data };
      const packet = asfPacket({ sendTimeMs, payloads: [audio, video] });
      this.#socket.write(encoderPacket('D', packet));
      words.push(wordOf(packet));
      this.#sent++;
    }
    return words;
  }

  async cut(): Promise<void> {
    this.#socket.destroy();
  }
}

/** The words of what an MMS player is sent. */
export class MmshWords {
  readonly words: string[] = [];
  /** Resolves with why there are no more. */
  readonly ended: Promise<string>;
  readonly #socket: Socket;
  readonly #reader = new MmshReader();
  #head: Buffer | undefined = Buffer.alloc(0);

  /** Begins to play. @param path - such as `/streams/NAME` */
  constructor(port: number, path: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.write(`GET ${path} HTTP/1.0\r\n${MMS_AGENT.trimEnd()}\r\nPragma: xPlayStrm=1\r\n\r\n`);
    this.ended = new Promise((resolve) => {
      this.#socket.on('error', (error) => resolve(String(error)));
      this.#socket.on('close', () => resolve(`the connection is closed, after ${this.#status}`));
    });
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
  }

  leave(): void {
    this.#socket.destroy();
  }

  #status = 'nothing';

  #receive(bytes: Buffer): void {
    if (this.#head === undefined) this.#reader.push(bytes);
    else {
      this.#head = Buffer.concat([this.#head, bytes]);
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#status = this.#head.toString('latin1', 0, this.#head.indexOf('\r'));
      if (!/ 200 /.test(this.#status)) return;
      this.#reader.push(this.#head.subarray(end + 4));
      this.#head = undefined;
    }
    for (const packet of this.#reader.packets()) {
      if (packet.is === 'data') this.words.push(wordOf(packet.packet));
      else if (packet.is !== 'header') this.#status = packet.is;
    }
  }
}
