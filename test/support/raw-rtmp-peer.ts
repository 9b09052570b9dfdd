import { type Duplex, duplexPair } from 'node:stream';
import type { AmfValue } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { simpleServerHandshake } from './client-scene.ts';
import { nameMessage } from './describe-message.ts';
import { simpleClientHandshake } from './server-scene.ts';
import { readChunksSlowly } from './slow-chunk-reader.ts';

const handshakes: Readonly<Record<'client' | 'server', Buffer>> = {
  client: simpleClientHandshake,
  server: simpleServerHandshake,
};
const peerHandshakeBytes = 1 + 2 * 1536;

/** The peer of a session in memory, which says what the test wants, be it nonsense or nothing. */
export class RawRtmpPeer {
  /** For the session. */
  readonly duplex: Duplex;
  readonly #own: Duplex;
  #heard = Buffer.alloc(0);

  constructor() {
    [this.duplex, this.#own] = duplexPair();
    this.#own.on('error', () => {});
    this.listen();
  }

  /** Takes what the session says; as from the start. */
  listen(): void {
    this.#own.on('data', (bytes: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, bytes]);
    });
  }

  /** Takes nothing more of what the session says. */
  stopListening(): void {
    this.#own.removeAllListeners('data');
    this.#own.pause();
  }

  get heardBytes(): number {
    return this.#heard.length;
  }

  /** What the session has said behind the handshake, a line for each message. */
  heardNames(): string[] {
    return readChunksSlowly(this.#heard.subarray(peerHandshakeBytes)).map(nameMessage);
  }

  write(bytes: Uint8Array): void {
    this.#own.write(bytes);
  }

  shakeHands(as: 'client' | 'server'): void {
    this.write(handshakes[as]);
  }

  message(type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0): void {
    this.write(encodeChunks({ type, timestamp, messageStreamId }, payload, 128));
  }

  command(name: string, ...values: AmfValue[]): void {
    this.message(20, encodeAmf0(name, ...values));
  }

  commandOn(messageStreamId: number, name: string, ...values: AmfValue[]): void {
    this.message(20, encodeAmf0(name, ...values), messageStreamId);
  }

  end(): void {
    this.#own.end();
  }

  /** As when a connection is reset. */
  cut(): void {
    this.#own.destroy();
    this.duplex.destroy(new Error('read ECONNRESET'));
  }
}
