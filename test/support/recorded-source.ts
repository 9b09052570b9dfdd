import { readFileSync } from 'node:fs';
import { flvFrame } from '../../src/family/flv/flv-frame.ts';
import { FlvTagType, flvTagBytes } from '../../src/protocol/flv/flv-tag.ts';
import type { FlvTag } from '../../src/protocol/flv/flv-tag-reader.ts';
import { FlvFormat } from '../../src/recording/format/flv-format.ts';
import type { PlayNote, RecordingIndex } from '../../src/recording/link/store-link.ts';
import type { Recording } from '../../src/recording/recording.ts';
import { RecordingError } from '../../src/recording/recording-error.ts';
import type { RecordingSource } from '../../src/session/recorded/recording-source.ts';
import { bbbPath, flvTags } from './media.ts';

/** The key of the recording that is there from the beginning: ten seconds of Big Buck Bunny. */
export const bbbKey = 'recordings/live/cam1/20261123T012719Z-AAAAAAAAAAAAAAAAAAAAAA';

interface Kept {
  readonly recording: Recording;
  readonly bytes: Buffer;
  readonly index: RecordingIndex;
}

/** Recordings in memory, as a store would give them. */
export class RecordedSource implements RecordingSource {
  readonly notes: PlayNote[] = [];
  /** What was read, as `OFFSET+LENGTH`. */
  readonly reads: string[] = [];
  /** What reading throws where it touches this offset; undefined: nothing. */
  fault: { readonly offset: number; readonly error: RecordingError } | undefined;
  readonly #kept = new Map<string, Kept>();

  constructor() {
    this.add(bbbKey, readFileSync(bbbPath));
  }

  /** Puts an FLV file there. @param facts - in which its description differs from what the file says */
  add(key: string, bytes: Buffer, facts: Partial<Recording> = {}): void {
    const [, stream = '', id = ''] = /^recordings\/(.*)\/([^/]*)$/.exec(key) ?? [];
    const isFlv = bytes.toString('latin1', 0, 3) === 'FLV';
    const tags = isFlv ? flvTags(bytes) : [];
    const hasVideo = tags.some(({ type }) => type === FlvTagType.video);
    const [head] = tags;
    const headBytes = head?.type === FlvTagType.script ? head.offset + flvTagBytes(head.payload.length) : 13;
    const starts = tags.filter(({ type, payload }) => isStart(type, payload, hasVideo));
    const recording: Recording = {
      ...{ key, stream, id, family: isFlv ? 'FLV' : 'ASF', state: 'finished' },
      startedAt: '2026-11-23T01:27:19.000Z',
      durationMs: tags.at(-1)?.timestamp ?? 0,
      bytes: bytes.length,
      ...{ run: id, part: 1, hasVideo, isSealed: false, isUploaded: false },
      ...facts,
    };
    const index = {
      headBytes,
      timesMs: Float64Array.of(0, ...starts.map(({ timestamp }) => timestamp)),
      offsets: Float64Array.of(headBytes, ...starts.map(({ offset }) => offset)),
      headerOffsets: Float64Array.of(),
    };
    this.#kept.set(key, { recording, bytes, index });
  }

  /** Writes tags to a file as the store does, and puts it there. */
  record(key: string, tags: readonly FlvTag[]): void {
    const frames = tags.flatMap(({ type, timestamp, payload }) => flvFrame(type, timestamp, payload) ?? []);
    const recorded = frames.map((frame) => ({
      ...frame,
      isKeyframe: frame.role === 'coded' && frame.isKeyframe,
    }));
    const format = FlvFormat.of([]);
    for (const frame of recorded) format.take(frame);
    const { headBytes, facts, places } = format;
    const body = format.drain(Number.POSITIVE_INFINITY);
    this.add(key, Buffer.concat([format.head(), body]), facts);
    const { recording, bytes } = this.#get(key);
    const { timesMs, offsets, headerOffsets } = places;
    const index = {
      headBytes,
      timesMs: Float64Array.from(timesMs),
      offsets: Float64Array.from(offsets),
      headerOffsets: Float64Array.from(headerOffsets),
    };
    this.#kept.set(key, { recording, bytes, index });
  }

  async describe(key: string): Promise<Recording | undefined> {
    return this.#kept.get(key)?.recording;
  }

  async index(key: string): Promise<RecordingIndex> {
    return this.#get(key).index;
  }

  async read(key: string, offset: number, length: number): Promise<Buffer> {
    this.reads.push(`${offset}+${length}`);
    const { fault } = this;
    if (fault !== undefined && offset <= fault.offset && fault.offset < offset + length) throw fault.error;
    return Buffer.from(this.#get(key).bytes.subarray(offset, offset + length));
  }

  note(line: PlayNote): void {
    this.notes.push(line);
  }

  #get(key: string): Kept {
    const kept = this.#kept.get(key);
    if (kept === undefined) throw new RecordingError('not-found', `there is no ${key}`);
    return kept;
  }
}

/** A coded frame at which a player can begin. */
function isStart(type: FlvTagType, payload: Buffer, hasVideo: boolean): boolean {
  if (!hasVideo) return type === FlvTagType.audio && payload[1] !== 0;
  return type === FlvTagType.video && payload[0] === 0x17 && payload[1] === 1;
}
