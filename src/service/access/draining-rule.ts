import type { Refusal } from '../../session/access.ts';
import { type AccessRule, noOpinion } from './rule.ts';

const draining: Refusal = {
  refused: 'draining',
  description: 'the server is shutting down: try again later',
};

/** A relay that is about to stop lets nobody new begin. */
export function drainingRule(isDraining: () => boolean): AccessRule {
  return {
    name: 'draining',
    judge: ({ verb, intent }) => {
      const isNew = intent !== 'again' && (verb === 'publish' || verb === 'play' || verb === 'playback');
      return isNew && isDraining() ? draining : noOpinion;
    },
  };
}
