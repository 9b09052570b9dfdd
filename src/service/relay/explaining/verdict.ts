import type { StreamStatus } from '../../admin/relay-status.ts';
import type { StreamFacts } from './stream-facts.ts';
import { counted, duration, origin } from './words.ts';

/** One sentence that tells an operator that a stream plays, or why nobody sees it. */
export function verdictOf(facts: StreamFacts): string {
  const { key, isDraining, rules, stream } = facts;
  if (isDraining)
    return `The relay is draining: nobody new is let in, and ${key} goes on for those who are there.`;
  if (rules.entry === undefined)
    return `Nobody can publish or play ${key}: no entry in streams matches it${meant(facts)}.`;
  switch (stream?.state) {
    case 'live':
      return liveVerdict(facts, stream);
    case 'starting':
      return `${key} cannot be played yet: somebody publishes it, but no keyframe has come.`;
    default:
      return rules.entry.pull === undefined
        ? publishedVerdict(facts)
        : pulledVerdict(facts, rules.entry.pull.start);
  }
}

function liveVerdict(facts: StreamFacts, stream: StreamStatus): string {
  const { key, cacheMs } = facts;
  const { players, laggingPlayers, keyframeAgeSeconds: age, source } = stream;
  const shut = shutOut(facts);
  if (age !== null && 1000 * age > cacheMs)
    return `${key} comes from ${origin(source)}, but its last keyframe came ${duration(age)} ago: whoever joins waits for the next one.`;
  if (shut !== undefined)
    return `${key} is live, with ${counted(players, 'player')}, but nobody new can play it: ${shut}.`;
  if (players > 0 && laggingPlayers > players / 2)
    return `${key} plays, but of ${counted(players, 'player')} ${laggingPlayers} lag: their links, or the relay's, are too slow.`;
  if (players > 0) return `${key} plays from ${origin(source)}, with ${counted(players, 'player')}.`;
  return `${key} is live, from ${origin(source)}, and nobody plays it${latestRefusal(facts)}.`;
}

/** Why whoever comes now is refused, whoever that is. */
function shutOut({ usedUp, hooks, rules }: StreamFacts): string | undefined {
  const silent = hooks.find(({ breaker, events }) => breaker === 'open' && events.includes('play'));
  if (silent !== undefined)
    return `${silent.hook} does not answer (${silent.lastProblem?.problem ?? 'nobody knows why'})`;
  if (rules.play.words === 'lets in nobody') return `${rules.play.path} lets in nobody`;
  return usedUp.play[0];
}

function pulledVerdict(facts: StreamFacts, start: 'onDemand' | 'always'): string {
  const { key, pull, usedUp } = facts;
  if (pull !== undefined) {
    const why = pull.lastError === null ? 'it has not answered yet' : pull.lastError;
    return `${key} does not come from its upstream ${pull.url}: ${why}.`;
  }
  if (start === 'always')
    return `${key} is to be pulled always, and is not being pulled${latestRefusal(facts)}.`;
  if (usedUp.play.length > 0) return `${key} cannot be fetched now: ${usedUp.play[0]}.`;
  return `${key} is pulled on demand, and nobody asks for it now${latestRefusal(facts)}.`;
}

function publishedVerdict(facts: StreamFacts): string {
  const { key, stream } = facts;
  if (stream?.state === 'grace')
    return `The publisher of ${key} is gone; its players wait for it to come back.`;
  const waiting = stream?.waitingPlayers ?? 0;
  const audience = waiting === 0 ? '' : `, with ${counted(waiting, 'player')} waiting for it`;
  const [full] = facts.usedUp.publish;
  const why = full === undefined ? latestRefusal(facts) : `, and nobody can: ${full}`;
  return `Nobody publishes ${key}${audience}${why}${meant(facts)}.`;
}

/** Somebody has tried a moment ago, perhaps. */
function latestRefusal({ refusals: [latest] }: StreamFacts): string {
  return latest === undefined ? '' : `; ${latest.address} was refused: ${latest.description}`;
}

function meant({ near }: StreamFacts): string {
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
}
