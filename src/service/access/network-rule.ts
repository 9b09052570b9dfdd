import type { AccessSettings } from '../../config/access/access-settings.ts';
import { NetworkList } from '../../config/networks.ts';
import { noOpinion, type Opinion, type SettingsRule } from './rule.ts';

const allowed: Opinion = { says: 'allow' };

/** Publishing and playing are for the networks that the settings list; connecting is for everybody. */
export function networkRule(settings: Pick<AccessSettings, 'publish' | 'play'>): SettingsRule {
  const lists = { publish: new NetworkList(settings.publish), play: new NetworkList(settings.play) };
  return {
    name: 'networks',
    judge({ verb, address }) {
      if (verb === 'connect') return allowed;
      if (verb !== 'publish' && verb !== 'play') return noOpinion;
      if (lists[verb].contains(address)) return allowed;
      const doing = `${verb}ing`;
      const description = `${doing} is not allowed from ${address}: the server's setting access.${verb} does not list it`;
      return { refused: 'access', description };
    },
  };
}
