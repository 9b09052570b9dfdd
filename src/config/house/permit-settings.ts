import { z } from 'zod';
import { integer, section } from '../setting-schema.ts';

/** What relays are shown by those whom the house has sent: access goes along, so that no relay has to ask. */
export interface FleetPermitSettings {
  /** How long somebody may take to get to the relay, milliseconds, 1,000 to an hour; default 60,000. */
  readonly joinMs: number;
  /** How long it may stay there, milliseconds, 1,000 to a year; null: as long as it likes; default: a day. */
  readonly sessionMs: number | null;
  /** Whether it has to come from the address that the house has seen; default: no, since that may be its other one. */
  readonly bindAddress: boolean;
  /** Whether relays let in nobody else; default: no. */
  readonly houseOnly: boolean;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Schema of `permits`. */
export const permitSettings: z.ZodType<FleetPermitSettings> = section<FleetPermitSettings>({
  joinMs: integer(1000, hourMs, 60_000),
  sessionMs: z
    .int()
    .min(1000)
    .max(365 * dayMs)
    .nullable()
    .default(dayMs),
  bindAddress: z.boolean().default(false),
  houseOnly: z.boolean().default(false),
});
