import { z } from 'zod';
import { integer, section } from '../setting-schema.ts';

/** How recordings are played. Who may is for `access.rules`. */
export interface PlaybackSettings {
  /** Only over TLS; default: over whatever the relay listens for. */
  readonly tlsOnly: boolean;
  /** What of recordings is kept in memory for all of their players, in each worker, 1 MiB to 64 GiB; default 128 MiB. */
  readonly maxCacheBytes: number;
}

const mib = 2 ** 20;

/** Schema of `recordings.playback`. */
export const playbackSettings: z.ZodType<PlaybackSettings> = section<PlaybackSettings>({
  tlsOnly: z.boolean().default(false),
  maxCacheBytes: integer(mib, 64 * 1024 * mib, 128 * mib),
});
