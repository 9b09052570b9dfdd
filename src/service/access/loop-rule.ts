import { MAX_PATH } from '../../protocol/rtmp/relay-path.ts';
import { type AccessRule, noOpinion } from './rule.ts';

/** A stream that would come back to this relay is refused. @param relayId - as it stands in paths */
export function loopRule(relayId: string): AccessRule {
  return {
    name: 'loops',
    judge({ verb, path }) {
      if (verb !== 'publish' && verb !== 'play') return noOpinion; // whoever connects has not said what for
      if (path.includes(relayId)) {
        return { refused: 'loop', description: `loop: ${[relayId, ...path].join(' -> ')}` };
      }
      // behind a player relays wait side by side, too: only what a publisher says is one way
      if (verb !== 'publish' || path.length <= MAX_PATH) return noOpinion;
      const description = `a chain of ${path.length} relays is too long: ${path.join(' -> ')}`;
      return { refused: 'loop', description };
    },
  };
}
