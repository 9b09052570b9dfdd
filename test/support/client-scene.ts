import type { AmfValue } from '../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import type { ChunkReaderLimits } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import {
  ClientDialogue,
  type ClientDialogueHandler,
  type ClientIntent,
} from '../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { describeMessage, type MessageDescription, nameMessage } from './describe-message.ts';
import { readChunksSlowly } from './slow-chunk-reader.ts';

const limits: ChunkReaderLimits = { messageBytes: 2 ** 20, partialBytes: 2 ** 22, chunkStreams: 64 };

/** S0, S1 and S2 of a server that knows the simple handshake only. */
export const simpleServerHandshake: Buffer = Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * 1536, 0)]);
const handshakeBytes = 1 + 2 * 1536;

/** A ClientDialogue, a handler that notes what it is told, and a server that says what the test wants, be it nonsense. */
export class ClientScene {
  readonly dialogue: ClientDialogue;
  /** What the handler was told: the method's name without `on`, then its arguments. */
  readonly told: unknown[][] = [];
  #sent: Buffer = Buffer.alloc(0);
  #heard = 0;

  /** @param reactions - what the handler does beyond taking notes. */
  constructor(
    intent: Partial<ClientIntent> & Pick<ClientIntent, 'does'>,
    reactions: (scene: ClientScene) => Partial<ClientDialogueHandler> = () => ({}),
  ) {
    let own: Partial<ClientDialogueHandler> = {};
    const note =
      <Args extends unknown[]>(name: string, react?: (...args: Args) => void) =>
      (...args: Args): void => {
        this.told.push([name, ...args]);
        react?.(...args);
      };
    const handler: ClientDialogueHandler = {
      send: (bytes) => {
        this.#sent = Buffer.concat([this.#sent, bytes]);
      },
      onConnected: note('connected', (...args) => own.onConnected?.(...args)),
      onStarted: note('started', (...args) => own.onStarted?.(...args)),
      onMedia: note('media', (...args) => own.onMedia?.(...args)),
      onRefused: note('refused', (...args) => own.onRefused?.(...args)),
      onEnded: note('ended', (...args) => own.onEnded?.(...args)),
      onStatus: note('status', (...args) => own.onStatus?.(...args)),
      onDry: note('dry', (...args) => own.onDry?.(...args)),
    };
    this.dialogue = new ClientDialogue(
      handler,
      { app: 'live', tcUrl: 'rtmp://origin/live', streamName: 'a', ...intent },
      limits,
    );
    own = reactions(this);
    if (own.onCall !== undefined) handler.onCall = note('call', own.onCall);
    this.dialogue.start();
  }

  /** A scene in which the server has accepted connect and given message stream 1; none of that is in `told` and `heard`. */
  static starting(
    does: ClientIntent['does'],
    reactions?: (scene: ClientScene) => Partial<ClientDialogueHandler>,
  ): ClientScene {
    const scene = new ClientScene({ does }, reactions);
    scene.dialogue.receive(simpleServerHandshake);
    scene.command('_result', 1, {}, { level: 'status', code: 'NetConnection.Connect.Success' });
    scene.command('_result', 4, null, 1);
    scene.told.length = 0;
    scene.heard();
    return scene;
  }

  /** As `starting`, and what was asked for has begun. */
  static started(
    does: ClientIntent['does'],
    reactions?: (scene: ClientScene) => Partial<ClientDialogueHandler>,
  ): ClientScene {
    const scene = ClientScene.starting(does, reactions);
    scene.status(does === 'play' ? 'NetStream.Play.Start' : 'NetStream.Publish.Start');
    scene.told.length = 0;
    return scene;
  }

  /** The server sends a command on message stream 0. */
  command(name: AmfValue, ...values: AmfValue[]): void {
    this.message(20, encodeAmf0(name, ...values));
  }

  /** The server sends onStatus on message stream 1. */
  status(code: string, level = 'status', more: Record<string, AmfValue> = {}): void {
    this.message(20, encodeAmf0('onStatus', 0, null, { level, code, ...more }), 1);
  }

  /** The server sends a message, in chunks of 128 bytes. */
  message(type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0): void {
    this.dialogue.receive(encodeChunks({ type, timestamp, messageStreamId }, payload, 128));
  }

  /** What the client has sent since the last look, without the handshake. */
  heard(): MessageDescription[] {
    return this.#unheard().map(describeMessage);
  }

  /** As `heard`, one line for each message. */
  heardNames(): string[] {
    return this.#unheard().map(nameMessage);
  }

  #unheard(): RawMessage[] {
    const messages = readChunksSlowly(this.#sent.subarray(handshakeBytes));
    const unheard = messages.slice(this.#heard);
    this.#heard = messages.length;
    return unheard;
  }
}
