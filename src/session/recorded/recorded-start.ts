import { ProtocolError } from '../../errors.ts';
import { flvFrame } from '../../family/flv/flv-frame.ts';
import { amfObject, EcmaArray } from '../../protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../protocol/amf/amf0.ts';
import { FlvTagType } from '../../protocol/flv/flv-tag.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import type { Frame } from '../../stream/frame.ts';
import { placeBefore } from './place-before.ts';
import type { RecordedFile } from './recorded-file.ts';
import { type RecordedTag, readSpan } from './recorded-tags.ts';

/** Where a player begins. */
export interface RecordedStart {
  /** Of the tag that comes first. */
  readonly offset: number;
  /** The metadata, and what holds there: the latest header of each kind, in the order of the file. */
  readonly headers: readonly RecordedTag[];
}

/** Of changed headers so many are read for one start: more are no broadcast. */
const MAX_CHANGES = 256;

/** Where to begin for a time: at the keyframe before, or without video at the last place before. @throws RecordingError */
export async function startAt(file: RecordedFile, timeMs: number): Promise<RecordedStart> {
  const { timesMs, offsets, headBytes } = file.index;
  const offset = timeMs <= 0 ? headBytes : (offsets[placeBefore(timesMs, timeMs)] ?? headBytes);
  const metadata = await metadataOf(file);
  if (offset === headBytes) return { offset, headers: metadata }; // the others come first in the file
  return { offset, headers: [...metadata, ...(await headersBefore(file, offset))] };
}

/** Those of the beginning, each replaced by the last one of its kind before an offset. */
async function headersBefore(file: RecordedFile, offset: number): Promise<readonly RecordedTag[]> {
  const { headBytes, headerOffsets } = file.index;
  const latest = new Map<string, RecordedTag>();
  const { tags } = await readSpan(file, headBytes);
  for (const tag of tags) {
    const frame = frameOf(tag);
    if (frame?.role === 'coded') break;
    note(latest, tag, frame);
  }
  const changes = headerOffsets.subarray(0, placeBefore(headerOffsets, offset - 1) + 1);
  for (const at of changes.subarray(-MAX_CHANGES)) {
    const [tag] = (await readSpan(file, at)).tags;
    if (tag !== undefined) note(latest, tag, frameOf(tag));
  }
  return [...latest.values()].sort((one, other) => one.offset - other.offset);
}

/** The values of metadata with an index of all places, and more. */
const MAX_VALUES = 20_000;

/** The metadata of the head without its index and what fills it: RTMP seeks by time. None where the head has none. */
async function metadataOf(file: RecordedFile): Promise<readonly RecordedTag[]> {
  const { payload } = await file.share('metadata', async () => {
    const [tag] = tagsOfHead(await file.read(0, file.index.headBytes));
    const made = tag === undefined ? Buffer.alloc(0) : shortened(tag);
    return { payload: made, sizeBytes: made.length };
  });
  return payload.length === 0 ? [] : [{ type: FlvTagType.script, timestamp: 0, payload, offset: 0 }];
}

/** Payloads of the tags in a head. */
function tagsOfHead(head: Buffer): readonly Buffer[] {
  const reader = new FlvTagReader({ maxTagBytes: head.length });
  reader.push(head);
  return [...reader.tags()].map(({ payload }) => payload);
}

function shortened(payload: Buffer): Buffer {
  try {
    const [name, values] = decodeAmf0(payload, { maxValues: MAX_VALUES });
    if (name !== 'onMetaData' || !(values instanceof EcmaArray)) return Buffer.alloc(0);
    const { keyframes, ...kept } = values.properties;
    return encodeAmf0(name, new EcmaArray(amfObject(kept)));
  } catch (error) {
    if (error instanceof ProtocolError) return Buffer.alloc(0);
    throw error;
  }
}

function note(latest: Map<string, RecordedTag>, tag: RecordedTag, frame: Frame | undefined): void {
  if (frame?.role === 'header') latest.set(frame.headerKeys.join(), tag);
}

/** A tag as a frame of a stream; undefined for what no player is told. */
export function frameOf({ type, timestamp, payload }: RecordedTag): Frame | undefined {
  return flvFrame(type === FlvTagType.script ? FlvTagType.script : type, timestamp, payload);
}
