import type { ChoiceExplanation, Seeking } from './choice.ts';
import type { ChoiceGround, Decision } from './choose-relay.ts';
import type { RelayObjection, RelayStanding } from './relay-standing.ts';

type Explained = ChoiceExplanation['relays'][number];

const texts: Readonly<Record<RelayObjection | 'chosen' | 'equal' | 'lower' | 'outside', string>> = {
  chosen: 'takes it',
  equal: 'could take it too',
  lower: 'could take it, but another has a higher priority',
  disabled: 'is switched off in the roster',
  draining: 'takes no new players',
  offline: 'has not reported in time',
  full: 'is full, those on their way to it counted',
  outside: 'serves no network that holds the address',
  unreachable: 'cannot be reached in this way, or takes no publisher of this stream',
};

/** What every relay has to do with a decision. */
export function explainChoice(
  seeking: Seeking,
  ground: ChoiceGround,
  decision: Decision,
  relays: Iterable<RelayStanding>,
): Explained[] {
  const chosen = 'relay' in decision ? decision.relay : undefined;
  const priorityOf = (relay: RelayStanding): number | null =>
    (ground.address && relay.networks.bestFor(ground.address)?.priority) ?? null;
  const highest = chosen === undefined ? null : priorityOf(chosen);
  return Array.from(relays, (relay) => {
    const network = ground.address && relay.networks.bestFor(ground.address);
    const place = { relay: relay.id, network: network?.cidr ?? null, priority: network?.priority ?? null };
    const objection = relay.objectionTo(seeking, ground);
    const isLower = highest !== null && place.priority !== null && place.priority < highest;
    const verdict =
      relay === chosen
        ? 'chosen'
        : (objection ?? (network === undefined ? 'outside' : isLower ? 'lower' : 'equal'));
    return { ...place, verdict, text: relay === chosen ? whyChosen(decision) : texts[verdict] };
  });
}

function whyChosen(decision: Decision): string {
  switch ('relay' in decision ? decision.by : undefined) {
    case 'sticky':
      return 'takes it: the client was sent there a short while ago';
    case 'live':
      return 'takes it: the stream is published there now';
    case 'default':
      return 'takes it: it is the default relay, and nobody else can';
    default:
      return 'takes it: of the highest priority, and its turn';
  }
}
