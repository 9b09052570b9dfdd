import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectOutcomes } from '../../../../src/service/relay/connect-counts.ts';
import type { MayOpen } from '../../../../src/service/relay/permission.ts';
import type { Grant } from '../../../../src/session/access.ts';
import type { UpstreamEnd } from '../../../../src/session/upstream/upstream.ts';
import type { FakeUpstream } from '../../../support/fake-upstream.ts';
import { oneUrl, PullScene, twoUrls } from '../../../support/pull-scene.ts';

const opening = 'M1@0 VH1@0 AH1@0 K1@1000';
const [first, second] = ['rtmp://first/live/a', 'rtmp://second/live/a'];

const granted: Grant = {
  key: 'live/a',
  query: '',
  until: Number.POSITIVE_INFINITY,
  identity: undefined,
  limits: {},
  path: [],
  again: undefined,
  endWait: () => {},
  release: () => {},
};

/** Resolves when access has answered. */
const answered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('URLs', () => {
  test('are tried in order, the next one at once, then all again after a back-off', () => {
    const scene = new PullScene();
    expect(scene.urls).toEqual([first]);
    expect(scene.last.waiting).toEqual(['me', 'child']);
    scene.last.end('lost');
    expect(scene.urls).toEqual([first, second]);
    scene.last.end('refused');
    expect(scene.urls).toHaveLength(2);
    scene.advance(499);
    expect(scene.urls).toHaveLength(2);
    scene.advance(501);
    expect(scene.urls).toEqual([first, second, first]);
    expect(scene.last.openedAt - (scene.upstreams[1]?.openedAt ?? 0)).toBeGreaterThanOrEqual(500);
  });

  test('wait longer after each round, never the same, up to half a minute; frames for a while begin anew', () => {
    const scene = new PullScene(oneUrl);
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      const { clock } = scene.studio;
      const lostAt = clock.now();
      const count = scene.upstreams.length;
      scene.last.end('lost');
      while (scene.upstreams.length === count) scene.advance(10);
      waits.push(clock.now() - lostAt);
    }
    for (const [round, wait] of waits.entries()) {
      const most = Math.min(1000 * 2 ** round, 30_000);
      expect(wait).toBeGreaterThanOrEqual(most / 2);
      expect(wait).toBeLessThanOrEqual(most + 10);
    }
    const long = waits.slice(6);
    expect(new Set(long).size).toBeGreaterThan(1);
    scene.last.send(opening);
    scene.flow(scene.last, 5040, 1040);
    scene.last.end('lost');
    const count = scene.upstreams.length;
    scene.advance(1000);
    expect(scene.upstreams).toHaveLength(count + 1);
  });

  test.each([
    { it: 'says nothing', say: () => {} },
    { it: 'accepts and says no more', say: (scene: PullScene) => scene.last.start() },
    { it: 'sends headers only', say: (scene: PullScene) => scene.last.send('M1@0 VH1@0 AH1@0') },
    { it: 'is dry from the beginning', say: (scene: PullScene) => scene.last.dry(true) },
    { it: 'says Stream Begin only', say: (scene: PullScene) => scene.last.dry(false) },
  ])('are given up after the silence when the server $it', ({ say }) => {
    const scene = new PullScene();
    say(scene);
    scene.advance(4999);
    expect(scene.urls).toEqual([first]);
    scene.advance(1);
    expect(scene.urls).toEqual([first, second]);
    expect(scene.upstreams[0]?.isClosed).toBe(true);
    expect(scene.pull.status()).toMatchObject({ lastError: 'no frame for 5000 ms', reconnects: 0 });
  });

  test.each(['M1@0 VH1@0', ''])('without an alternative may take their time after "%s"', (script) => {
    const scene = new PullScene(oneUrl);
    scene.last.start();
    scene.last.dry(false);
    scene.last.send(script);
    scene.advance(29_999);
    expect(scene.last.isClosed).toBe(false);
    scene.advance(1);
    expect(scene.last.isClosed).toBe(true);
  });

  const tooMany = Array.from({ length: 17 }, (_, at) => `r${at}`);
  test.each<{ servers: string; most: number; act: (upstream: FakeUpstream) => void }>([
    { servers: 'say nothing', most: 16, act: () => {} },
    { servers: 'send headers', most: 16, act: (upstream) => upstream.send('M1@0 VH1@0') },
    { servers: 'send a frame', most: 16, act: (upstream) => upstream.send(opening) },
    {
      servers: 'send a frame and name a loop',
      most: 16,
      act(upstream) {
        upstream.send(opening);
        upstream.path(['b', 'me']);
      },
    },
    {
      servers: 'send a frame and name more relays than any chain has',
      most: 16,
      act(upstream) {
        upstream.send(opening);
        upstream.path(tooMany);
      },
    },
    {
      servers: 'send a frame and say that this was all',
      most: 8,
      act(upstream) {
        upstream.send(opening);
        upstream.end('ended');
      },
    },
    {
      servers: 'lead elsewhere, where a frame is sent',
      most: 32,
      act(upstream) {
        if (!upstream.url.includes('elsewhere')) upstream.end('redirect', 'moved', 'rtmp://elsewhere/live/a');
        else upstream.send(opening);
      },
    },
  ])('do not storm where servers $servers and go', ({ most, act }) => {
    const scene = new PullScene({ ...twoUrls, start: 'always' });
    const { clock } = scene.studio;
    const { upstreams } = scene;
    const endsAt = clock.now() + 60_000;
    for (let served = 0; clock.now() < endsAt && served < 1000; scene.advance(10)) {
      for (; served < 1000 && served < upstreams.length; served++) {
        const upstream = scene.upstreams[served];
        if (upstream === undefined) continue;
        act(upstream);
        upstream.end('lost'); // says nothing where it is over already
      }
    }
    expect(upstreams.length).toBeLessThanOrEqual(most);
    const firstSecond = upstreams.filter(({ openedAt }) => openedAt < endsAt - 59_000);
    expect(firstSecond.length).toBeLessThanOrEqual(most / 4);
    scene.pull.stop();
  });
});

