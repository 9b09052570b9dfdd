import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import { FlvTagReader } from '../../src/protocol/flv/flv-tag-reader.ts';
import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import type { BodyReader } from './body-reader.ts';
import type { PlayerProtocolEvents } from './player-protocol.ts';

const MAX_TAG_BYTES = 8 * 2 ** 20;

/** Tells of the media in an FLV stream as its bytes come. */
export class FlvMedia implements BodyReader {
  readonly #tags = new FlvTagReader({ maxTagBytes: MAX_TAG_BYTES });
  readonly #events: Pick<PlayerProtocolEvents, 'onMedia'>;

  constructor(events: Pick<PlayerProtocolEvents, 'onMedia'>) {
    this.#events = events;
  }

  /** Takes bytes over. @throws ProtocolError when they are no FLV */
  receive(bytes: Buffer): void {
    this.#tags.push(bytes);
    for (const { type, timestamp, payload } of this.#tags.tags()) {
      const messageType = type === FlvTagType.script ? MessageType.dataAmf0 : type;
      this.#events.onMedia({ is: 'message', type: messageType, timestamp, payload });
    }
  }

  endIn(): undefined {}
}
