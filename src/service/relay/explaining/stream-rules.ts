import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { StreamSettings } from '../../../config/stream-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import { displayUrl } from '../../../url-secrets.ts';
import type { RuleBook } from '../../access/credentials/rule-book.ts';
import { inWords } from '../../access/credentials/written-rule.ts';
import type { DecidingRule, StreamEntryFacts, StreamRules } from './stream-facts.ts';

/** By what a relay goes now. */
export interface RulesInForce {
  readonly settings: Pick<RelaySettings, 'streams' | 'access'>;
  /** The first that matches, of the configuration or made of what operators have added; undefined where there is none. */
  readonly entry: StreamSettings | undefined;
  readonly book: Pick<RuleBook, 'find'>;
}

/** What the settings say about a stream, in words that hold nothing secret. */
export function streamRules(key: string, { settings, entry, book }: RulesInForce): StreamRules {
  const { streams, access } = settings;
  const decidingRule = (verb: 'publish' | 'play'): DecidingRule => {
    const rule = book.find(verb, key);
    return rule === undefined ? listInWords(verb, access[verb]) : { path: rule.name, words: rule.words };
  };
  return {
    entry: entry && entryFacts(key, entry, streams),
    publish: decidingRule('publish'),
    play: decidingRule('play'),
  };
}

function entryFacts(
  key: string,
  entry: StreamSettings,
  configured: RelaySettings['streams'],
): StreamEntryFacts {
  const { match, source, forward } = entry;
  const index = configured.indexOf(entry);
  const shown = (url: string): string => displayUrl(expandUrl(url, key));
  const pull = source.type === 'pull' ? { start: source.start, urls: source.urls.map(shown) } : undefined;
  const path = index === -1 ? 'what was added by the API' : `streams.${index}`;
  return { path, match, pull, forwards: forward.length };
}

function listInWords(verb: 'publish' | 'play', networks: readonly string[]): DecidingRule {
  const isEverybody = networks.includes('0.0.0.0/0') && networks.includes('::/0');
  return { path: `access.${verb}`, words: `lets in ${isEverybody ? 'everybody' : inWords(networks)}` };
}
