import { describe, expect, test } from 'vitest';
import { UpstreamRound } from '../../../../src/service/relay/pulling/upstream-round.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { twoUrls } from '../../../support/pull-scene.ts';

const first = 'rtmp://first/live/a';
const second = 'rtmp://second/live/a';
const clock = new FakeClock(1000);

function round(): UpstreamRound {
  return new UpstreamRound('live/a', twoUrls, clock);
}

test('has the URLs of the key in order, the first after the last', () => {
  const urls = round();
  expect([urls.size, urls.urlAt(0), urls.urlAt(1)]).toEqual([2, first, second]);
  expect([urls.after(0), urls.after(1)]).toEqual([1, 0]);
});

test('prefers those before one to it, as long as they bring the same media', () => {
  const [flv, asf] = ['http://a/live/a.flv', 'http://a/live/a.asf'];
  const urls = new UpstreamRound(
    'live/a',
    { ...twoUrls, urls: [first, asf, flv, second, 'mmsh://b/a'] },
    clock,
  );
  expect([0, 1, 2, 3, 4, -1].map((index) => urls.preferredTo(index))).toEqual([[], [], [0], [0, 2], [1], []]);
});

describe('a failure', () => {
  test('leads to the next URL, after the last one to a pause', () => {
    const urls = round();
    expect(urls.onFailure(0, 'lost')).toEqual({ does: 'try', index: 1 });
    const next = urls.onFailure(1, 'refused');
    expect(next).toMatchObject({ does: 'wait', index: 0 });
    expect(urls.onFailure(0, 'lost')).toEqual({ does: 'try', index: 1 });
  });

  test('counts in a round that begins anywhere', () => {
    const urls = round();
    expect(urls.onFailure(1, 'lost')).toEqual({ does: 'try', index: 0 });
    expect(urls.onFailure(0, 'lost')).toMatchObject({ does: 'wait', index: 1 });
  });

  test('counts though a frame came, and does not any more once frames came for a while', () => {
    const urls = round();
    urls.onFailure(0, 'lost');
    urls.onFlowing();
    expect(urls.onFailure(1, 'lost')).toMatchObject({ does: 'wait' });
    urls.onFailure(0, 'not-found');
    urls.onSteady();
    expect(urls.onFailure(1, 'not-found')).toEqual({ does: 'try', index: 0 });
  });

  test.each([
    { kinds: ['not-found', 'not-found'], end: { does: 'give-up', reason: 'not-found' } },
    { kinds: ['denied', 'denied'], end: { does: 'give-up', reason: 'denied' } },
    { kinds: ['not-found', 'denied'], end: { does: 'give-up', reason: 'denied' } },
    { kinds: ['denied', 'lost'], end: { does: 'wait', index: 0 } },
    { kinds: ['not-found', 'lost'], end: { does: 'wait', index: 0 } },
  ] as const)('$kinds of all servers: $end.does', ({ kinds, end }) => {
    const urls = round();
    const answers = kinds.map((kind, index) => urls.onFailure(index, kind));
    expect(answers[1]).toMatchObject(end);
  });
});

test('pauses grow until frames have come for a while, whatever is waited for', () => {
  const urls = round();
  const within = (ms: number, most: number): boolean => ms >= most / 2 && ms <= most;
  expect(within(urls.waitFor(0).ms, 1000)).toBe(true);
  expect(within(urls.pauseMs(), 2000)).toBe(true);
  urls.onFlowing();
  expect(within(urls.waitFor(1).ms, 4000)).toBe(true);
  urls.onSteady();
  expect(within(urls.pauseMs(), 1000)).toBe(true);
});

describe('redirects', () => {
  test('lead to hosts of the configuration, three times in a row', () => {
    const urls = round();
    const to = 'rtmp://elsewhere:1940/live/b';
    for (let i = 0; i < 3; i++) expect(urls.redirect(first, to, 'flv')).toEqual({ url: to });
    expect(urls.redirect(first, to, 'flv')).toEqual({ refused: 'the last of too many redirects' });
    urls.onFlowing();
    expect(urls.redirect(first, to, 'flv')).toEqual({ url: to });
  });

  test('lead nowhere else, and those do not count', () => {
    const urls = round();
    const refused = 'which is not in redirectHosts';
    for (let i = 0; i < 4; i++)
      expect(urls.redirect(first, 'rtmp://evil/live/b', 'flv')).toEqual({ refused });
    expect(urls.redirect(first, 'http://elsewhere/live/b', 'flv')).toEqual({
      refused: 'which is another protocol',
    });
  });

  test('lead from TLS to nothing without it', () => {
    const urls = round();
    const secure = 'rtmps://elsewhere/live/a';
    const refused = 'which is without TLS';
    expect(urls.redirect(secure, 'rtmp://elsewhere/live/a', 'flv')).toEqual({ refused });
    expect(urls.move(0, secure, 'rtmp://elsewhere/live')).toEqual({
      refused: `the server asks to reconnect to rtmp://elsewhere/live, ${refused}`,
    });
    expect(urls.redirect(first, secure, 'flv')).toEqual({ url: 'rtmps://elsewhere:443/live/a' });
  });
});

describe('a server that asks to be left', () => {
  test('and names nothing is left for the next URL', () => {
    expect(round().move(1, second, undefined)).toEqual({ index: 0, url: first });
  });

  test('may name a host of the configuration, which stands for its own place then', () => {
    const url = 'rtmp://elsewhere:1940/live/a';
    expect(round().move(1, second, 'rtmp://elsewhere:1940/live')).toEqual({ index: 1, url });
  });

  test('may name no other host, and what it names is shown without secrets', () => {
    expect(round().move(1, second, 'rtmp://me:secret@evil/live')).toEqual({
      refused: 'the server asks to reconnect to rtmp://evil/live, which is not in redirectHosts',
    });
  });

  test('is heard three times at once, and once more each twenty seconds', () => {
    const urls = round();
    const isHeard = (): boolean => 'url' in urls.move(1, second, undefined);
    expect([isHeard(), isHeard(), isHeard(), isHeard()]).toEqual([true, true, true, false]);
    clock.advance(20_000);
    expect([isHeard(), isHeard()]).toEqual([true, false]);
  });
});
