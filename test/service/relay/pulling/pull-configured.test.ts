import { describe, expect, test } from 'vitest';
import type { FakeUpstream } from '../../../support/fake-upstream.ts';
import { oneUrl, PullScene, twoUrls } from '../../../support/pull-scene.ts';

const opening = 'VH1@0 K1@0';

const urls = (...servers: readonly string[]) => servers.map((server) => `rtmp://${server}/{key}`);

describe('a pull whose settings change', () => {
  test('stays with its upstream as long as they name that', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    expect(scene.news).toBe(opening);
    scene.pull.configure({ ...twoUrls, urls: urls('zeroth', 'first'), lingerMs: 1, silenceMs: 60_000 });
    scene.last.send('P2@40');
    expect(scene.news).toBe('P2@40');
    expect([scene.urls, scene.upstreams[0]?.isClosed, scene.player.calls]).toEqual([
      ['rtmp://first/live/a'],
      false,
      ['start'],
    ]);
  });

  test('looks for an upstream that is preferred now', () => {
    const scene = new PullScene(oneUrl);
    scene.last.send(opening);
    scene.pull.configure({ ...oneUrl, urls: urls('zeroth', 'first') });
    const [first] = scene.upstreams;
    let timestamp = 40;
    for (let tries = 0; scene.urls.length < 2 && tries < 200; tries++) {
      first?.send(`P${timestamp}@${timestamp}`);
      scene.advance(40);
      timestamp += 40;
    }
    expect(scene.urls).toEqual(['rtmp://first/live/a', 'rtmp://zeroth/live/a']);
  });

  test('goes on in the list as it is now when its upstream is lost', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.pull.configure({ ...twoUrls, urls: urls('zeroth', 'first', 'last') });
    scene.last.end('lost');
    expect(scene.urls.slice(1)).toEqual(['rtmp://last/live/a']);
    scene.last.end('lost');
    expect(scene.urls.slice(2)).toEqual(['rtmp://zeroth/live/a']);
  });

  test('is tried at once with others while it waits between two rounds', () => {
    const scene = new PullScene(oneUrl);
    scene.last.end('lost');
    expect(scene.pull.status().state).toBe('waiting');
    scene.pull.configure({ ...oneUrl, urls: urls('other') });
    expect([scene.urls.at(-1), scene.pull.status().state]).toEqual(['rtmp://other/live/a', 'connecting']);
    scene.advance(60_000);
    expect(scene.urls.filter((url) => url.includes('first'))).toHaveLength(1);
  });

  test('asks anew where other media are to come from the same URL', () => {
    const source = { ...oneUrl, urls: ['http://first/{key}'] };
    const scene = new PullScene(source);
    scene.pull.configure({ ...source, format: 'asf' });
    expect(scene.upstreams.map(({ format, isClosed }) => [format, isClosed])).toEqual([
      ['flv', true],
      ['asf', false],
    ]);
    scene.pull.configure({ ...source, urls: ['http://first/{key}', 'http://second/{key}'], format: 'asf' });
    expect(scene.upstreams).toHaveLength(2);
  });

  test('leaves an upstream that it has not heard from yet', () => {
    const scene = new PullScene(oneUrl);
    scene.pull.configure({ ...oneUrl, urls: urls('other') });
    expect(scene.upstreams.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    scene.last.send(opening);
    expect([scene.news, scene.followed]).toEqual([opening, ['from rtmp://other/live/a']]);
  });

  test('follows redirects to the hosts that they name now', () => {
    const scene = new PullScene({ ...oneUrl, redirectHosts: [] });
    scene.pull.configure(oneUrl);
    scene.last.end('redirect', 'moved', 'rtmp://elsewhere/live/a');
    expect(scene.urls).toEqual(['rtmp://first/live/a', 'rtmp://elsewhere:1935/live/a']);
  });

  test('that are the same change nothing, and what is over stays over', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    scene.pull.configure({ ...twoUrls });
    scene.pull.stop('shutdown');
    scene.pull.configure({ ...oneUrl, urls: urls('other') });
    scene.advance(60_000);
    expect([scene.urls, scene.followed.at(-1)]).toEqual([
      ['rtmp://first/live/a'],
      'no more from rtmp://first/live/a: the relay is shutting down',
    ]);
  });
});