test('silence after frames fails over; the player stays and sees one timeline', () => {
  const scene = new PullScene();
  scene.last.send('VH1@0 AH1@0 K1@1000');
  expect(scene.news).toBe('VH1@1000 AH1@1000 K1@1000');
  scene.advance(5000);
  expect(scene.urls).toEqual([first, second]);
  expect(scene.studio.stream.state).toBe('grace');
  scene.last.send('VH2@0 P6@70 K7@80 P8@120');
  expect(scene.news).toBe('VH2@6100 K7@6100 P8@6140');
  expect(scene.player.calls).toEqual(['start']);
  expect(scene.pull.status()).toMatchObject({ url: second, state: 'flowing', reconnects: 1, frames: 4 });
});

describe('an upstream that is dry', () => {
  test('may be silent as long as it answers pings', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.last.dry(true);
    scene.advance(60_000);
    expect(scene.urls).toEqual([first]);
    expect(scene.last.pings).toBe(13);
    scene.last.isAlive = false;
    scene.advance(10_000);
    expect(scene.urls).toEqual([first, second]);
    expect(scene.pull.status().lastError).toBe('no answer to a ping for 5000 ms');
  });

  test('has to send again once it is not dry any more', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.last.dry(true);
    scene.advance(20_000);
    scene.last.dry(false);
    scene.advance(5000);
    expect(scene.pull.status().lastError).toBe('no frame for 5000 ms');
  });

  test('is waited for from the beginning where there is no other', () => {
    const scene = new PullScene(oneUrl);
    scene.last.dry(true);
    scene.advance(120_000);
    expect(scene.urls).toEqual([first]);
  });
});

describe('a stream that is not there', () => {
  test('is over when every server says so', () => {
    const scene = new PullScene();
    scene.last.end('not-found');
    expect(scene.over).toEqual([]);
    scene.last.end('not-found');
    expect(scene.over).toEqual(['not-found']);
    scene.advance(60_000);
    expect(scene.upstreams).toHaveLength(2);
  });

  test('is asked for again when only one of them says so', () => {
    const scene = new PullScene();
    scene.last.end('not-found');
    scene.last.end('lost');
    scene.advance(1000);
    expect([scene.over, scene.upstreams.length]).toEqual([[], 3]);
    expect(scene.pull.hasAnswer).toBe(true);
  });

  test('and is always wanted is asked for again', () => {
    const scene = new PullScene({ ...oneUrl, start: 'always' });
    scene.last.end('not-found');
    scene.advance(1000);
    expect([scene.over, scene.upstreams.length]).toEqual([[], 2]);
  });
});

