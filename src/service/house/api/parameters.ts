import { isIP } from 'node:net';
import { z } from 'zod';
import { networkProblem, normalizeAddress } from '../../../config/networks.ts';
import { checkedString } from '../../../config/setting-schema.ts';
import { isStreamKey } from '../../../stream/stream-key.ts';

const WEEK_SECONDS = 7 * 86_400;

/** Words that are looked for. */
export const search: z.ZodType<string | undefined> = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe('words that all stand somewhere in it, in whatever letters');

/** The id of a relay. */
export const relayId: z.ZodType<string> = checkedString(
  (id) => (/^[\w.-]{1,64}$/.test(id) ? undefined : 'expected the id of a relay'),
  'id of a relay',
);

/** In a path that is about a relay. */
export const relayParams: z.ZodType<{ readonly id: string }> = z.strictObject({ id: relayId });

/** The id of a player: that of its relay, a slash and that of its session there. */
export const playerId: z.ZodType<string> = checkedString(
  (id) => (/^[\w.-]{1,64}\/.{1,64}$/.test(id) ? undefined : 'expected the id of a player, such as edge1/c12'),
  'id of a player',
);

/** One address, in its one form. */
export const address: z.ZodType<string> = checkedString(
  (text) => (isIP(text) === 0 ? 'expected an address' : undefined),
  'address',
).transform((text) => normalizeAddress(text));

/** Addresses: one, or those of a network. */
export const addresses: z.ZodType<string> = checkedString(
  networkProblem,
  'address, or a network such as 10.0.0.0/8',
).transform((text) => normalizeAddress(text));

/** The key of one stream. */
export const streamKey: z.ZodType<string> = checkedString(
  (text) => (isStreamKey(text) ? undefined : 'expected a stream key such as live/cam1, without a query'),
  'stream key',
);

/** The label of a player's URL. */
export const uid: z.ZodType<string> = z.string().min(1).max(256).describe('label of the URL, ?uid=');

/** Permits hold no longer ones, bytes. */
const MAX_IDENTITY_BYTES = 255;

/** Who somebody has proven to be. */
export const identity: z.ZodType<string> = z
  .string()
  .min(1)
  .max(MAX_IDENTITY_BYTES)
  .refine(
    (text) => Buffer.byteLength(text) <= MAX_IDENTITY_BYTES,
    `expected at most ${MAX_IDENTITY_BYTES} bytes`,
  )
  .describe('who it has proven to be');

/** Why somebody is ended or kept out, for them to read. */
export const reason: z.ZodType<string> = z.string().min(1).max(256).describe('for the person who is meant');

/** How long somebody is kept out. */
export const banSeconds: z.ZodType<number> = z
  .int()
  .min(1)
  .max(WEEK_SECONDS)
  .describe('so long they are kept out of the whole fleet, seconds');
