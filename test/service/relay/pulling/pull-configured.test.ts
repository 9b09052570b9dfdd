import { describe, expect, test } from 'vitest';
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

  test('leaves an upstream that they do not name any more; players wait for another, and go on', () => {
    const scene = new PullScene();
    scene.last.send(opening);
    expect(scene.news).toBe(opening);
    scene.pull.configure({ ...oneUrl, urls: urls('other') });
    expect(scene.upstreams.map(({ url, isClosed }) => [url, isClosed])).toEqual([
      ['rtmp://first/live/a', true],
      ['rtmp://other/live/a', false],
    ]);
    expect(scene.followed).toEqual([
      'from rtmp://first/live/a',
      'no more from rtmp://first/live/a: the configuration has changed',
    ]);
    expect(scene.log.find('upstream').at(-1)?.text).toBe(
      'live/a no longer comes from rtmp://first/live/a: the configuration has changed',
    );
    const counted = [...scene.pull.connects.values()];
    expect(new Set(counted.map(({ url }) => url))).toEqual(new Set(['rtmp://other/live/a']));
    scene.advance(20_000); // longer than any grace
    scene.last.send('VH2@0 K5@0');
    expect(scene.news).toMatch(/VH2@\d+ K5@\d+$/);
    expect(scene.player.calls).toEqual(['start']);
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
