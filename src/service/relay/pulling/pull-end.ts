import type { UpstreamEnd } from '../../../session/upstream/upstream.ts';

/** Why a pull is over. `denied`: access does not let it connect. */
export type PullOverReason = 'denied' | 'ended' | 'not-found';

/** Why a pull is stopped from outside, in words. */
export const STOPS = {
  unwanted: 'nobody is watching it',
  reconfigured: 'the configuration has changed',
  shutdown: 'the relay is shutting down',
} as const;

/** Why a pull is stopped from outside. */
export type PullStop = keyof typeof STOPS;

/** Why a link is over; the field `reason` of its line in the log. */
export type PullLinkEnd = UpstreamEnd['kind'] | PullStop | 'replaced';
