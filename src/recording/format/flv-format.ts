import { type AmfObject, amfObject } from '../../protocol/amf/amf-value.ts';
import { decodeAudioTagHeader } from '../../protocol/flv/audio-tag-header.ts';
import { FlvTagType, flvTagBytes, writeFlvTag } from '../../protocol/flv/flv-tag.ts';
import { decodeVideoTagHeader, VideoFrameType } from '../../protocol/flv/video-tag-header.ts';
import type { RecordedFrame } from '../link/store-link.ts';
import { broughtMetadata } from './brought-metadata.ts';
import { encodeFlvHead, flvHeadBytes } from './flv-head.ts';
import type { RecordedFacts, RecordedFormat, StartPlaces } from './recorded-format.ts';
import { StartIndex } from './start-index.ts';
import { StreamTime } from './stream-time.ts';

/** A tag that waits to be written. */
interface WaitingTag {
  readonly type: FlvTagType;
  readonly timeMs: number;
  readonly payload: Buffer;
}

/** Data of AMF3, which FLV has no tag for. What it says is AMF0 behind one byte. */
const dataAmf3 = 15;

/** Changes of headers in one file that are remembered. */
const MAX_HEADERS = 256;

/** The last frame is taken for as long as the one before it, and for no more than this, milliseconds. */
const MAX_FRAME_MS = 1000;

/** A recording as FLV. */
export class FlvFormat implements RecordedFormat {
  readonly headBytes: number;
  readonly #brought: AmfObject;
  readonly #index = new StartIndex();
  readonly #headerOffsets: number[] = [];
  readonly #time = new StreamTime();
  #lastMetadata: Buffer | undefined;
  #waiting: WaitingTag[] = [];
  #waitingBytes = 0;
  /** Of head and body, with what waits. */
  #bytes: number;
  #lastMs = 0;
  #lastStepMs = 0;
  #hasAudio = false;
  #hasVideo = false;
  #hasBegun = false;

