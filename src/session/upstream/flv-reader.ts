import { noticeStreamId } from '../../protocol/flv/flv-tag.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import { decodeDataMessage } from '../../protocol/rtmp/message/command-message.ts';
import { decodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import { Work } from '../../protocol/work-meter.ts';
import type { UpstreamEvents } from './upstream.ts';
import type { UpstreamInput, UpstreamReader } from './upstream-input.ts';
import { tellMedia } from './upstream-media.ts';

/** Reads the FLV of an upstream, whatever transport it comes by. */
export class FlvReader implements UpstreamReader {
  readonly #input: UpstreamInput;
  readonly #events: UpstreamEvents;
  readonly #tags: FlvTagReader;

  /** @param maxTagBytes - largest payload of a tag */
  constructor(input: UpstreamInput, events: UpstreamEvents, maxTagBytes: number) {
    this.#input = input;
    this.#events = events;
    this.#tags = new FlvTagReader({ maxTagBytes }, input.meter);
  }

  push(bytes: Buffer): void {
    this.#tags.push(bytes);
  }

  tell(): void {
    for (const { type, timestamp, streamId, payload } of this.#tags.tags()) {
      if (streamId === noticeStreamId) this.#onNotice(payload);
      else tellMedia(this.#events, this.#input.meter, type, timestamp, payload);
      if (this.#input.isOver) return; // told to leave
    }
  }

  end(): void {
    this.#tags.end();
  }

  /** The server's own word: nothing else has this StreamID. */
  #onNotice(payload: Buffer): void {
    this.#input.meter.spend(Work.valueByte * payload.length, 0);
    const [name, value] = decodeDataMessage(payload);
    const path = name === PATH_NAME ? decodePath(value) : undefined;
    if (path !== undefined) this.#events.onPath(path);
  }
}
