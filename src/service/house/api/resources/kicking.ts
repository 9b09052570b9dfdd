import { z } from 'zod';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { count, facts } from '../../../admin/api/schemas/facts.ts';
import type { KickTerms } from '../../deciding/fleet-kick.ts';
import type { HouseControl } from '../../house-control.ts';
import type { KickOutcome } from '../../overview/kick-outcome.ts';
import { address, banSeconds, identity, playerId, reason, streamKey, uid } from '../parameters.ts';

/** What is said to somebody who is not told why. */
const NO_REASON = 'the operator of this server has ended this';

const outcome = facts<KickOutcome>({
  ended: count.describe('sessions that have ended'),
  unreached: z
    .array(
      facts<KickOutcome['unreached'][number]>({
        relay: z.string(),
        problem: z.string().describe('a sentence'),
      }),
    )
    .describe('relays that could not be told: they hear of the bans when they are back, and not of the kick'),
});

const terms = { reason: reason.optional(), banSeconds: banSeconds.optional() };

/** Ends players, and keeps them out. */
export const kickOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'POST',
    path: '/api/v1/players/{id}/kick',
    may: 'operate',
    id: 'kickPlayer',
    summary: 'Ends a player, and can keep it out: by address, and by identity if it has proven one',
    params: z.strictObject({ id: playerId }),
    body: z.strictObject(terms).default({}),
    answers: { 200: { description: 'what has become of it', schema: outcome } },
    audit: ({ body }) => termsText(body),
    handle: ({ service, params: { id }, body }) => service.kick.player(id, termsOf(body)),
  }),
  operation({
    method: 'POST',
    path: '/api/v1/kick',
    may: 'operate',
    id: 'kickPlayers',
    summary:
      'Ends the players for whom everything holds that is given, at every relay, and can keep out that address or identity, or whoever they are',
    body: z
      .strictObject({
        uid: uid.optional(),
        address: address.optional(),
        identity: identity.optional(),
        stream: streamKey.optional(),
        ...terms,
      })
      .refine((by) => (by.uid ?? by.address ?? by.identity ?? by.stream) !== undefined, {
        message: 'expected at least one of uid, address, identity and stream',
      }),
    answers: { 200: { description: 'what has become of it', schema: outcome } },
    audit: ({ body: { uid, address, identity, stream, ...rest } }) =>
      [...named({ uid, address, identity, stream }), termsText(rest)]
        .filter((part) => part !== '')
        .join(', '),
    handle: ({ service, body: { reason, banSeconds, ...filter } }) =>
      service.kick.all(filter, termsOf({ reason, banSeconds })),
  }),
];

interface WrittenTerms {
  readonly reason?: string | undefined;
  readonly banSeconds?: number | undefined;
}

function termsOf({ reason = NO_REASON, banSeconds }: WrittenTerms): KickTerms {
  return { reason, banMs: banSeconds === undefined ? undefined : 1000 * banSeconds };
}

function termsText(terms: WrittenTerms): string {
  return named({ banSeconds: terms.banSeconds, reason: terms.reason }).join(', ');
}

function named(facts: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
}
