import { z } from 'zod';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { type ChoiceExplanation, type Chooser, wayNames } from '../../choosing/choice.ts';
import type { SentUser } from '../../entrance/sending-gate.ts';
import { waysLike } from '../../entrance/ways.ts';
import type { HouseControl } from '../../house-control.ts';
import type { FleetExplanation } from '../../overview/fleet-explanation.ts';
import { address, streamKey } from '../parameters.ts';
import { fleetExplanationSchema } from '../schemas/explanation.ts';

/** Which relay somebody is sent to, and why. */
export const whyOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/why',
    may: 'read',
    id: 'explainChoice',
    summary: 'Which relay somebody would be sent to for a stream, and by which rule, relay by relay',
    query: z.strictObject({
      stream: streamKey,
      address: address.describe('address of who would ask'),
      protocol: z.enum(wayNames).default('http-flv').describe('how they would speak'),
      verb: z.enum(['play', 'publish']).default('play'),
    }),
    answers: { 200: { description: 'what is chosen, and one sentence', schema: fleetExplanationSchema } },
    async handle({ service, query: { stream, address, protocol, verb } }): Promise<FleetExplanation> {
      const { choice, relays } = explain(service.chooser, { stream, address, way: protocol, verb });
      const access = (await service.objectionTo({ stream, address, way: protocol, verb })) ?? null;
      const isChosen = 'relay' in choice;
      return {
        ...{ stream, address, protocol, verb },
        relay: isChosen ? choice.relay : null,
        url: isChosen ? choice.url : null,
        by: isChosen ? choice.by : null,
        refused: isChosen ? null : choice.refused,
        verdict: isChosen
          ? `${address} is sent to ${choice.relay}: ${bySentences[choice.by]}.${butRefused(access)}`
          : choice.sentence,
        access,
        relays,
      };
    },
  }),
];

function butRefused(access: string | null): string {
  return access === null ? '' : ` But whoever shows nothing is refused: ${access}.`;
}

/** By the first way that leads anywhere, as players go; where none does, by that which was asked for. */
function explain(chooser: Chooser, { way, ...seeking }: SentUser): ChoiceExplanation {
  let first: ChoiceExplanation | undefined;
  for (const one of waysLike(way, seeking.verb)) {
    const asked = chooser.explain({ ...seeking, way: one });
    if (!('refused' in asked.choice) || asked.choice.refused !== 'unreachable') return asked;
    first ??= asked;
  }
  return first ?? chooser.explain({ ...seeking, way });
}

const bySentences = {
  priority: 'of those that have room, it serves this network with the highest priority',
  live: 'what is to be published is published there now',
  sticky: 'the same player was sent there before',
  default: 'no other serves this network or has room, and it is the default',
} as const;