describe('a pull that flows and is to come from elsewhere', () => {
  const other = { ...oneUrl, urls: urls('other') };
  /** Both have the same programme. */
  const group = 'VH1@0 K1@1000 P2@1040 A2@1050';

  /** A pull that flows from `first` and has been told to come from `other`. */
  function rehung(source = other): { scene: PullScene; old: FakeUpstream } {
    const scene = new PullScene(oneUrl);
    const old = scene.last;
    old.send(group);
    expect(scene.news).toBe('VH1@1000 K1@1000 P2@1040 A2@1050');
    scene.pull.configure(source);
    return { scene, old };
  }

  test('goes over at a keyframe without a frame lost, sent twice or back in time', () => {
    const { scene, old } = rehung();
    expect([scene.urls, old.isClosed]).toEqual([['rtmp://first/live/a', 'rtmp://other/live/a'], false]);
    old.send('P3@1080'); // flows while the other is asked
    scene.last.send(`${group} P3@1080`);
    expect(old.isClosed).toBe(true);
    scene.last.send('A3@1090 P4@1120');
    expect(scene.news).toBe('P3@1080 A3@1090 P4@1120');
    expect(scene.player.calls).toEqual(['start']);
    expect(scene.pull.status()).toMatchObject({
      url: 'rtmp://other/live/a',
      state: 'flowing',
      reconnects: 0,
    });
    expect(scene.followed).toEqual(['from rtmp://first/live/a', 'now from rtmp://other/live/a']);
    expect(new Set([...scene.pull.connects.values()].map(({ url }) => url))).toEqual(
      new Set(['rtmp://other/live/a']),
    );
    expect(scene.log.find('upstream').map(({ text }) => text)).toContain(
      'rtmp://first/live/a is not configured any more: trying rtmp://other/live/a',
    );
  });

  test('goes over to another programme at its keyframe, after a second', () => {
    const { scene, old } = rehung();
    scene.last.send('VH2@0 K70@7000');
    let timestamp = scene.flow(scene.last, 1000, 7040);
    expect(old.isClosed).toBe(false);
    scene.last.send(`K80@${timestamp}`);
    expect(old.isClosed).toBe(true);
    timestamp += 40;
    scene.last.send(`P81@${timestamp}`);
    expect(scene.news).toMatch(/^VH2@(\d+) K80@\1 P81@\d+$/);
    expect(scene.player.calls).toEqual(['start']);
  });

  test('stays where it is as long as that flows and nobody else delivers, says so, and goes on trying all', () => {
    const { scene, old } = rehung({ ...oneUrl, urls: urls('other', 'third') });
    let timestamp = 1080;
    scene.last.end('refused', 'no such stream');
    for (let passed = 0; passed < 120_000; passed += 1000) {
      timestamp = scene.flow(old, 1000, timestamp);
      if (scene.last !== old && !scene.last.isClosed) scene.last.end('lost', 'gone');
    }
    expect([old.isClosed, scene.player.calls, scene.pull.isFlowing]).toEqual([false, ['start'], true]);
    expect(scene.pull.status()).toMatchObject({ url: 'rtmp://first/live/a', lastError: 'gone' });
    expect(new Set(scene.urls.slice(1))).toEqual(new Set(['rtmp://other/live/a', 'rtmp://third/live/a']));
    expect(scene.urls.length).toBeGreaterThan(5);
    expect(scene.urls.length).toBeLessThan(20); // ever more rarely
    const [warning] = scene.log.find('upstream').filter(({ level }) => level === 'warn');
    expect(warning?.text).toBe('cannot get live/a from rtmp://other/live/a: no such stream');
    while (scene.last.isClosed) timestamp = scene.flow(old, 40, timestamp);
    scene.last.send('VH1@0 K9@200000');
    scene.flow(scene.last, 1000, 200_040);
    scene.last.send('K10@201040');
    expect(old.isClosed).toBe(true);
  });

  test('comes from the first of the new ones when the old one is lost meanwhile', () => {
    const { scene, old } = rehung();
    old.end('lost');
    scene.last.send(group);
    expect(scene.urls).toEqual(['rtmp://first/live/a', 'rtmp://other/live/a']);
    expect([scene.pull.status().state, scene.player.calls]).toEqual(['flowing', ['start']]);
    scene.last.end('lost');
    expect(scene.urls.slice(2)).toEqual([]); // a round is over
    scene.advance(1000);
    expect(scene.urls.slice(2)).toEqual(['rtmp://other/live/a']);
  });

  test('begins with the first of the new ones when the old one is lost between two tries', () => {
    const { scene, old } = rehung({ ...oneUrl, urls: urls('other', 'third') });
    scene.last.end('lost');
    old.end('lost');
    expect(scene.urls.slice(1)).toEqual(['rtmp://other/live/a', 'rtmp://other/live/a']);
  });

  test('stays after all when it is told to come from there again', () => {
    const { scene, old } = rehung();
    const candidate = scene.last;
    scene.pull.configure(oneUrl);
    expect([old.isClosed, candidate.isClosed, scene.upstreams.length]).toEqual([false, true, 2]);
    old.send('P3@1080');
    expect(scene.news).toBe('P3@1080');
  });

  test('goes straight to the last place that it was told', () => {
    const { scene, old } = rehung();
    const candidate = scene.last;
    scene.pull.configure({ ...oneUrl, urls: urls('third') });
    expect([old.isClosed, candidate.isClosed, scene.urls.at(-1)]).toEqual([
      false,
      true,
      'rtmp://third/live/a',
    ]);
    scene.last.send(`${group} P3@1080`);
    expect([old.isClosed, scene.news]).toEqual([true, 'P3@1080']);
  });

  test('is not moved by a permit that is renewed, and shows the new one next time', () => {
    const permitted = (permit: string) => ({ ...oneUrl, urls: [`rtmp://first/{key}?a=1&permit=${permit}`] });
    const scene = new PullScene(permitted('old'));
    scene.last.send(group);
    scene.pull.configure(permitted('new'));
    expect([scene.upstreams.length, scene.last.isClosed]).toEqual([1, false]);
    scene.last.end('lost');
    scene.advance(1000);
    expect(scene.urls.slice(1)).toEqual(['rtmp://first/live/a?a=1&permit=new']);
  });

  test('gives nothing back and keeps nothing when it is stopped on the way', () => {
    const { scene, old } = rehung();
    const candidate = scene.last;
    scene.pull.stop('shutdown');
    scene.advance(60_000);
    expect([old.isClosed, candidate.isClosed, scene.upstreams.length]).toEqual([true, true, 2]);
  });
});
