import type { ByteBudget } from '../protocol/capture/byte-budget.ts';
import { ChunkFormatReader } from './chunk-format.ts';
import { MmshFormatReader } from './mmsh-format.ts';
import type { FlowProtocol } from './record.ts';
import { TagFormatReader } from './tag-format.ts';
import type { FlowFormat, FlowInput, Foothold } from './tolerant-reader.ts';

/** Finds out in the middle of a flow what it is: whichever format has the first place where it can be read, and is sure enough. */
export class AnyFormat implements FlowFormat {
  readonly #formats: readonly FlowFormat[];
  #chosen: FlowFormat | undefined;

  constructor(budget: ByteBudget, tellsChunks: boolean) {
    this.#formats = [
      new TagFormatReader(false),
      new MmshFormatReader(),
      new ChunkFormatReader(budget, tellsChunks, false),
    ];
  }

  get protocol(): FlowProtocol {
    return this.#chosen?.protocol ?? 'unknown';
  }

  get inside(): string | undefined {
    return this.#chosen?.inside;
  }

  read(input: FlowInput, isAll: boolean): boolean {
    return this.#chosen?.read(input, isAll) ?? false;
  }

  lose(bytes: number, queuedBytes: number): boolean {
    return this.#chosen?.lose(bytes, queuedBytes) ?? false;
  }

  drop(): void {
    this.#chosen?.drop();
  }

  find(window: Buffer, isAll: boolean): Foothold | 'more' | undefined {
    if (this.#chosen !== undefined) return this.#chosen.find(window, isAll);
    let needsMore = false;
    let best: { readonly format: FlowFormat; readonly foothold: Foothold } | undefined;
    for (const format of this.#formats) {
      const foothold = format.find(window, isAll);
      if (foothold === 'more') needsMore = true;
      else if (foothold !== undefined && foothold.sureness !== 'guess')
        if (best === undefined || foothold.at < best.foothold.at) best = { format, foothold };
    }
    if (best === undefined) return needsMore ? 'more' : undefined;
    this.#chosen = best.format;
    return best.foothold;
  }
}
