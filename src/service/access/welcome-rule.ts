import type { Refusal } from '../../session/access.ts';
import { type AccessRule, noOpinion } from './rule.ts';

const notTaken: Refusal = {
  refused: 'draining',
  description: 'this server takes nobody new at the moment: ask again where you were sent from',
};

/** Where only relays are welcome nobody else begins: to be asked once it is known who is one. */
export function welcomeRule(whom: () => 'everybody' | 'relays'): AccessRule {
  return {
    name: 'welcome',
    judge({ verb, intent, path }) {
      const isNew = intent !== 'again' && (verb === 'publish' || verb === 'play' || verb === 'playback');
      return isNew && path.length === 0 && whom() === 'relays' ? notTaken : noOpinion;
    },
  };
}
