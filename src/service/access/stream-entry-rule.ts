import type { StreamSettings } from '../../config/stream-settings.ts';
import type { Refusal } from '../../session/access.ts';
import { noOpinion, type SettingsRule } from './rule.ts';

/** Every stream needs an entry in the settings, which says whether it can be published, is pulled or is forwarded. */
export function streamEntryRule(entryOf: (key: string) => StreamSettings | undefined): SettingsRule {
  return {
    name: 'streams',
    judge({ verb, key }) {
      if (verb === 'connect' || verb === 'operate' || verb === 'playback') return noOpinion; // a recording is no stream
      const entry = entryOf(key);
      if (entry === undefined) return noSource(key, 'on this server: no entry in streams matches');
      const isPulled = entry.source.type === 'pull';
      switch (verb) {
        case 'play':
        case 'record':
          return noOpinion;
        case 'publish':
          return isPulled ? pulled(key) : noOpinion;
        case 'pull':
          return isPulled ? { says: 'allow' } : noSource(key, 'that is pulled');
        case 'forward':
          return entry.forward.length > 0 ? { says: 'allow' } : noSource(key, 'that is forwarded');
        default:
          return verb satisfies never;
      }
    },
  };
}

function noSource(key: string, where: string): Refusal {
  return { refused: 'no-source', description: `there is no stream ${key} ${where}` };
}

function pulled(key: string): Refusal {
  const description = `stream ${key} is pulled from another server: it cannot be published here`;
  return { refused: 'no-source', description };
}
