import { MessageType } from '../protocol/rtmp/message/message.ts';
import type { Content } from './content.ts';
import type { CapturedFlow, InspectRecord } from './record.ts';

/** Times that go back, or this much ahead of the last one of their kind, are a jump, milliseconds. */
const JUMP_MS = 1000;
/** So many jumps are kept with their places. */
const MAX_JUMPS = 20;
/** Bits are counted by the second of their arrival, or by their timestamps where that is not known. */
const SECOND_MS = 1000;

/** The least, the mean and the most of some numbers. */
export class Spread {
  count = 0;
  least: number = Number.POSITIVE_INFINITY;
  most: number = Number.NEGATIVE_INFINITY;
  #sum = 0;

  add(value: number): void {
    this.count++;
    this.#sum += value;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
  }

  get mean(): number {
    return this.#sum / this.count;
  }
}

/** A timestamp that does not follow the one before it. */
export interface TimestampJump {
  readonly offset: number;
  readonly kind: 'audio' | 'video';
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is known of the audio or the video of a stream. */
export interface TrackStats {
  frames: number;
  firstMs: number;
  lastMs: number;
}

/** Where a frame was found. */
export interface FramePlace {
  readonly offset: number;
  readonly timeMs?: number | undefined;
  /** Whether its timestamp is when it is presented, not when it is decoded; its bits are counted with its packet then. */
  readonly isPresentation?: boolean;
}

/** What one stream of a flow is like: of RTMP, what has one message stream id. */
export class StreamStats {
  readonly flow: CapturedFlow;
  readonly messageStreamId: number;
  bytes = 0;
  /** How many there are, by the name of their kind. */
  readonly kinds: Map<string, number> = new Map();
  video: TrackStats | undefined;
  audio: TrackStats | undefined;
  /** From keyframe to keyframe, milliseconds of timestamps. */
  readonly keyframeIntervals: Spread = new Spread();
  keyframes = 0;
  readonly jumps: TimestampJump[] = [];
  jumpCount = 0;
  /** How much the last video is ahead of the last audio, milliseconds, whenever one of both comes. */
  readonly skew: Spread = new Spread();
  /** Bits in whole seconds. */
  readonly bitsPerSecond: Spread = new Spread();
  /** How much later than by its timestamp a frame comes, compared with the earliest one, milliseconds; without capture times none. */
  readonly lateness: Spread = new Spread();
  /** The longest time in which nothing came, and where it ended. */
  longestSilenceMs = 0;
  longestSilenceAt = 0;
  /** Of ASF, the types of its streams by their numbers, once its header has come. */
  asfTypes: ReadonlyMap<number, string> = new Map();
  #firstArrivalMs: number | undefined;
  #lastArrivalMs: number | undefined;
  #lastKeyframeMs: number | undefined;
  #earliestMs: number | undefined;
  #second: number | undefined;
  #secondBits = 0;

  constructor(flow: CapturedFlow, messageStreamId: number) {
    this.flow = flow;
    this.messageStreamId = messageStreamId;
  }

