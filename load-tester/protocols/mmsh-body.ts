import { encodeMmshEnd, MmshEndReason } from '../../src/protocol/mmsh/mmsh-packet.ts';
import { MmshReader } from '../../src/protocol/mmsh/mmsh-reader.ts';
import { AsfMedia } from './asf-media.ts';
import type { BodyReader } from './body-reader.ts';
import type { PlayerProtocolEvents } from './player-protocol.ts';

const END = encodeMmshEnd(MmshEndReason.over);
const GOODBYE = 'the server said $E';

/** Tells of the media in MMSH packets. */
export class MmshBody implements BodyReader {
  readonly #packets = new MmshReader({ framing: 'with data packet headers' });
  readonly #media: AsfMedia;
  readonly #events: Pick<PlayerProtocolEvents, 'onMedia' | 'onEnded'>;

  constructor(events: Pick<PlayerProtocolEvents, 'onMedia' | 'onEnded'>) {
    this.#events = events;
    this.#media = new AsfMedia(events);
  }

  receive(bytes: Buffer): void {
    this.#packets.push(bytes);
    for (const packet of this.#packets.packets()) {
      if (packet.is === 'header') this.#media.onHeader(packet.header);
      else if (packet.is === 'data') this.#media.onPacket(packet.packet, packet.locationId);
      else if (packet.is === 'end' && packet.reason === MmshEndReason.over) this.#events.onEnded(GOODBYE);
    }
  }

  /** An end with nothing to follow is the last packet. */
  endIn(tail: Buffer): string | undefined {
    return tail.subarray(-END.length).equals(END) ? GOODBYE : undefined;
  }
}