test('a stream that ends at its source ends the pull', () => {
  const scene = new PullScene();
  scene.last.send(opening);
  scene.last.end('ended');
  expect([scene.over, scene.player.calls]).toEqual([['ended'], ['start', 'ended']]);
});

test('a pull that is stopped leaves no timer, no link and no stream', () => {
  const scene = new PullScene();
  scene.last.end('lost');
  scene.last.send(opening); // on the second: the first is looked for
  scene.last.askToReconnect();
  scene.last.end('refused');
  scene.pull.stop();
  scene.advance(120_000);
  expect(scene.upstreams).toHaveLength(3);
  expect(scene.upstreams.slice(1).map(({ isClosed }) => isClosed)).toContain(true);
  expect(scene.player.calls).toEqual(['start', 'ended']);
  expect(scene.pull.status().state).toBe('waiting');
});

describe('redirects', () => {
  test('are followed for the same media, whatever the URL looks like', () => {
    const scene = new PullScene({ ...oneUrl, urls: ['mmsh://first/streams/a'] });
    scene.last.end('redirect', 'moved', 'http://elsewhere/live/a.flv');
    expect([scene.last.url, scene.last.format]).toEqual(['http://elsewhere/live/a.flv', 'asf']);
    expect(scene.pull.origin.protocol).toBe('mmsh');
  });

  test('are followed to hosts that the configuration names', () => {
    const scene = new PullScene();
    scene.last.end('redirect', 'moved', 'rtmp://elsewhere:1940/app2/b?x=1');
    expect(scene.urls).toEqual([first, 'rtmp://elsewhere:1940/app2/b?x=1']);
    scene.last.send(opening);
    expect(scene.player.calls).toEqual(['start']);
  });

  test('are not followed to others, and the log says so without what is secret', () => {
    const scene = new PullScene();
    scene.last.end('redirect', 'moved', 'rtmp://user:secret@evil/live/a?token=secret');
    expect(scene.urls).toEqual([first, second]);
    expect(scene.pull.status().lastError).toBe(
      'redirected to rtmp://evil/live/a, which is not in redirectHosts (moved)',
    );
  });

  test.each([
    ['rtmps://first/{key}', 'rtmp://first/live/a', 'rtmp://first/live/a'],
    ['https://first/{key}.flv', 'http://first/live/a.flv', 'http://first/live/a.flv'],
    ['wss://first/{key}.flv', 'http://elsewhere/b.flv?token=secret', 'http://elsewhere/b.flv'],
  ])('from %s do not lead to %s, and the log says why', (url, to, shown) => {
    const scene = new PullScene({ ...oneUrl, urls: [url] });
    scene.last.end('redirect', 'moved', to);
    expect(scene.upstreams).toHaveLength(1);
    expect(scene.log.find('upstream').at(-1)?.text).toContain(
      `redirected to ${shown}, which is without TLS (moved)`,
    );
  });

  test('have an end', () => {
    const scene = new PullScene(oneUrl);
    for (let i = 0; i < 20; i++) scene.last.end('redirect', 'moved', first);
    expect(scene.upstreams).toHaveLength(4);
    expect(scene.pull.status().lastError).toContain('the last of too many redirects');
  });
});

test('what a server says shows no credentials of the URL', () => {
  const urls = ['rtmp://me:pass-word@first/{key}?token=sesame-open'];
  const scene = new PullScene({ ...oneUrl, urls });
  scene.last.end('refused', 'no stream live/a?token=sesame-open for me:pass-word (pass-word)');
  const shown = JSON.stringify([scene.pull.status(), scene.log.lines, [...scene.pull.connects.values()]]);
  expect(shown).not.toMatch(/sesame|pass-word/);
  expect(scene.pull.status().lastError).toBe('no stream live/a?*** for *** (***)');
});

