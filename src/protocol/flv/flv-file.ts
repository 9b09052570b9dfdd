import { bufferView } from '../../bytes/buffer-view.ts';
import {
  encodeFlvFileHeader,
  encodeFlvTag,
  type FlvContent,
  type FlvTagContent,
  MAX_FLV_TAG_BYTES,
} from './flv-tag.ts';
import { type FlvTag, FlvTagReader, type FlvTagReaderOptions } from './flv-tag-reader.ts';

/**
 * Reads an FLV file, or a live stream of FLV, tag by tag, at the pace of whoever asks: what is not asked for is not read.
 * @param chunks - its bytes in pieces of any size, such as a file's `createReadStream()` or the body of a `fetch`. Payloads are views of
 *   them where they can be: who writes over a chunk copies first.
 * @param options - without `maxTagBytes` a tag may be as large as FLV allows.
 * @throws ProtocolError `FLV_SIGNATURE_INVALID`, `FLV_TAG_INVALID`, also for a file that ends inside a tag, or `FLV_TAG_TOO_LARGE`,
 *   with the offset of the fault; what `chunks` throws.
 */
export async function* readFlv(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: Partial<FlvTagReaderOptions> = {},
): AsyncGenerator<FlvTag, void, undefined> {
  const reader = new FlvTagReader({ maxTagBytes: MAX_FLV_TAG_BYTES, ...options });
  for await (const chunk of chunks) {
    reader.push(bufferView(chunk));
    yield* reader.tags();
  }
  reader.end();
}

/**
 * Writes an FLV file, or a live stream of FLV: the file header, then each tag.
 * @param content - which kinds of tags the header says to be there; by default both.
 * @throws ProtocolError `FLV_TAG_TOO_LARGE`; what `tags` throws.
 */
export async function* writeFlv(
  tags: AsyncIterable<FlvTagContent> | Iterable<FlvTagContent>,
  content: FlvContent = { audio: true, video: true },
): AsyncGenerator<Buffer, void, undefined> {
  yield encodeFlvFileHeader(content);
  for await (const tag of tags) yield encodeFlvTag(tag);
}
