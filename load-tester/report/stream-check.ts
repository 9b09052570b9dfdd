import { type AudioTagHeader, decodeAudioTagHeader } from '../../src/protocol/flv/audio-tag-header.ts';
import { FourCc } from '../../src/protocol/flv/fourcc.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoTagHeader,
} from '../../src/protocol/flv/video-tag-header.ts';
import { type MediaType, MessageType } from '../../src/protocol/rtmp/message/message.ts';
import { mayBeStamped, readStamp } from '../stamp.ts';

/** What can be wrong with a stream as a player gets it. */
export const StreamFault = {
  noKeyframe: 'starts without a keyframe',
  noHeader: 'starts without a sequence header',
  backward: 'timestamp goes back',
  missing: 'message missing',
  outOfOrder: 'message out of order',
  unstamped: 'message has lost its stamp',
} as const;
export type StreamFault = (typeof StreamFault)[keyof typeof StreamFault];

/** What a check finds out. */
export interface StreamCheckEvents {
  /** @param times - how often: the messages of one gap are missing at once */
  onFault(fault: StreamFault, description: string, times: number): void;
  onStamp(sentAtMs: number): void;
}

/** Codecs that no decoder can begin with before their sequence header has come. */
const codecsWithHeader: ReadonlySet<string> = new Set([
  FourCc.avc,
  FourCc.hevc,
  FourCc.av1,
  FourCc.vp9,
  FourCc.aac,
  FourCc.opus,
  FourCc.flac,
]);

/** Whether a message is a frame of audio or video and not a header, or anything else that only stands beside frames. */
export function isCodedFrame(type: MediaType, payload: Buffer): boolean {
  if (type === MessageType.video) return decodeVideoTagHeader(payload).packet === 'codedFrames';
  return type === MessageType.audio && decodeAudioTagHeader(payload).packet === 'codedFrames';
}

/** Checks what one player gets of one stream, message by message. */
export class StreamCheck {
  readonly #events: StreamCheckEvents;
  /** Tracks by kind and id: the last timestamp. */
  readonly #timestamps = new Map<number, number>();
  readonly #headers = new Set<number>();
  #sequence: number | undefined;
  #hasVideo = false;
  /** Up to the first keyframe, servers leave out the video that nobody could decode. */
  #hasKeyframe = false;
  #missingBeforeVideo = 0;
  /** Messages so far. */
  audioMessages = 0;
  videoMessages = 0;
  stampedMessages = 0;
  mediaBytes = 0;

  constructor(events: StreamCheckEvents) {
    this.#events = events;
  }

  /** @param payload - is only looked at */
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    if (type === MessageType.video) {
      this.videoMessages++;
      this.#check(type, timestamp, payload, decodeVideoTagHeader(payload));
    } else if (type === MessageType.audio) {
      this.audioMessages++;
      this.#check(type, timestamp, payload, decodeAudioTagHeader(payload));
    }
  }

  /** No more will come. */
  finish(): void {
    if (!this.#hasVideo) this.#reportMissing(this.#missingBeforeVideo, 'in a stream without video');
    this.#missingBeforeVideo = 0;
  }

  #check(type: MediaType, timestamp: number, payload: Buffer, header: VideoTagHeader | AudioTagHeader): void {
    this.mediaBytes += payload.length;
    const isCoded = header.packet === 'codedFrames';
    this.#checkStamp(payload, isCoded);
    if ('frameType' in header) {
      this.#hasVideo = true;
      if (isCoded) this.#checkStart(header);
    }
    for (const { trackId, fourCc } of header.tracks) {
      const track = type * 256 + trackId;
      if (isCoded) this.#checkFrame(track, timestamp, fourCc);
      else if (header.packet.endsWith('equenceStart')) this.#headers.add(track);
    }
  }

  #checkStart({ frameType }: VideoTagHeader): void {
    if (this.#hasKeyframe) return;
    if (frameType !== VideoFrameType.key) {
      this.#events.onFault(StreamFault.noKeyframe, `the first frame is of type ${frameType}`, 1);
    }
    this.#hasKeyframe = true;
    this.#missingBeforeVideo = 0;
  }

  #checkFrame(track: number, timestamp: number, fourCc: string): void {
    const last = this.#timestamps.get(track);
    if (last === undefined && codecsWithHeader.has(fourCc) && !this.#headers.has(track)) {
      this.#events.onFault(StreamFault.noHeader, `the first frame of ${fourCc} comes before its header`, 1);
    }
    // the difference and not the order tells: timestamps wrap
    if (last !== undefined && ((timestamp - last) | 0) < 0) {
      this.#events.onFault(StreamFault.backward, `${fourCc} at ${timestamp} ms behind ${last} ms`, 1);
    }
    this.#timestamps.set(track, timestamp);
  }

  #checkStamp(payload: Buffer, isCoded: boolean): void {
    const stamp = readStamp(payload);
    if (stamp === undefined) {
      if (isCoded && this.stampedMessages > 0 && mayBeStamped(payload)) {
        this.#events.onFault(StreamFault.unstamped, `after number ${this.#sequence}`, 1);
      }
      return;
    }
    this.stampedMessages++;
    const { sequence, sentAtMs } = stamp;
    if (this.#sequence !== undefined) {
      const step = (sequence - this.#sequence) | 0;
      if (step > 1) this.#onGap(step - 1);
      else if (step < 1) {
        const description = `number ${sequence} behind ${this.#sequence}`;
        this.#events.onFault(StreamFault.outOfOrder, description, 1);
      }
    }
    this.#sequence = sequence;
    this.#events.onStamp(sentAtMs);
  }

  #onGap(missing: number): void {
    if (this.#hasKeyframe) this.#reportMissing(missing, `after number ${this.#sequence}`);
    else this.#missingBeforeVideo += missing;
  }

  #reportMissing(missing: number, where: string): void {
    if (missing > 0) this.#events.onFault(StreamFault.missing, `${missing} ${where}`, missing);
  }
}
