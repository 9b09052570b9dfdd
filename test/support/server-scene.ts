import { randomBytes } from 'node:crypto';
import type { AmfValue } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import type { ChunkReaderLimits } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import {
  ServerDialogue,
  type ServerDialogueHandler,
} from '../../src/protocol/rtmp/dialogue/server-dialogue.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { describeMessage, type MessageDescription, nameMessage } from './describe-message.ts';
import { readChunksSlowly } from './slow-chunk-reader.ts';

const limits: ChunkReaderLimits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };

/** C0, C1 and C2 of a client that knows the simple handshake only; servers do not look into C2. */
export const simpleClientHandshake: Buffer = Buffer.concat([
  Buffer.from([3]),
  Buffer.alloc(8),
  randomBytes(1528),
  Buffer.alloc(1536),
]);
const handshakeAnswerBytes = 1 + 2 * 1536;

/** A ServerDialogue, a handler that notes what it is told, and a client that says what the test wants, be it nonsense. */
export class ServerScene {
  readonly dialogue: ServerDialogue;
  /** What the handler was told: the method's name without `on`, then its arguments. */
  readonly told: unknown[][] = [];
  #sent: Buffer = Buffer.alloc(0);
  #heard = 0;

  /** @param reactions - what the handler does beyond taking notes. */
  constructor(reactions: (scene: ServerScene) => Partial<ServerDialogueHandler> = () => ({})) {
    let own: Partial<ServerDialogueHandler> = {};
    const note =
      <Args extends unknown[]>(name: string, react?: (...args: Args) => void) =>
      (...args: Args): void => {
        this.told.push([name, ...args]);
        react?.(...args);
      };
    const handler: ServerDialogueHandler = {
      send: (bytes) => {
        this.#sent = Buffer.concat([this.#sent, bytes]);
      },
      onConnect: note('connect', (...args) => own.onConnect?.(...args)),
      onPublish: note('publish', (...args) => own.onPublish?.(...args)),
      onPlay: note('play', (...args) => own.onPlay?.(...args)),
      onStop: note('stop', (...args) => own.onStop?.(...args)),
      onPause: note('pause', (...args) => own.onPause?.(...args)),
      onReceive: note('receive', (...args) => own.onReceive?.(...args)),
      onMedia: note('media', (...args) => own.onMedia?.(...args)),
    };
    this.dialogue = new ServerDialogue(handler, limits);
    own = reactions(this);
    if (own.onCall !== undefined) handler.onCall = note('call', own.onCall);
  }

  /** A scene in which the client is connected to `live` and message stream 1 exists; none of that is in `told` and `heard`. */
  static connected(reactions?: (scene: ServerScene) => Partial<ServerDialogueHandler>): ServerScene {
    const scene = new ServerScene(reactions);
    scene.dialogue.receive(simpleClientHandshake);
    scene.command('connect', 1, { app: 'live', tcUrl: 'rtmp://localhost/live' });
    scene.dialogue.acceptConnect();
    scene.command('createStream', 2, null);
    scene.told.length = 0;
    scene.heard();
    return scene;
  }

  /** The client sends a command on message stream 0. */
  command(name: AmfValue, ...values: AmfValue[]): void {
    this.commandOn(0, name, ...values);
  }

  /** The client sends a command on a message stream. */
  commandOn(messageStreamId: number, name: AmfValue, ...values: AmfValue[]): void {
    this.message(20, encodeAmf0(name, ...values), messageStreamId);
  }

  /** The client sends a message, in chunks of 128 bytes. */
  message(type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0): void {
    this.dialogue.receive(encodeChunks({ type, timestamp, messageStreamId }, payload, 128));
  }

  /** What the server has sent since the last look, without the handshake. */
  heard(): MessageDescription[] {
    return this.#unheard().map(describeMessage);
  }

  /** As `heard`, one line for each message. */
  heardNames(): string[] {
    return this.#unheard().map(nameMessage);
  }

  #unheard(): RawMessage[] {
    const messages = readChunksSlowly(this.#sent.subarray(handshakeAnswerBytes));
    const unheard = messages.slice(this.#heard);
    this.#heard = messages.length;
    return unheard;
  }
}