describe('access', () => {
  const said: string[] = [];
  const no: MayOpen = ({ verb, key, url }) => {
    said.push(`${verb} ${key} from ${url}`);
    return Promise.resolve({ refused: 'access', description: 'not from there' });
  };

  test('is asked for each URL; a pull on demand is over when it says no to all', async () => {
    const scene = new PullScene(twoUrls, no);
    await answered();
    expect(said.splice(0)).toEqual([`pull live/a from ${first}`, `pull live/a from ${second}`]);
    expect([scene.upstreams, scene.over]).toEqual([[], ['denied']]);
    expect(scene.pull.status().lastError).toBe('not from there');
    expect(scene.log.find('upstream', { upstream: first })[0]).toMatchObject({
      level: 'warn',
      text: `cannot get live/a from ${first}: not from there`,
    });
  });

  test('that says no to a stream that is always wanted is asked again after a back-off', async () => {
    const scene = new PullScene({ ...oneUrl, start: 'always' }, no);
    await answered();
    expect(scene.pull.status()).toMatchObject({ state: 'waiting', lastError: 'not from there' });
    said.splice(0);
    scene.advance(1000);
    await answered();
    expect([said, scene.over]).toEqual([[`pull live/a from ${first}`], []]);
    scene.pull.stop();
  });
});

describe('loops', () => {
  test('count as a failed URL, with the path in the log', () => {
    const scene = new PullScene();
    scene.last.start(['b', 'me', 'c']);
    expect(scene.urls).toEqual([first, second]);
    expect(scene.pull.status().lastError).toBe('loop: me -> b -> me -> c');
    scene.last.start(Array.from({ length: 17 }, (_, at) => `r${at}`));
    expect(scene.pull.status().lastError).toMatch(/^loop: me -> r0 .* -> r16$/);
  });

  test('that close later end a stream that flows; other changes are told downstream', () => {
    const scene = new PullScene();
    scene.last.start(['b']);
    scene.last.send(opening);
    scene.last.path(['b', 'c']);
    expect(scene.player.paths.at(-1)).toEqual(['b', 'c']);
    scene.last.path(['b', 'c', 'me']);
    expect(scene.urls).toEqual([first, second]);
  });
});

describe('the log', () => {
  const lineOf = ({ log }: PullScene) => log.lines.map(({ level, text, fields }) => [level, text, fields]);
  const about = (upstream: string) => ({ stream: 'live/a', upstream, protocol: 'rtmp' });

  test('says where a stream comes from, and of each end how long that was, how much and why', () => {
    const scene = new PullScene();
    scene.last.end('lost', 'cannot be reached');
    scene.last.send(opening);
    scene.advance(1000);
    Object.assign(scene.last, { receivedBytes: 5000 });
    scene.pull.stop('unwanted');
    expect(lineOf(scene)).toEqual([
      [
        'warn',
        `cannot get live/a from ${first}: cannot be reached`,
        { ...about(first), seconds: 0, bytes: 0, reason: 'lost' },
      ],
      ['info', `live/a comes from ${second}`, about(second)],
      [
        'info',
        `live/a no longer comes from ${second}: nobody is watching it`,
        { ...about(second), seconds: 1, bytes: 5000, reason: 'unwanted' },
      ],
    ]);
  });

  test('says that another upstream has taken over', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.last.askToReconnect();
    scene.last.send(opening);
    expect(scene.log.find('upstream', { ...about(first), reason: 'replaced' })).toHaveLength(1);
    expect(scene.log.find('upstream', about(second)).at(-1)?.text).toBe(`live/a comes from ${second}`);
  });

  test.each(['shutdown', 'reconfigured'] as const)('does not take a %s for a fault', (why) => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.pull.stop(why);
    expect(scene.log.lines.at(-1)).toMatchObject({ level: 'info', fields: { reason: why } });
    expect(scene.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('says nothing of one that is stopped before anything has come', () => {
    const scene = new PullScene();
    scene.pull.stop('shutdown');
    expect(scene.log.lines).toEqual([]);
  });
});

describe('followers', () => {
  test('hear where a stream comes from, and that it is lost', () => {
    const scene = new PullScene();
    scene.last.send('VH1@0');
    expect(scene.followed.splice(0)).toEqual([]);
    scene.last.send('K1@1000');
    scene.last.end('lost', 'cut');
    scene.last.send(opening);
    expect(scene.followed.splice(0)).toEqual([
      `from ${first}`,
      `no more from ${first}: cut`,
      `from ${second}`,
    ]);
    scene.pull.stop();
    expect(scene.followed).toEqual([`no more from ${second}: nobody is watching it`]);
  });

  test('hear that a stream has moved, without its being lost', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.last.askToReconnect();
    scene.last.send(opening);
    expect(scene.followed).toEqual([`from ${first}`, `now from ${second}`]);
  });

  test('hear of the end', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.last.end('ended', 'over');
    expect(scene.followed).toEqual([`from ${first}`, `no more from ${first}: over`]);
  });
});

