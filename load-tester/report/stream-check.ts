import type { PlayedMedia } from '../protocols/player-protocol.ts';
import { AsfCheck } from './asf-check.ts';
import { FlvCheck, isCodedFrame } from './flv-check.ts';
import { StampCheck } from './stamp-check.ts';
import { CheckCounts, type StreamCheckEvents } from './stream-fault.ts';

/** Whether a piece of a stream has audio or video in it, and is not only a header for what follows. */
export function hasFrames(media: PlayedMedia): boolean {
  switch (media.is) {
    case 'message':
      return isCodedFrame(media.type, media.payload);
    case 'asfHeader':
      return false;
    case 'asfPacket':
      return media.packet.payloads.length > 0;
    default:
      return media satisfies never;
  }
}

/** Checks what one player gets of one stream, piece by piece. */
export class StreamCheck {
  readonly counts: CheckCounts = new CheckCounts();
  readonly #flv: FlvCheck;
  readonly #asf: AsfCheck;

  constructor(events: StreamCheckEvents) {
    const stamps = new StampCheck(events, this.counts);
    this.#flv = new FlvCheck(events, this.counts, stamps);
    this.#asf = new AsfCheck(events, this.counts, stamps);
  }

  onMedia(media: PlayedMedia): void {
    switch (media.is) {
      case 'message':
        this.#flv.onMessage(media.type, media.timestamp, media.payload);
        break;
      case 'asfHeader':
        this.#asf.onHeader(media.header);
        break;
      case 'asfPacket':
        this.#asf.onPacket(media.bytes, media.packet, media.locationId);
        break;
      default:
        media satisfies never;
    }
  }

  /** No more will come. */
  finish(): void {
    this.#flv.finish();
  }
}
