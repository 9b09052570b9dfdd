import type { StoreLink } from '../../recording/link/store-link.ts';

/** What playing recordings needs of the store. */
export type RecordingSource = Pick<StoreLink, 'describe' | 'index' | 'read' | 'note'>;

/** How recordings are played. */
export interface PlaybackLimits {
  /** Only to those who come by TLS. */
  readonly tlsOnly: boolean;
  /** Of pieces of files and what is packed of them, for all players of a thread together. */
  readonly maxCacheBytes: number;
  /** A player may take nothing for so long, milliseconds. */
  readonly stallTimeoutMs: number;
}
