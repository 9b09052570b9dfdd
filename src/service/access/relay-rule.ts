import { NetworkList } from '../../config/networks.ts';
import { type AccessRule, noOpinion, type Opinion } from './rule.ts';

const believed: Opinion = { says: 'nothing', believesPath: true };

/** Peers of these networks are believed to be relays when they say so; what others say of it counts as not said. */
export function relayRule(networks: readonly string[]): AccessRule {
  const relays = new NetworkList(networks);
  return { name: 'relays', judge: ({ address }) => (relays.contains(address) ? believed : noOpinion) };
}
