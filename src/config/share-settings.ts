import { z } from 'zod';
import { KeyPattern } from './key-pattern.ts';
import { checkedString, settings } from './setting-schema.ts';

/** What has a share of its own: all together, each stream, each IPv4 address or IPv6 /64, each verified identity. */
export const shareOwners = ['all', 'stream', 'address', 'identity'] as const;

/** One of {@link shareOwners}. */
export type ShareOwner = (typeof shareOwners)[number];

/** What can be limited. */
export const shareAmounts = ['sessions', 'publishers', 'players', 'bitsPerSecond'] as const;

/** How much there may be at a time; null: no limit. */
export interface ShareAmounts {
  /** Connections that publish or play, 1 to 10 million. */
  readonly sessions: number | null;
  /** Streams that are published, 1 to 10 million: who takes one over counts with whom it is taken from. */
  readonly publishers: number | null;
  /** Plays, waiting ones included, 1 to 10 million. */
  readonly players: number | null;
  /** What players are sent, bits per second, 1 to 10^15: who plays is not slowed, but nobody else may. */
  readonly bitsPerSecond: number | null;
}

/** A limit on the streams whose keys match. Every entry that matches counts, not only the first. */
export interface ShareSettings extends ShareAmounts {
  /** Pattern of stream keys; default: all. @see KeyPattern */
  readonly match: string;
  /** What the amounts are for; default `all`: everything that matches together. */
  readonly per: ShareOwner;
}

const maxCount = 10_000_000;
const count = z.int().min(1).max(maxCount).nullable().default(null);

const share = settings<ShareSettings>({
  match: checkedString(KeyPattern.problem, 'pattern of stream keys').default('**'),
  per: z.enum(shareOwners).default('all'),
  sessions: count,
  publishers: count,
  players: count,
  bitsPerSecond: z
    .int()
    .min(1)
    .max(10 ** 15)
    .nullable()
    .default(null),
});

const unlimited = { sessions: null, publishers: null, players: null, bitsPerSecond: null };

/** Schema of `limits.shares`. */
export const shareSettings: z.ZodType<readonly ShareSettings[]> = z
  .array(share)
  .default([{ match: '**', per: 'all', ...unlimited }]);
