import type { UploadFigures } from '../store/recording-uploads.ts';
import type { RecordingStoreSettings } from '../store/store-settings.ts';

/** The first line that a store reads, as JSON. */
export interface StoreStart {
  /** Where it listens: the only file of a folder that nobody else may look into, and which goes with the store. */
  readonly socketPath: string;
  readonly settings: RecordingStoreSettings;
}

/** What the process of a store takes. */
export interface StoreUsage {
  /** Since its start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** A line that a store writes, as JSON. */
export type StoreLine =
  | { readonly say: 'ready' }
  | { readonly say: 'uploads'; readonly figures: UploadFigures }
  | { readonly say: 'usage'; readonly usage: StoreUsage }
  | { readonly say: 'told'; readonly level: 'info' | 'warn'; readonly sentence: string };

/** Takes lines out of what a stream gives. @param maxLength - of a line, characters: longer ones are cut */
export function lineReader(onLine: (line: string) => void, maxLength: number): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, maxLength);
    for (const line of lines) onLine(line);
  };
}
