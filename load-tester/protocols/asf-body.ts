import { AsfFileReader } from '../../src/protocol/asf/asf-file-reader.ts';
import { AsfMedia } from './asf-media.ts';
import type { BodyReader } from './body-reader.ts';
import type { PlayerProtocolEvents } from './player-protocol.ts';

/** Tells of the media in raw ASF: a file without end. */
export class AsfBody implements BodyReader {
  readonly #file = new AsfFileReader();
  readonly #media: AsfMedia;

  constructor(events: Pick<PlayerProtocolEvents, 'onMedia'>) {
    this.#media = new AsfMedia(events);
  }

  receive(bytes: Buffer): void {
    this.#file.push(bytes);
    for (const part of this.#file.parts()) {
      if (part.is === 'header') this.#media.onHeader(part.bytes);
      else this.#media.onPacket(part.bytes, undefined);
    }
  }

  endIn(): undefined {}
}