test('counts tries by URL and outcome', () => {
  const scene = new PullScene({ ...twoUrls, urls: ['rtmp://first/{key}?a=b', 'rtmp://second/{key}'] });
  const counted = (): unknown[] => [...scene.pull.connects.values()].filter(({ count }) => count > 0);
  expect([...scene.pull.connects.values()]).toEqual(
    [first, second].flatMap((url) => connectOutcomes.map((outcome) => ({ url, outcome, count: 0 }))),
  );
  scene.last.end('refused');
  scene.last.send(opening);
  scene.last.end('lost'); // it went well until now
  expect(counted()).toEqual([
    { url: first, outcome: 'refused', count: 1 },
    { url: second, outcome: 'ok', count: 1 },
  ]);
});

test('there is an end to places that redirects lead to and that are counted', () => {
  const scene = new PullScene({ ...oneUrl, start: 'always' });
  for (let place = 0; place < 200; place++) {
    scene.last.end('redirect', 'moved', `rtmp://elsewhere/live/${place}`);
    scene.advance(60_000);
  }
  const urls = new Set([...scene.pull.connects.values()].map(({ url }) => url));
  expect(urls.size).toBe(17);
  scene.pull.stop();
});

describe('whatever happens, each try has one outcome', () => {
  const ends: readonly UpstreamEnd['kind'][] = ['ended', 'lost', 'not-found', 'redirect', 'refused'];
  /** What may happen, to one of the upstreams that were opened last. */
  const step = fc.record({
    which: fc.integer({ min: 1, max: 2 }),
    does: fc.oneof(
      fc.constantFrom(
        'start',
        'loop',
        'paths',
        'headers',
        'keyframe',
        'flow',
        'move',
        'dry',
        'wait',
        'sleep',
      ),
      fc.constantFrom(...ends),
    ),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  const act = (scene: PullScene, { which, does }: Step): void => {
    const upstream = scene.upstreams.at(-which);
    if (does === 'wait') scene.advance(600);
    else if (does === 'sleep') scene.advance(40_000);
    else if (upstream === undefined || upstream.isClosed) return;
    else if (does === 'start') upstream.start(['other']);
    else if (does === 'loop') upstream.path(['me']);
    else if (does === 'paths') for (let i = 0; i < 20; i++) upstream.path([`other${i}`]);
    else if (does === 'headers') upstream.send('VH1@0');
    else if (does === 'keyframe') upstream.send('VH1@0 K1@1000');
    else if (does === 'flow') scene.flow(upstream, 3000, 1000, 'K');
    else if (does === 'move') upstream.askToReconnect();
    else if (does === 'dry') upstream.dry(true);
    else upstream.end(does, does, does === 'redirect' ? 'rtmp://elsewhere/live/b' : undefined);
  };

  const tries = (scene: PullScene): number =>
    [...scene.pull.connects.values()].reduce((sum, { count }) => sum + count, 0);

  test.each(['onDemand', 'always'] as const)('of a pull that starts %s', (start) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const scene = new PullScene({ ...twoUrls, start });
        for (const each of steps) {
          act(scene, each);
          const open = scene.upstreams.filter(({ isClosed }) => !isClosed).length;
          expect(tries(scene)).toBeLessThanOrEqual(scene.upstreams.length);
          expect(tries(scene)).toBeGreaterThanOrEqual(scene.upstreams.length - open);
        }
        scene.pull.stop();
        expect(tries(scene)).toBe(scene.upstreams.length);
      }),
    );
  });

  test('where access has a say', async () => {
    const verdicts = fc.array(fc.constantFrom('yes', 'no', 'later'), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(verdicts, fc.array(step, { maxLength: 8 }), async (says, steps) => {
        let asked = 0;
        const mayOpen: MayOpen = () => {
          const verdict = says[asked++] ?? 'yes';
          if (verdict === 'later') return new Promise(() => {});
          if (verdict === 'no') return Promise.resolve({ refused: 'access', description: 'not from there' });
          return Promise.resolve(granted);
        };
        const scene = new PullScene({ ...twoUrls, start: 'always' }, mayOpen);
        for (const each of steps) {
          await answered();
          act(scene, each);
        }
        scene.pull.stop();
        expect(tries(scene)).toBe(asked);
      }),
      { numRuns: 50 },
    );
  });
});
