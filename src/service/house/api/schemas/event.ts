import { z } from 'zod';
import { count, facts, moment } from '../../../admin/api/schemas/facts.ts';
import { serviceEventSchemas } from '../../../admin/api/schemas/service-event.ts';
import type {
  BanNews,
  HouseEventData,
  HouseEventType,
  RelayFate,
  RelayFigures,
} from '../../events/house-event.ts';
import { fleetRelayStates } from '../../overview/fleet-status.ts';
import { fleetPlayerSchema } from './player.ts';
import { fleetTotalsSchema } from './relay.ts';

/** Every type of event, in the order of the documentation. */
export const houseEventTypes: readonly [HouseEventType, ...HouseEventType[]] = [
  ...(['joined', 'left', 'relay-up', 'relay-down', 'drained', 'undrained'] as const),
  ...(['invited', 'provisioned', 'approved', 'removed', 'banned', 'unbanned'] as const),
  ...(['config', 'warning', 'audit', 'status', 'gap'] as const),
];

const relay = z.string().describe('id of the relay');
const player = fleetPlayerSchema;
const rate = z.number().min(0).nullable();

const figures = facts<RelayFigures>({
  id: relay,
  state: z.enum(fleetRelayStates),
  players: count.nullable(),
  sentBitsPerSecond: rate,
  receivedBitsPerSecond: rate,
  streams: count.nullable(),
  reportedAt: moment.nullable().describe('when it has reported last; null where it never has'),
});

/** What the data of each type of event is. */
export const houseEventSchemas: { readonly [T in HouseEventType]: z.ZodType<HouseEventData[T]> } = {
  joined: facts<HouseEventData['joined']>({ at: moment, what: z.literal('joined'), player }),
  left: facts<HouseEventData['left']>({
    ...{ at: moment, what: z.literal('left'), player },
    bytes: count.describe('what it was sent'),
    seconds: z.number().min(0),
    reason: z.string(),
  }),
  'relay-up': fate('relay-up'),
  'relay-down': fate('relay-down'),
  drained: fate('drained'),
  undrained: fate('undrained'),
  invited: fate('invited'),
  provisioned: fate('provisioned'),
  approved: fate('approved'),
  removed: fate('removed'),
  banned: ban('banned'),
  unbanned: ban('unbanned'),
  config: facts<HouseEventData['config']>({
    at: moment,
    what: z.enum(['applied', 'failed', 'staged', 'rolled-back']),
    relay: relay.nullable().describe('null where it is about all of them'),
    revision: z.string().nullable().describe('of the config'),
    problem: z.string().nullable().describe('what is wrong with it'),
  }),
  ...serviceEventSchemas(houseEventTypes),
  status: facts<HouseEventData['status']>({
    at: moment,
    what: z.literal('status'),
    totals: fleetTotalsSchema,
    relays: z.array(figures).max(1000).describe('those with the most players'),
  }),
};

function fate<What extends string>(what: What): z.ZodType<RelayFate<What>> {
  const said: z.ZodType<string> = z.literal(what);
  return facts<RelayFate<string>>({ at: moment, what: said, relay }) as z.ZodType<RelayFate<What>>;
}

function ban<What extends string>(what: What): z.ZodType<BanNews<What>> {
  const said: z.ZodType<string> = z.literal(what);
  return facts<BanNews<string>>({
    ...{ at: moment, what: said, id: z.string(), kind: z.enum(['address', 'identity']) },
    value: z.string(),
    reason: z.string(),
    until: moment,
  }) as z.ZodType<BanNews<What>>;
}
