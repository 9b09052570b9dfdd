import { readAsfHeader } from '../../../protocol/asf/asf-header.ts';
import { MmshReader } from '../../../protocol/mmsh/mmsh-reader.ts';
import type { UpstreamInput, UpstreamReader } from '../upstream-input.ts';

/** Reads the answer to a request for an ASF header up to that header, in however many packets it comes. */
export class MmshDescription implements UpstreamReader {
  readonly #input: UpstreamInput;
  readonly #packets: MmshReader;
  readonly #onStreams: (numbers: readonly number[]) => void;

  /** @param onStreams - told which streams the header has; nothing more of the answer is wanted then */
  constructor(input: UpstreamInput, onStreams: (numbers: readonly number[]) => void) {
    this.#input = input;
    this.#packets = new MmshReader({ meter: input.meter });
    this.#onStreams = onStreams;
  }

  push(bytes: Buffer): void {
    this.#packets.push(bytes);
  }

  tell(): void {
    for (const packet of this.#packets.packets()) {
      if (packet.is !== 'header') continue;
      const { streams, objectCount } = readAsfHeader(packet.header);
      this.#input.meter.spend(objectCount, 0);
      this.#onStreams(streams.map(({ number }) => number));
      return;
    }
  }

  end(): void {
    this.#packets.end();
    this.#input.lose('the server has described no stream');
  }
}
