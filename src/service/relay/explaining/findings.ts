import { asfFamily } from '../../../family/asf/asf-family.ts';
import { flvFamily } from '../../../family/flv/flv-family.ts';
import type { Finding, HookStatus } from '../../admin/relay-status.ts';
import type { StreamFacts } from './stream-facts.ts';
import { counted, duration, origin } from './words.ts';

/** So many of the latest refusals are told, and of the lines of the log. */
const MAX_TOLD = 5;

/** All that has to do with whether a stream can be seen, in the order in which it is decided. */
export function findingsOf(facts: StreamFacts): readonly Finding[] {
  return [
    draining(facts),
    ...house(facts),
    entry(facts),
    ...rules(facts),
    ...facts.hooks.map(hook),
    ...source(facts),
    ...family(facts),
    ...keyframes(facts),
    ...players(facts),
    ...limits(facts),
    ...refusals(facts),
    ...facts.warnings.slice(0, MAX_TOLD).map(({ at, text }) => note('log', `${dateOf(at)}: ${text}`)),
  ];
}

function draining({ isDraining }: StreamFacts): Finding {
  return isDraining
    ? bad('draining', 'the relay is draining: nobody new is let in')
    : good('draining', 'the relay is not draining');
}

/** Without it the relay goes on by what it was given last. */
function house({ house: link }: StreamFacts): Finding[] {
  if (link === null) return [];
  const { url, state, name, lastError, revision, configProblem } = link;
  const config = revision === null ? 'no config of it is in use' : `config ${revision} of it is in use`;
  const why = lastError === null ? '' : `: ${lastError}`;
  const texts = [
    state === 'linked'
      ? good('house', `linked to the house ${name} at ${url}, ${config}`)
      : note('house', `no link to the house at ${url}, ${config}${why}`),
  ];
  return configProblem === null
    ? texts
    : [...texts, note('house', `its last config cannot be used: ${configProblem}`)];
}

function entry({ rules: { entry: found } }: StreamFacts): Finding {
  if (found === undefined)
    return bad('entry', 'no entry in streams matches: it can be neither published nor played');
  const { path, match, pull, forwards } = found;
  const how =
    pull === undefined ? 'published here' : `pulled ${startOf(pull.start)} from ${pull.urls.join(', ')}`;
  const where = forwards === 0 ? '' : `, and forwarded to ${counted(forwards, 'server')}`;
  return good('entry', `${path} (match ${match}): it is ${how}${where}`);
}

function startOf(start: 'onDemand' | 'always'): string {
  return start === 'always' ? 'always' : 'on demand';
}

function rules({ rules: { entry: found, publish, play } }: StreamFacts): Finding[] {
  const told = (doing: string, { path, words }: typeof publish): Finding => {
    const text = `${doing}: ${path} ${words}`;
    return words === 'lets in nobody' ? bad('rule', text) : note('rule', text);
  };
  return [...(found?.pull === undefined ? [told('publishing', publish)] : []), told('playing', play)];
}

function hook({ hook: name, events, breaker, lastProblem }: HookStatus): Finding {
  const asked = `${name} is asked about: ${events.join(', ')}`;
  if (breaker === 'closed' && lastProblem === null) return good('hooks', asked);
  if (breaker === 'closed' && lastProblem !== null)
    return note('hooks', `${asked}; its last problem, ${lastProblem.at}: ${lastProblem.problem}`);
  return bad('hooks', `${asked}; it does not answer: ${lastProblem?.problem ?? 'nobody knows why'}`);
}

/** The upstream of a stream that is pulled, else its publisher. */
function source({ rules: { entry: found }, pull, stream }: StreamFacts): Finding[] {
  if (found?.pull !== undefined) return [upstream(found.pull.start, pull)];
  const from = stream?.source ?? null;
  switch (stream?.state) {
    case 'live':
      return [good('publisher', `it comes from ${origin(from)} since ${stream.since ?? 'a while'}`)];
    case 'starting':
      return [note('publisher', 'somebody publishes it, and nothing that can be played has come yet')];
    case 'grace':
      return [bad('publisher', 'its publisher is gone, and may come back for a while')];
    default:
      return [bad('publisher', 'nobody publishes it')];
  }
}

function upstream(start: 'onDemand' | 'always', pull: StreamFacts['pull']): Finding {
  if (pull === undefined)
    return start === 'always'
      ? bad('upstream', 'it is not being pulled')
      : note('upstream', 'it is not being pulled, for nobody asks for it');
  const { url, state, seconds, lastError } = pull;
  if (state === 'flowing') return good('upstream', `it comes from ${url} for ${duration(seconds)}`);
  const last = lastError === null ? '' : `; the last try failed: ${lastError}`;
  const doing = state === 'connecting' ? `asked for ${duration(seconds)}` : 'to be asked again soon';
  return bad('upstream', `it does not come from ${url}, which is ${doing}${last}`);
}

const families = new Map([flvFamily, asfFamily].map((one) => [one.name, one]));

/** Most players ask for FLV, so that goes without saying unless somebody has not. */
function family({ key, stream, refusals: latest }: StreamFacts): Finding[] {
  const name = stream?.family ?? null;
  if (name === null || (name === flvFamily.name && latest.every(({ reason }) => reason !== 'format')))
    return [];
  const addresses = families.get(name)?.addressesOf?.(key) ?? [];
  return [note('family', `it is ${name}: players find it at ${addresses.join(' and ')}`)];
}

function keyframes({ stream, cacheMs }: StreamFacts): Finding[] {
  if (stream?.state === 'starting')
    return [bad('keyframes', 'none has come yet: nobody can begin to play without')];
  if (stream?.state !== 'live') return [];
  const age = stream.keyframeAgeSeconds;
  if (age === null) return [note('keyframes', 'it has no video, or none with keyframes')];
  const text = `the last one came ${duration(age)} ago`;
  const isLate = 1000 * age > cacheMs;
  return [
    isLate ? bad('keyframes', `${text}: whoever joins has to wait for the next`) : good('keyframes', text),
  ];
}

function players({ stream }: StreamFacts): Finding[] {
  if (stream === undefined) return [note('players', 'nobody plays it or waits for it')];
  const { players: playing, waitingPlayers: waiting, laggingPlayers: lagging } = stream;
  const text = `players that get it: ${playing}, of whom lag: ${lagging}; players that wait for it: ${waiting}`;
  return [lagging > playing / 2 ? bad('players', text) : note('players', text)];
}

function limits({ usedUp: { publish, play, some }, bans }: StreamFacts): Finding[] {
  const used = [...new Set([...publish, ...play])].map((text) => bad('limits', text));
  return [
    ...(used.length > 0 ? used : [good('limits', 'no limit is used up')]),
    ...some.map((text) => note('limits', text)),
    ...(bans === 0 ? [] : [note('bans', `addresses and identities that a ban keeps out: ${bans}`)]),
  ];
}

function refusals({ refusals: latest }: StreamFacts): Finding[] {
  return latest.slice(0, MAX_TOLD).map(({ at, address, reason, count, description }) => {
    const times = count === 1 ? '' : `, ${count} times`;
    return note('refusals', `${dateOf(at)}: ${address} was refused (${reason}${times}): ${description}`);
  });
}

function dateOf(at: number): string {
  return new Date(at).toISOString();
}

function good(about: Finding['about'], text: string): Finding {
  return { about, ok: true, text };
}

function bad(about: Finding['about'], text: string): Finding {
  return { about, ok: false, text };
}

function note(about: Finding['about'], text: string): Finding {
  return { about, ok: null, text };
}
