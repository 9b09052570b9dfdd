import type { AsfHeader } from '../../src/protocol/asf/asf-header.ts';
import type { AsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import { stampedPayload } from '../asf-stamp.ts';
import { readStamp } from '../stamp.ts';
import type { StampCheck } from './stamp-check.ts';
import { type CheckCounts, msBetween, type StreamCheckEvents, StreamFault } from './stream-fault.ts';

/** Checks what one player gets of one stream of ASF, packet by packet. */
export class AsfCheck {
  readonly #events: StreamCheckEvents;
  readonly #counts: CheckCounts;
  readonly #stamps: StampCheck;
  readonly #audio = new Set<number>();
  readonly #video = new Set<number>();
  /** The stream that a player begins with: without video, none. */
  #firstVideo: number | undefined;
  #hasKeyframe = false;
  #sendTimeMs: number | undefined;
  #locationId: number | undefined;

  constructor(events: StreamCheckEvents, counts: CheckCounts, stamps: StampCheck) {
    this.#events = events;
    this.#counts = counts;
    this.#stamps = stamps;
  }

  onHeader({ streams }: AsfHeader): void {
    this.#audio.clear();
    this.#video.clear();
    for (const { number, type } of streams) {
      if (type === 'audio') this.#audio.add(number);
      else if (type === 'video') this.#video.add(number);
    }
    [this.#firstVideo] = this.#video;
    this.#locationId = undefined; // servers may count a header as well
  }

  /** @param locationId - its number, where the protocol gives it one */
  onPacket(bytes: Buffer, packet: AsfPacket, locationId: number | undefined): void {
    this.#counts.packets++;
    this.#counts.mediaBytes += bytes.length;
    this.#checkNumber(locationId);
    this.#checkTime(packet.sendTimeMs);
    this.#checkPayloads(packet);
    const stamped = stampedPayload(bytes, packet);
    const gap = this.#stamps.follow(stamped && readStamp(stamped), stamped !== undefined);
    if (gap !== undefined)
      this.#events.onFault(StreamFault.missing, `${gap.missing} after number ${gap.behind}`, gap.missing);
  }

  #checkNumber(locationId: number | undefined): void {
    const last = this.#locationId;
    this.#locationId = locationId;
    if (last === undefined || locationId === undefined) return;
    const step = (locationId - last) | 0;
    const description = `${locationId} behind ${last}`;
    if (step > 1) this.#events.onFault(StreamFault.numberMissing, description, step - 1);
    else if (step < 1) this.#events.onFault(StreamFault.numberBack, description, 1);
  }

  #checkTime(sendTimeMs: number): void {
    const last = this.#sendTimeMs;
    this.#sendTimeMs = sendTimeMs;
    if (last === undefined) return;
    const step = msBetween(last, sendTimeMs);
    if (step < 0)
      this.#events.onFault(StreamFault.backward, `a packet at ${sendTimeMs} ms behind ${last} ms`, 1);
    else this.#counts.mediaMs += step;
  }

  #checkPayloads({ payloads }: AsfPacket): void {
    for (const { stream, isKey, startsObject } of payloads) {
      if (stream === this.#firstVideo && !this.#hasKeyframe) {
        this.#hasKeyframe = true;
        if (!isKey || !startsObject) {
          const what = startsObject ? 'is no key frame' : 'is in the middle of a frame';
          this.#events.onFault(StreamFault.noKeyframe, `the first payload of stream ${stream} ${what}`, 1);
        }
      }
      if (!startsObject) continue;
      if (this.#video.has(stream)) this.#counts.videoMessages++;
      else if (this.#audio.has(stream)) this.#counts.audioMessages++;
    }
  }
}
