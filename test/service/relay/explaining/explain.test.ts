import { describe, expect, test } from 'vitest';
import type { LoggedWarning } from '../../../../src/log.ts';
import type { Finding, PullStatus, StreamStatus } from '../../../../src/service/admin/relay-status.ts';
import type { HookState } from '../../../../src/service/hooks/hook-state.ts';
import { explain, type RelayKnowledge } from '../../../../src/service/relay/explaining/explain.ts';
import type { RefusedRequest } from '../../../../src/service/relay/explaining/refusals.ts';
import type { ThreadFacts } from '../../../../src/service/relay/explaining/stream-facts.ts';

const key = 'live/cam1';

const published: ThreadFacts = {
  rules: {
    entry: { path: 'streams.0', match: '**', pull: undefined, forwards: 0 },
    publish: { path: 'access.publish', words: 'lets in 127.0.0.0/8, 10.0.0.0/8' },
    play: { path: 'access.rules.1', words: 'asks for a key (?key=...)' },
  },
  ...{ stream: undefined, pull: undefined, refusals: [], hooks: [] },
};

const urls = ['rtmp://origin/live/cam1'];

function pulled(start: 'onDemand' | 'always', pull?: Partial<PullStatus>): ThreadFacts {
  const status: PullStatus = {
    ...{ stream: key, url: urls[0] ?? '', state: 'waiting', seconds: 0, lastError: null },
    ...{ id: 'p1', origin: 'config' as const },
    ...{ reconnects: 0, frames: 0, delayMs: 0, path: [], ...pull },
  };
  const entry = { path: 'streams.2', match: 'live/**', pull: { start, urls }, forwards: 2 };
  return {
    ...published,
    rules: { ...published.rules, entry },
    pull: pull === undefined ? undefined : status,
  };
}

function stream(facts: Partial<StreamStatus>): ThreadFacts {
  const status: StreamStatus = {
    ...{ stream: key, state: 'live', family: 'FLV', since: '2026-03-01T18:00:04.120Z', tracks: [] },
    source: { type: 'push', protocol: 'rtmp', peer: '192.0.2.7:51234', client: 'OBS', session: 'c3' },
    ...{ receivedBytes: 1, sentBytes: 1, receivedBitsPerSecond: null, sentBitsPerSecond: null },
    ...{ players: 0, waitingPlayers: 0, laggingPlayers: 0, droppedFrames: 0, backlogBytes: 0 },
    ...{ cacheBytes: 0, cacheSeconds: 0, keyframeAgeSeconds: 1.25 },
    ...{ keyframeIntervalSeconds: null, videoFramesPerSecond: null, recording: null },
    ...facts,
  };
  return { ...published, stream: status };
}

const hook: HookState = {
  ...{ hook: 'hooks.0', kind: 'asked', match: '**', events: ['play'], target: 'http://hook/ask' },
  ...{ breaker: 'closed', waiting: 0, counts: {}, lastProblem: undefined },
};

const idle: RelayKnowledge = {
  ...{ isDraining: false, house: null, bans: 0, live: [], warnings: [], cacheMs: 30_000 },
  usedUp: { publish: [], play: [], some: [] },
};

const refusal: RefusedRequest = {
  ...{ stream: key, address: '203.0.113.7', count: 3, at: Date.UTC(2026, 2, 1) },
  reason: 'access',
  description: 'publishing is not allowed from 203.0.113.7',
};

