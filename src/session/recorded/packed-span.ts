import { FlvTagType } from '../../protocol/flv/flv-tag.ts';
import type { WireForm } from '../../stream/fan-out/wire-form.ts';
import type { Frame } from '../../stream/frame.ts';
import type { RecordedFile } from './recorded-file.ts';
import { frameOf } from './recorded-start.ts';
import { type RecordedTag, readSpan } from './recorded-tags.ts';

/** Tags as bytes on the wire, shared by all players of a form. */
export interface PackedSpan {
  readonly bytes: Buffer;
  readonly sizeBytes: number;
  /** Times of the first tag and of the last one, milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly next: number;
}

/** Which part of a recording is wanted: times from its beginning, milliseconds. */
export interface PlayedPart {
  /** What stands before it at the place where decoding begins is sent, too, where there is video. */
  readonly fromMs: number;
  /** Not any more; infinite: all. */
  readonly untilMs: number;
  /** Only behind this time; -1: from where decoding begins. */
  readonly behindMs: number;
  /** The player was here already, and has the headers. */
  readonly isContinued: boolean;
  /** Taken off all times: what is before it has time 0. */
  readonly baseMs: number;
}

/** The tags from an offset on as a form has them. @throws RecordingError */
export function packedSpan(
  file: RecordedFile,
  offset: number,
  { form, name }: NamedForm,
  baseMs: number,
): PackedSpan | Promise<PackedSpan> {
  return file.share(`${name} ${baseMs} ${offset}`, async () => {
    const { tags, next } = await readSpan(file, offset);
    const bytes = packed(tags, form, baseMs);
    const times = tags.filter(({ type }) => type !== FlvTagType.script).map(({ timestamp }) => timestamp);
    const [firstMs = 0] = times;
    return { bytes, next, firstMs, lastMs: Math.max(firstMs, ...times), sizeBytes: bytes.length };
  });
}

/** A form, and what tells it from others. */
export interface NamedForm {
  readonly form: WireForm;
  readonly name: string;
}

/** What of a span is wanted, where that is not all. @throws RecordingError */
export async function packedPart(
  file: RecordedFile,
  offset: number,
  form: WireForm,
  part: PlayedPart,
): Promise<Buffer> {
  const { tags } = await readSpan(file, offset);
  const { behindMs, untilMs, baseMs } = part;
  const wanted = tags.filter((tag) => {
    const { timestamp } = tag;
    return (timestamp > behindMs || frameOf(tag)?.role === 'header') && timestamp < untilMs;
  });
  return packed(wanted, form, baseMs);
}

/** Tags one behind the other, without those that are no part of the form. */
export function packed(tags: readonly RecordedTag[], { packing }: WireForm, baseMs: number): Buffer {
  const frames = tags.flatMap((tag) => frameOf(tag) ?? []).filter((frame) => packing.includes(frame));
  const timeOf = ({ timestamp }: Frame): number => Math.max(0, timestamp - baseMs);
  const size = frames.reduce((sum, frame) => sum + packing.sizeOf(frame, timeOf(frame)), 0);
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const frame of frames) at = packing.write(bytes, at, frame, timeOf(frame));
  return bytes;
}
