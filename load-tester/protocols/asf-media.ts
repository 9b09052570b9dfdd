import { readAsfHeader } from '../../src/protocol/asf/asf-header.ts';
import { readAsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import type { PlayerProtocolEvents } from './player-protocol.ts';

/** Tells of the headers and data packets of ASF, in whatever protocol they came. */
export class AsfMedia {
  readonly #events: Pick<PlayerProtocolEvents, 'onMedia'>;
  #packetBytes = 0;

  constructor(events: Pick<PlayerProtocolEvents, 'onMedia'>) {
    this.#events = events;
  }

  /** @throws ProtocolError when it is none */
  onHeader(bytes: Buffer): void {
    const header = readAsfHeader(bytes);
    this.#packetBytes = header.packetBytes;
    this.#events.onMedia({ is: 'asfHeader', header });
  }

  /** @param bytes - with or without padding. @throws ProtocolError when it is none of the header before it */
  onPacket(bytes: Buffer, locationId: number | undefined): void {
    const packet = readAsfPacket(bytes, this.#packetBytes);
    this.#events.onMedia({ is: 'asfPacket', bytes, packet, locationId });
  }
}