  /** From the first to the last that came, milliseconds: by arrival, else by timestamps. */
  get durationMs(): number {
    if (this.#firstArrivalMs !== undefined && this.#lastArrivalMs !== undefined)
      return this.#lastArrivalMs - this.#firstArrivalMs;
    const tracks = [this.video, this.audio].filter((track) => track !== undefined);
    return Math.max(0, ...tracks.map(({ firstMs, lastMs }) => lastMs - firstMs));
  }

  add(kind: string, length: number, offset: number, arrivalMs: number | undefined): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    this.bytes += length;
    if (arrivalMs === undefined) return;
    const silenceMs = arrivalMs - (this.#lastArrivalMs ?? arrivalMs);
    if (silenceMs > this.longestSilenceMs) {
      this.longestSilenceMs = silenceMs;
      this.longestSilenceAt = offset;
    }
    this.#firstArrivalMs ??= arrivalMs;
    this.#lastArrivalMs = arrivalMs;
  }

  frame(
    kind: 'audio' | 'video',
    isKeyframe: boolean,
    timestamp: number,
    length: number,
    { offset, timeMs, isPresentation = false }: FramePlace,
  ): void {
    const track = this[kind];
    if (track === undefined) this[kind] = { frames: 1, firstMs: timestamp, lastMs: timestamp };
    else {
      const step = (timestamp - track.lastMs) | 0;
      // frames that are shown in another order than they come in go back a little
      const isReordered = isPresentation && step < 0 && step >= -JUMP_MS;
      if ((step < 0 && !isReordered) || step > JUMP_MS) {
        this.jumpCount++;
        if (this.jumps.length < MAX_JUMPS)
          this.jumps.push({ offset, kind, fromMs: track.lastMs, toMs: timestamp });
      }
      track.frames++;
      if (!isReordered) track.lastMs = timestamp;
    }
    if (isKeyframe) this.#keyframe(timestamp);
    if (this.video !== undefined && this.audio !== undefined)
      this.skew.add((this.video.lastMs - this.audio.lastMs) | 0);
    if (!isPresentation) this.countBits(length, timeMs ?? timestamp);
    if (timeMs === undefined) return;
    const behindMs = timeMs - timestamp;
    this.#earliestMs = Math.min(this.#earliestMs ?? behindMs, behindMs);
    this.lateness.add(behindMs - this.#earliestMs);
  }

  #keyframe(timestamp: number): void {
    this.keyframes++;
    if (this.#lastKeyframeMs !== undefined)
      this.keyframeIntervals.add((timestamp - this.#lastKeyframeMs) | 0);
    this.#lastKeyframeMs = timestamp;
  }

  /** @param timeMs - of their arrival, else by their timestamps */
  countBits(length: number, timeMs: number): void {
    const second = Math.floor(timeMs / SECOND_MS);
    if (this.#second !== undefined && second !== this.#second) {
      this.bitsPerSecond.add(this.#secondBits);
      this.#secondBits = 0;
    }
    this.#second = second;
    this.#secondBits += 8 * length;
  }
}

/** So many streams are counted: a capture may have a message stream id in each of its messages. */
const MAX_STREAMS = 4096;

/** Counts what is found, by stream. */
export class InspectionStats {
  readonly #streams = new Map<string, StreamStats>();
  faults = 0;

  get streams(): readonly StreamStats[] {
    return [...this.#streams.values()];
  }

  add(record: InspectRecord): void {
    if (isFault(record)) this.faults++;
    if (record.is === 'packet') this.#packet(record);
    if (record.is !== 'message' && record.is !== 'tag') return;
    const { content, timestamp, length, offset, timeMs } = record;
    const stream = this.#stream(record.flow, record.is === 'message' ? record.messageStreamId : 0);
    if (stream === undefined) return;
    stream.add(kindOf(content, record.type), length, offset, timeMs);
    if (content.is === 'aggregate') {
      for (const part of content.parts) countFrame(stream, part.content, part.timestamp, part.length, record);
    } else countFrame(stream, content, timestamp, length, record);
  }

  #packet(record: Extract<InspectRecord, { is: 'packet' }>): void {
    const stream = this.#stream(record.flow, 0);
    if (stream === undefined) return;
    const { content, length, offset, timeMs, id } = record;
    stream.add(id, length, offset, timeMs);
    if (content.is === 'asf-header')
      stream.asfTypes = new Map(content.streams.map(({ number, type }) => [number, type]));
    if (content.is !== 'asf-packet') return;
    if (stream.asfTypes.size === 0) {
      const isKeyframe = content.payloads.some(({ isKey, startsObject }) => isKey && startsObject);
      stream.frame('video', isKeyframe, content.sendTimeMs, length, record);
      return;
    }
    stream.countBits(length, timeMs ?? content.sendTimeMs);
    const place = { offset, timeMs, isPresentation: true };
    for (const { stream: number, isKey, startsObject, timeMs: at = content.sendTimeMs } of content.payloads) {
      const type = stream.asfTypes.get(number);
      if (!startsObject || (type !== 'audio' && type !== 'video')) continue;
      stream.frame(type, isKey && type === 'video', at, 0, place);
    }
  }

  #stream(flow: CapturedFlow, messageStreamId: number): StreamStats | undefined {
    const key = `${flow.id}/${messageStreamId}`;
    const known = this.#streams.get(key);
    if (known !== undefined || this.#streams.size === MAX_STREAMS) return known;
    const stream = new StreamStats(flow, messageStreamId);
    this.#streams.set(key, stream);
    return stream;
  }
}

/** Whether something is wrong: a fault of the capture, or what a message says cannot be read. */
export function isFault(record: InspectRecord): boolean {
  if (record.is === 'fault') return true;
  return 'content' in record && record.content.is === 'unreadable';
}

function countFrame(
  stream: StreamStats,
  content: Content,
  timestamp: number,
  length: number,
  place: { readonly offset: number; readonly timeMs?: number | undefined },
): void {
  if (content.is !== 'audio' && content.is !== 'video') return;
  if (content.packet !== 'codedFrames') return; // headers and ends have times of their own
  stream.frame(content.is, content.is === 'video' && content.isKeyframe, timestamp, length, place);
}

/** What messages are counted as. */
export function kindOf(content: Content, type: number): string {
  if (content.is === 'audio' || content.is === 'video')
    return content.packet === 'codedFrames' ? content.is : `${content.is} ${content.packet}`;
  if (content.is === 'command') return `command ${content.name}`.slice(0, 64);
  if (content.is === 'unreadable' || content.is === 'other') return typeName(type);
  return content.is;
}

/** The name of a message type, or its number. */
export function typeName(type: number): string {
  const name = Object.entries(MessageType).find(([, id]) => id === type)?.[0];
  return name?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) ?? `type ${type}`;
}