const cases: readonly {
  what: string;
  threads: ThreadFacts[];
  relay?: Partial<RelayKnowledge>;
  verdict: string;
}[] = [
  {
    what: 'that plays',
    threads: [stream({ players: 3 })],
    verdict: 'live/cam1 plays from 192.0.2.7:51234 (rtmp, OBS), with 3 players.',
  },
  {
    what: 'that nobody plays',
    threads: [stream({})],
    verdict: 'live/cam1 is live, from 192.0.2.7:51234 (rtmp, OBS), and nobody plays it.',
  },
  {
    what: 'that is played in another thread than it is published',
    threads: [stream({}), stream({ source: null, players: 2, waitingPlayers: 0 })],
    verdict: 'live/cam1 plays from 192.0.2.7:51234 (rtmp, OBS), with 2 players.',
  },
  {
    what: 'whose keyframes are too far apart',
    threads: [stream({ keyframeAgeSeconds: 45.2, players: 1 })],
    verdict:
      'live/cam1 comes from 192.0.2.7:51234 (rtmp, OBS), but its last keyframe came 45 s ago: whoever joins waits for the next one.',
  },
  {
    what: 'of sound alone',
    threads: [stream({ keyframeAgeSeconds: null, players: 1 })],
    verdict: 'live/cam1 plays from 192.0.2.7:51234 (rtmp, OBS), with 1 player.',
  },
  {
    what: 'that most do not keep up with',
    threads: [stream({ players: 4, laggingPlayers: 3 })],
    verdict: "live/cam1 plays, but of 4 players 3 lag: their links, or the relay's, are too slow.",
  },
  {
    what: 'that no more can play',
    threads: [stream({ players: 4 })],
    relay: { usedUp: { publish: [], play: ['limits.shares: all 4 players of live/**'], some: [] } },
    verdict:
      'live/cam1 is live, with 4 players, but nobody new can play it: limits.shares: all 4 players of live/**.',
  },
  {
    what: 'whose hook is silent',
    threads: [
      {
        ...stream({}),
        hooks: [{ ...hook, breaker: 'open', lastProblem: { at: 0, problem: 'connect ECONNREFUSED' } }],
      },
    ],
    verdict:
      'live/cam1 is live, with 0 players, but nobody new can play it: hooks.0 does not answer (connect ECONNREFUSED).',
  },
  {
    what: 'that begins',
    threads: [stream({ state: 'starting', keyframeAgeSeconds: null })],
    verdict: 'live/cam1 cannot be played yet: somebody publishes it, but no keyframe has come.',
  },
  {
    what: 'whose publisher is lost',
    threads: [stream({ state: 'grace', source: null })],
    verdict: 'The publisher of live/cam1 is gone; its players wait for it to come back.',
  },
  {
    what: 'that nobody can publish',
    threads: [published],
    relay: { usedUp: { publish: ['limits.shares: all 4 publishers of **'], play: [], some: [] } },
    verdict: 'Nobody publishes live/cam1, and nobody can: limits.shares: all 4 publishers of **.',
  },
  { what: 'that nobody publishes', threads: [published], verdict: 'Nobody publishes live/cam1.' },
  {
    what: 'that is called otherwise',
    threads: [published],
    relay: { live: ['live/cam2', 'tv/news'] },
    verdict: 'Nobody publishes live/cam1 (did you mean live/cam2?).',
  },
  {
    what: 'whose publisher was refused while players wait',
    threads: [{ ...stream({ state: 'absent', source: null, waitingPlayers: 2 }), refusals: [refusal] }],
    verdict:
      'Nobody publishes live/cam1, with 2 players waiting for it; 203.0.113.7 was refused: publishing is not allowed from 203.0.113.7.',
  },
  {
    what: 'without an entry',
    threads: [{ ...published, rules: { ...published.rules, entry: undefined } }],
    verdict: 'Nobody can publish or play live/cam1: no entry in streams matches it.',
  },
  {
    what: 'of a relay that is about to stop',
    threads: [stream({})],
    relay: { isDraining: true },
    verdict: 'The relay is draining: nobody new is let in, and live/cam1 goes on for those who are there.',
  },
  {
    what: 'on demand that nobody asks for',
    threads: [pulled('onDemand')],
    verdict: 'live/cam1 is pulled on demand, and nobody asks for it now.',
  },
  {
    what: 'on demand for which there is no slot',
    threads: [pulled('onDemand')],
    relay: { usedUp: { publish: [], play: ['limits.onDemandPulls: all 1000'], some: [] } },
    verdict: 'live/cam1 cannot be fetched now: limits.onDemandPulls: all 1000.',
  },
  {
    what: 'whose upstream is away',
    threads: [published, pulled('always', { lastError: 'connect ECONNREFUSED 192.0.2.9:1935' })].reverse(),
    verdict:
      'live/cam1 does not come from its upstream rtmp://origin/live/cam1: connect ECONNREFUSED 192.0.2.9:1935.',
  },
  {
    what: 'whose upstream is asked',
    threads: [pulled('onDemand', { state: 'connecting' })],
    verdict: 'live/cam1 does not come from its upstream rtmp://origin/live/cam1: it has not answered yet.',
  },
];

test.each(cases)('a stream $what', ({ threads, relay, verdict }) => {
  expect(explain(key, threads, { ...idle, ...relay }).verdict).toBe(verdict);
});

function told(findings: readonly Finding[]): string[] {
  return findings.map(({ about, ok, text }) => `${about} ${ok}: ${text}`);
}

