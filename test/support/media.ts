import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FlvTagType } from '../../src/protocol/flv/flv-tag.ts';
import { type FlvTag, FlvTagReader } from '../../src/protocol/flv/flv-tag-reader.ts';

/** Path of 10 s of Big Buck Bunny as FLV: H.264 and AAC, 25 frames a second. */
export const bbbPath: string = fileURLToPath(new URL('../fixtures/bbb.flv', import.meta.url));

/** Path of the first 6 s of it as ASF: WMV2 and wmav2 in packets of 3,200 bytes, keyframes each 2 s. */
export const bbbAsfPath: string = fileURLToPath(new URL('../fixtures/bbb.asf', import.meta.url));

/** The tags of an FLV file in memory, in order. */
export function flvTags(flv: Buffer): FlvTag[] {
  const reader = new FlvTagReader({ maxTagBytes: 16 * 2 ** 20 });
  reader.push(flv);
  return [...reader.tags()];
}

/** Audio and video of {@link bbbPath}, in order. Without its metadata: there is no duration in a live stream. */
export function bbbTags(): FlvTag[] {
  return flvTags(readFileSync(bbbPath)).filter(({ type }) => type !== FlvTagType.script);
}
