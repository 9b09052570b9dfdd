import type { RelaySettings } from '../../../config/relay-settings.ts';
import { expandUrl } from '../../../media-url.ts';
import { displayUrl } from '../../../url-secrets.ts';
import type { RuleBook } from '../../access/credentials/rule-book.ts';
import { inWords } from '../../access/credentials/written-rule.ts';
import type { DecidingRule, StreamEntryFacts, StreamRules } from './stream-facts.ts';

/** By what a relay goes now. */
export interface RulesInForce {
  readonly settings: Pick<RelaySettings, 'streams' | 'access'>;
  /** Of the first entry in `streams` that matches; -1 where there is none. */
  readonly index: number;
  readonly book: Pick<RuleBook, 'find'>;
}

/** What the settings say about a stream, in words that hold nothing secret. */
export function streamRules(key: string, { settings, index, book }: RulesInForce): StreamRules {
  const { streams, access } = settings;
  const decidingRule = (verb: 'publish' | 'play'): DecidingRule => {
    const rule = book.find(verb, key);
    return rule === undefined ? listInWords(verb, access[verb]) : { path: rule.name, words: rule.words };
  };
  return {
    entry: entryFacts(key, streams, index),
    publish: decidingRule('publish'),
    play: decidingRule('play'),
  };
}

function entryFacts(
  key: string,
  streams: RelaySettings['streams'],
  index: number,
): StreamEntryFacts | undefined {
  const entry = streams[index];
  if (entry === undefined) return undefined;
  const { match, source, forward } = entry;
  const shown = (url: string): string => displayUrl(expandUrl(url, key));
  const pull = source.type === 'pull' ? { start: source.start, urls: source.urls.map(shown) } : undefined;
  return { path: `streams.${index}`, match, pull, forwards: forward.length };
}

function listInWords(verb: 'publish' | 'play', networks: readonly string[]): DecidingRule {
  const isEverybody = networks.includes('0.0.0.0/0') && networks.includes('::/0');
  return { path: `access.${verb}`, words: `lets in ${isEverybody ? 'everybody' : inWords(networks)}` };
}
