import type { AccessSettings } from '../../config/access/access-settings.ts';
import { NetworkList } from '../../config/networks.ts';
import type { Refusal } from '../../session/access.ts';
import { noOpinion, type Opinion, type SettingsRule } from './rule.ts';

const allowed: Opinion = { says: 'allow' };

/** Publishing and playing are for the networks that the settings list, connecting is for everybody, and recordings are for nobody. */
export function networkRule(settings: Pick<AccessSettings, 'publish' | 'play'>): SettingsRule {
  const lists = { publish: new NetworkList(settings.publish), play: new NetworkList(settings.play) };
  return {
    name: 'networks',
    judge({ verb, address }) {
      if (verb === 'connect') return allowed;
      if (verb === 'record') return unruled('recording', verb);
      if (verb === 'playback') return unruled('playing recordings', verb);
      if (verb !== 'publish' && verb !== 'play') return noOpinion;
      if (lists[verb].contains(address)) return allowed;
      const doing = `${verb}ing`;
      const description = `${doing} is not allowed from ${address}: the server's setting access.${verb} does not list it`;
      return { refused: 'access', description };
    },
  };
}

function unruled(doing: string, verb: 'record' | 'playback'): Refusal {
  const description = `${doing} is not allowed: no entry of the server's setting access.rules with the verb ${verb} is about it`;
  return { refused: 'access', description };
}
