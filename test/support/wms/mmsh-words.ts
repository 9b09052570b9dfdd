import { MmshReader } from '../../../src/protocol/mmsh/mmsh-reader.ts';
import { asfParts } from '../asf-frames.ts';
import { sendTimeOf } from './asf-film.ts';
import { encoderPacket } from './encoder-packets.ts';

/** What an encoder sends for the {@link asfParts} of a script. */
export function pushPackets(script: string): Buffer {
  const parts = [...asfParts(script)];
  return Buffer.concat(parts.map(({ is, bytes }) => encoderPacket(is === 'header' ? 'H' : 'D', bytes)));
}

/** Hears what a player of MMSH is sent. */
export class MmshListener {
  readonly #reader = new MmshReader();

  /** The packets in these bytes: the time of each that has media, H for a header, C for a change, E for an end. */
  hear(bytes: Buffer): string[] {
    this.#reader.push(bytes);
    return [...this.#reader.packets()].map((packet) => {
      if (packet.is === 'header') return 'H';
      if (packet.is === 'data') return String(sendTimeOf(packet.packet));
      return packet.is === 'change' ? 'C' : 'E';
    });
  }
}
