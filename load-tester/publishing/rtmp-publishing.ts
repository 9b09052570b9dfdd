import { encodeAmf0 } from '../../src/protocol/amf/amf0.ts';
import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import { ClientDialogue } from '../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import type { RtmpTarget } from '../../src/protocol/rtmp/rtmp-url.ts';
import { rtmpLimits } from '../protocols/rtmp-protocol.ts';
import type { LoopMessage } from './flv-loop.ts';
import type { PublisherProtocol, PublisherProtocolEvents } from './publisher-protocol.ts';

const setDataFrame = encodeAmf0('@setDataFrame');

/** Publishes the messages of an FLV file over RTMP. */
export class RtmpPublishing implements PublisherProtocol<LoopMessage> {
  readonly #dialogue: ClientDialogue;

  constructor({ app, tcUrl, streamName }: RtmpTarget, events: PublisherProtocolEvents) {
    this.#dialogue = new ClientDialogue(
      {
        send: (bytes) => events.send(bytes),
        onStarted: () => events.onStarted(),
        onMedia: () => {},
        onRefused: ({ code, description }) => events.onEnded(`refused: ${description} (${code})`),
        onEnded: (reason) => events.onEnded(reason),
      },
      { does: 'publish', app, tcUrl, streamName },
      rtmpLimits,
    );
  }

  start(): void {
    this.#dialogue.start();
  }

  receive(bytes: Buffer): void {
    this.#dialogue.receive(bytes);
  }

  publish({ type, atMs, payload }: LoopMessage): void {
    const body = type === FlvTagType.script ? Buffer.concat([setDataFrame, payload]) : payload;
    this.#dialogue.sendMedia(type, atMs % 2 ** 32, body);
  }

  finish(): void {
    this.#dialogue.finish();
  }
}
