import { expect, test } from 'vitest';
import {
  PlayerNews,
  playerReport,
  sessionOfPlayer,
} from '../../../../src/service/relay/house/player-news.ts';
import type { AcceptedActivity } from '../../../../src/session/session.ts';
import { uidOf } from '../../../../src/session/uid-label.ts';

/** Somebody who publishes or plays; what is not looked at is left out. */
function activity(session: string, key: string, more: Partial<AcceptedActivity> = {}): AcceptedActivity {
  const peer = { id: session, protocol: 'rtmp', address: '192.0.2.1' };
  const progress = () => ({ ms: 2600, bytes: 1000 });
  const one = {
    verb: 'play',
    key,
    identity: undefined,
    uid: undefined,
    isRelay: false,
    session: peer,
    progress,
    ...more,
  };
  return one as unknown as AcceptedActivity;
}

const idsOf = (players: readonly { readonly id: string }[]): string[] => players.map(({ id }) => id);

test('tells who has come and gone since it was asked last, or who is there', () => {
  const news = new PlayerNews();
  const ann = activity('c1', 'live/a', { uid: 'ann', identity: 'i-ann' });
  const bob = activity('c2', 'live/b');
  news.onBegun(ann);
  news.onBegun(bob);
  news.onBegun(activity('c3', 'live/a', { verb: 'publish' }));
  const first = news.take(false);
  expect([first.isWhole, idsOf(first.joined), first.left]).toEqual([false, ['c1', 'c2'], []]);
  expect(first.joined.map(playerReport)[0]).toMatchObject({
    uid: 'ann',
    identity: 'i-ann',
    stream: 'live/a',
  });
  news.onOver(ann, 'closed');
  expect([news.players, news.publishers, news.playersOf('live/a'), news.playersOf('live/b')]).toEqual([
    1, 1, 0, 1,
  ]);
  const second = news.take(false);
  expect(second).toMatchObject({
    joined: [],
    left: [{ id: 'c1', bytes: 1000, seconds: 3, reason: 'closed' }],
  });
  expect(idsOf(news.take(true).joined)).toEqual(['c2']);
  expect(news.take(false)).toEqual({ isWhole: false, joined: [], left: [] });
});

test('relays downstream take room, and are no players to be told of', () => {
  const news = new PlayerNews();
  const relay = activity('c1', 'live/a', { isRelay: true });
  news.onBegun(relay);
  expect([news.players, news.playersOf('live/a'), news.take(false).joined]).toEqual([1, 1, []]);
  news.onOver(relay, 'closed');
  expect([news.players, news.take(false).left]).toEqual([0, []]);
});

test('each of several plays of one connection has an id of its own, which leads to the session', () => {
  const news = new PlayerNews();
  const plays = ['a', 'b', 'c'].map((key) => activity('w1c7', key));
  for (const play of plays) news.onBegun(play);
  const ids = idsOf(news.take(false).joined);
  expect(ids).toEqual(['w1c7', 'w1c7.2', 'w1c7.3']);
  expect(ids.map(sessionOfPlayer)).toEqual(['w1c7', 'w1c7', 'w1c7']);
  if (plays[1] !== undefined) news.onOver(plays[1], 'closed');
  news.onBegun(activity('w1c7', 'd'));
  expect(idsOf(news.take(false).joined)).toEqual(['w1c7.2']);
});

test('as long as nobody asks it keeps so much and no more: then it has the whole list to tell', () => {
  const news = new PlayerNews();
  const plays = Array.from({ length: 12_000 }, (_, index) => activity(`c${index}`, 'live/a'));
  for (const play of plays) {
    news.onBegun(play);
    if (play !== plays[0]) news.onOver(play, 'closed');
  }
  const { isWhole, joined, left } = news.take(false);
  expect([isWhole, idsOf(joined), left]).toEqual([true, ['c0'], []]);
  expect(news.take(false).isWhole).toBe(false);
});

test.each([
  ['uid=ann', 'ann'],
  ['a=1&uid=user%207&token=x', 'user 7'],
  ['uid=', undefined],
  ['', undefined],
  ['token=uid', undefined],
  [`uid=${'x'.repeat(300)}`, 'x'.repeat(256)],
  [`uid=${'x'.repeat(255)}%F0%9F%98%80`, `${'x'.repeat(255)}\ufffd`],
])('the label of %s', (query, uid) => {
  expect(uidOf(query)).toBe(uid);
});