  /**
   * @param metadata - what came before the first coded frame
   * @param headBytes - of a file that is there already
   */
  constructor(metadata: Buffer | undefined, headBytes?: number) {
    this.#lastMetadata = metadata;
    this.#brought = metadata === undefined ? amfObject({}) : broughtMetadata(metadata);
    this.headBytes = headBytes ?? flvHeadBytes(this.#brought);
    this.#bytes = this.headBytes;
  }

  /** Begins with what came before the first coded frame. */
  static of(prefaces: readonly RecordedFrame[]): FlvFormat {
    const metadata = prefaces.findLast(({ role }) => role === 'metadata');
    return new FlvFormat(metadata && scriptOf(metadata));
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get facts(): RecordedFacts {
    const durationMs = this.#lastMs + Math.min(this.#lastStepMs, MAX_FRAME_MS);
    return { durationMs, hasVideo: this.#hasVideo, bytes: this.#bytes };
  }

  get places(): StartPlaces {
    const { timesMs, offsets } = this.#index;
    return { timesMs, offsets, headerOffsets: this.#headerOffsets };
  }

  get unsaidPlaces(): StartPlaces {
    return { timesMs: [], offsets: [], headerOffsets: this.#headerOffsets };
  }

  take(frame: RecordedFrame): boolean {
    if (frame.role === 'metadata') this.#takeMetadata(scriptOf(frame));
    else if (isMedia(frame.tag)) this.#push(frame.tag, this.#note(frame), frame.payload);
    else this.#push(FlvTagType.script, this.#timeOf(frame), scriptOf(frame));
    return true;
  }

  /** Takes a tag that stands in the body already, where the last one ends. */
  reread(type: FlvTagType, timestamp: number, payload: Buffer): void {
    if (isMedia(type)) this.#note(frameOfTag(type, timestamp, payload));
    this.#bytes += flvTagBytes(payload.length);
  }

  drain(maxBytes: number = Number.POSITIVE_INFINITY): Buffer {
    let size = 0;
    let count = 0;
    for (const { payload } of this.#waiting) {
      const next = size + flvTagBytes(payload.length);
      if (count > 0 && next > maxBytes) break;
      size = next;
      count++;
    }
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const { type, timeMs, payload } of this.#waiting.slice(0, count))
      at = writeFlvTag(bytes, at, type, timeMs >>> 0, payload);
    this.#waiting = this.#waiting.slice(count);
    this.#waitingBytes -= size;
    return bytes;
  }

  tail(): Buffer {
    return Buffer.alloc(0);
  }

  head(): Buffer {
    return encodeFlvHead(
      {
        content: this.#hasBegun
          ? { audio: this.#hasAudio, video: this.#hasVideo }
          : { audio: true, video: true },
        brought: this.#brought,
        durationMs: this.facts.durationMs,
        lastTimestampMs: this.#lastMs,
        bytes: this.#bytes,
        timesMs: this.#index.timesMs,
        offsets: this.#index.offsets,
      },
      this.headBytes,
    );
  }

  /** The time of metadata is 0 wherever it stands: with any other ffmpeg 5.1 takes it for a subtitle. */
  #takeMetadata(payload: Buffer): void {
    if (this.#lastMetadata?.equals(payload)) return;
    this.#lastMetadata = payload;
    this.#push(FlvTagType.script, 0, payload);
  }

  /** @returns its time in the file */
  #note(frame: RecordedFrame): number {
    const { role, kind, isKeyframe } = frame;
    if (kind === 'video') this.#hasVideo = true;
    else this.#hasAudio = true;
    const timeMs = this.#timeOf(frame);
    if (role === 'header' && this.#hasBegun && this.#headerOffsets.length < MAX_HEADERS)
      this.#headerOffsets.push(this.#bytes);
    if (role === 'coded') this.#onCoded(timeMs, isKeyframe);
    return timeMs;
  }

  #onCoded(timeMs: number, isKeyframe: boolean): void {
    this.#hasBegun = true;
    if (isKeyframe) {
      // mpegts.js 1.8 leaves the first place out, believing that it is the sequence header's
      if (this.#index.offsets.length === 0) this.#index.add(0, this.headBytes);
      this.#index.add(timeMs, this.#bytes);
    } else if (!this.#hasVideo) this.#index.addAudio(timeMs, this.#bytes);
    if (timeMs <= this.#lastMs) return;
    this.#lastStepMs = timeMs - this.#lastMs;
    this.#lastMs = timeMs;
  }

  /** What comes before the first coded frame may have any time: it belongs to the beginning. */
  #timeOf({ role, timestamp }: RecordedFrame): number {
    return role === 'coded' || this.#hasBegun ? this.#time.since(timestamp) : 0;
  }

  #push(type: FlvTagType, timeMs: number, payload: Buffer): void {
    const size = flvTagBytes(payload.length);
    this.#waiting.push({ type, timeMs, payload });
    this.#waitingBytes += size;
    this.#bytes += size;
  }
}

function isMedia(tag: number): tag is typeof FlvTagType.audio | typeof FlvTagType.video {
  return tag === FlvTagType.audio || tag === FlvTagType.video;
}

/** What a stream has had as a tag of audio or video. */
function frameOfTag(type: FlvTagType, timestamp: number, payload: Buffer): RecordedFrame {
  const base = { tag: type, timestamp, payload };
  const header = type === FlvTagType.video ? decodeVideoTagHeader(payload) : decodeAudioTagHeader(payload);
  const kind = type === FlvTagType.video ? 'video' : 'audio';
  if (header.packet === 'codedFrames') {
    const isKeyframe =
      'frameType' in header &&
      header.frameType === VideoFrameType.key &&
      header.tracks.some(({ trackId }) => trackId === 0);
    return { ...base, kind, role: 'coded', isKeyframe };
  }
  const role = header.packet === 'sequenceEnd' || header.packet === 'other' ? 'other' : 'header';
  return { ...base, kind, role, isKeyframe: false };
}

function scriptOf({ tag, payload }: RecordedFrame): Buffer {
  return tag === dataAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
}
