import { type AudioTagHeader, decodeAudioTagHeader } from '../../src/protocol/flv/audio-tag-header.ts';
import { FourCc } from '../../src/protocol/flv/fourcc.ts';
import {
  decodeVideoTagHeader,
  VideoFrameType,
  type VideoTagHeader,
} from '../../src/protocol/flv/video-tag-header.ts';
import { type MediaType, MessageType } from '../../src/protocol/rtmp/message/message.ts';
import { mayBeStamped, readStamp } from '../stamp.ts';
import type { StampCheck } from './stamp-check.ts';
import { type CheckCounts, msBetween, type StreamCheckEvents, StreamFault } from './stream-fault.ts';

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

/** Checks what one player gets of one stream over RTMP or as FLV, message by message. */
export class FlvCheck {
  readonly #events: StreamCheckEvents;
  readonly #counts: CheckCounts;
  readonly #stamps: StampCheck;
  /** Tracks by kind and id: the last timestamp. */
  readonly #timestamps = new Map<number, number>();
  /** The latest of all tracks. */
  #latestMs: number | undefined;
  readonly #headers = new Set<number>();
  #hasVideo = false;
  /** Up to the first keyframe, servers leave out the video that nobody could decode. */
  #hasKeyframe = false;
  #missingBeforeVideo = 0;

  constructor(events: StreamCheckEvents, counts: CheckCounts, stamps: StampCheck) {
    this.#events = events;
    this.#counts = counts;
    this.#stamps = stamps;
  }

  /** @param payload - is only looked at */
  onMessage(type: MediaType, timestamp: number, payload: Buffer): void {
    if (type === MessageType.video) {
      this.#counts.videoMessages++;
      this.#check(type, timestamp, payload, decodeVideoTagHeader(payload));
    } else if (type === MessageType.audio) {
      this.#counts.audioMessages++;
      this.#check(type, timestamp, payload, decodeAudioTagHeader(payload));
    }
  }

  /** No more will come. */
  finish(): void {
    if (!this.#hasVideo) this.#reportMissing(this.#missingBeforeVideo, 'in a stream without video');
    this.#missingBeforeVideo = 0;
  }

  #check(type: MediaType, timestamp: number, payload: Buffer, header: VideoTagHeader | AudioTagHeader): void {
    this.#counts.mediaBytes += payload.length;
    const isCoded = header.packet === 'codedFrames';
    this.#checkStamp(payload, isCoded);
    if ('frameType' in header) {
      this.#hasVideo = true;
      if (isCoded) this.#checkStart(header);
    }
    if (isCoded) this.#countTime(timestamp);
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

  #countTime(timestamp: number): void {
    const step = this.#latestMs === undefined ? 0 : msBetween(this.#latestMs, timestamp);
    if (step < 0) return;
    this.#counts.mediaMs += step;
    this.#latestMs = timestamp;
  }

  #checkFrame(track: number, timestamp: number, fourCc: string): void {
    const last = this.#timestamps.get(track);
    if (last === undefined && codecsWithHeader.has(fourCc) && !this.#headers.has(track)) {
      this.#events.onFault(StreamFault.noHeader, `the first frame of ${fourCc} comes before its header`, 1);
    }
    if (last !== undefined && msBetween(last, timestamp) < 0) {
      this.#events.onFault(StreamFault.backward, `${fourCc} at ${timestamp} ms behind ${last} ms`, 1);
    }
    this.#timestamps.set(track, timestamp);
  }

  #checkStamp(payload: Buffer, isCoded: boolean): void {
    const gap = this.#stamps.follow(readStamp(payload), isCoded && mayBeStamped(payload));
    if (gap === undefined) return;
    if (this.#hasKeyframe) this.#reportMissing(gap.missing, `after number ${gap.behind}`);
    else this.#missingBeforeVideo += gap.missing;
  }

  #reportMissing(missing: number, where: string): void {
    if (missing > 0) this.#events.onFault(StreamFault.missing, `${missing} ${where}`, missing);
  }
}
