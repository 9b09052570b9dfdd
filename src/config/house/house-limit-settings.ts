import { z } from 'zod';
import { type LimitSettings, limitSchemas } from '../relay-settings.ts';
import { section } from '../setting-schema.ts';

/** What the connections of players, publishers and relays may use up at a house; each limit is as in a relay's config. */
export type HouseLimitSettings = Pick<
  LimitSettings,
  | 'sessions'
  | 'sessionsPerAddress'
  | 'pendingSessions'
  | 'pendingSessionsPerAddress'
  | 'pendingBytes'
  | 'pendingBytesPerAddress'
  | 'messageBytes'
  | 'partialBytesPerSession'
  | 'chunkStreamsPerSession'
>;

const { sessions, sessionsPerAddress, pendingSessions, pendingSessionsPerAddress } = limitSchemas;
const { pendingBytes, pendingBytesPerAddress } = limitSchemas;
const { messageBytes, partialBytesPerSession, chunkStreamsPerSession } = limitSchemas;

/** Schema of `limits`. */
export const houseLimitSettings: z.ZodType<HouseLimitSettings> = section<HouseLimitSettings>({
  ...{ sessions, sessionsPerAddress, pendingSessions, pendingSessionsPerAddress },
  ...{ pendingBytes, pendingBytesPerAddress },
  ...{ messageBytes, partialBytesPerSession, chunkStreamsPerSession },
});

/** The limits of a house in the form in which connections are limited: those that it does not have are as in any relay. */
export function limitsOf(limits: HouseLimitSettings): LimitSettings {
  return { ...z.object(limitSchemas).parse({}), ...limits };
}