describe('what is found', () => {
  test('about a stream that plays', () => {
    expect(told(explain(key, [{ ...stream({ players: 3 }), hooks: [hook] }], idle).findings)).toEqual([
      'draining true: the relay is not draining',
      'entry true: streams.0 (match **): it is published here',
      'rule null: publishing: access.publish lets in 127.0.0.0/8, 10.0.0.0/8',
      'rule null: playing: access.rules.1 asks for a key (?key=...)',
      'hooks true: hooks.0 is asked about: play',
      'publisher true: it comes from 192.0.2.7:51234 (rtmp, OBS) since 2026-03-01T18:00:04.120Z',
      'keyframes true: the last one came 1.3 s ago',
      'players null: players that get it: 3, of whom lag: 0; players that wait for it: 0',
      'limits true: no limit is used up',
    ]);
  });

  test('about one that is pulled and does not come', () => {
    const threads = [
      pulled('onDemand', { state: 'connecting', seconds: 3, lastError: 'no frame for 5000 ms' }),
    ];
    const sessions = 'limits.sessions: there is room for no more';
    const usedUp = { publish: [sessions], play: [sessions], some: ['an address has all of its share'] };
    const relay = { ...idle, bans: 2, usedUp };
    expect(told(explain(key, threads, relay).findings)).toEqual([
      'draining true: the relay is not draining',
      'entry true: streams.2 (match live/**): it is pulled on demand from rtmp://origin/live/cam1, and forwarded to 2 servers',
      'rule null: playing: access.rules.1 asks for a key (?key=...)',
      'upstream false: it does not come from rtmp://origin/live/cam1, which is asked for 3.0 s; the last try failed: no frame for 5000 ms',
      'players null: nobody plays it or waits for it',
      'limits false: limits.sessions: there is room for no more',
      'limits null: an address has all of its share',
      'bans null: addresses and identities that a ban keeps out: 2',
    ]);
  });

  test('of refusals and of the log, the latest first, of all threads', () => {
    const later = { ...refusal, at: Date.UTC(2026, 2, 2), address: '203.0.113.8', count: 1 };
    const warn = (event: string, text: string, about: string): LoggedWarning => ({
      at: Date.UTC(2026, 2, 3),
      line: {
        kind: 'warn',
        event: event as 'stalled',
        text,
        fields: { stream: about, peer: '192.0.2.1:5000' },
      },
    });
    const warnings = [
      warn('stalled', 'took no data', key),
      warn('publisher-limit', 'sends too much', key),
      warn('refused', 'was refused', key),
      warn('stalled', 'took no data', 'live/other'),
    ];
    const threads = [
      { ...published, refusals: [refusal] },
      { ...published, refusals: [later] },
    ];
    const { findings } = explain(key, threads, { ...idle, warnings });
    expect(told(findings).slice(-4)).toEqual([
      'refusals null: 2026-03-02T00:00:00.000Z: 203.0.113.8 was refused (access): publishing is not allowed from 203.0.113.7',
      'refusals null: 2026-03-01T00:00:00.000Z: 203.0.113.7 was refused (access, 3 times): publishing is not allowed from 203.0.113.7',
      'log null: 2026-03-03T00:00:00.000Z: 192.0.2.1:5000 sends too much',
      'log null: 2026-03-03T00:00:00.000Z: 192.0.2.1:5000 took no data',
    ]);
  });

  test('about a hook that has failed and answers again', () => {
    const lastProblem = { at: Date.UTC(2026, 2, 1), problem: 'it answers 500' };
    const { findings } = explain(key, [{ ...stream({}), hooks: [{ ...hook, lastProblem }] }], idle);
    expect(told(findings.filter(({ about }) => about === 'hooks'))).toEqual([
      'hooks null: hooks.0 is asked about: play; its last problem, 2026-03-01T00:00:00.000Z: it answers 500',
    ]);
  });

  test('to be in the way: nobody may, no keyframe, a hook that is silent', () => {
    const rules = { ...published.rules, play: { path: 'access.play', words: 'lets in nobody' } };
    const threads = [
      {
        ...stream({ state: 'starting', source: null }),
        rules,
        hooks: [{ ...hook, breaker: 'open' as const }],
      },
    ];
    const inTheWay = explain(key, threads, idle).findings.filter(({ ok }) => ok === false);
    expect(told(inTheWay)).toEqual([
      'rule false: playing: access.play lets in nobody',
      'hooks false: hooks.0 is asked about: play; it does not answer: nobody knows why',
      'keyframes false: none has come yet: nobody can begin to play without',
    ]);
  });
});

test.each([
  { family: 'FLV', reason: 'access', says: [] },
  {
    family: 'FLV',
    reason: 'format',
    says: ['it is FLV: players find it at rtmp://HOST/live/cam1 and http://HOST:PORT/live/cam1.flv'],
  },
  {
    family: 'ASF',
    reason: 'access',
    says: ['it is ASF: players find it at mmsh://HOST:PORT/live/cam1.asf and http://HOST:PORT/live/cam1.asf'],
  },
] as const)(
  'of a stream of $family that was refused for $reason the family is told: $says',
  ({ family, reason, says }) => {
    const facts = { ...stream({ family }), refusals: [{ ...refusal, reason }] };
    const { findings } = explain(key, [facts], idle);
    expect(findings.flatMap(({ about, text }) => (about === 'family' ? [text] : []))).toEqual(says);
  },
);
