import { expect, test } from 'vitest';
import { ReconnectRequests } from '../../../../src/service/relay/pulling/reconnect-requests.ts';
import { UpstreamRound } from '../../../../src/service/relay/pulling/upstream-round.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { LinkScene } from '../../../support/link-scene.ts';
import { twoUrls } from '../../../support/pull-scene.ts';

const clock = new FakeClock(1000);
const { link: last } = new LinkScene({ index: 1, url: 'rtmp://second/live/a' }, clock);

function requests(): ReconnectRequests {
  return new ReconnectRequests(clock, new UpstreamRound('live/a', twoUrls));
}

test('a server that names nothing is left for the next URL', () => {
  expect(requests().answer(last, undefined)).toEqual({ index: 0, url: 'rtmp://first/live/a' });
});

test('a server may name a host of the configuration, which stands for its own place then', () => {
  const url = 'rtmp://elsewhere:1940/live/a';
  expect(requests().answer(last, 'rtmp://elsewhere:1940/live')).toEqual({ index: 1, url });
});

test('a server may name no other host, and what it names is shown without secrets', () => {
  expect(requests().answer(last, 'rtmp://me:secret@evil/live')).toEqual({
    refused: 'the server asks to reconnect to rtmp://evil/live, which is not allowed',
  });
});

test('three requests at once are heard, and one more each twenty seconds', () => {
  const asked = requests();
  const isHeard = (): boolean => 'url' in asked.answer(last, undefined);
  expect([isHeard(), isHeard(), isHeard(), isHeard()]).toEqual([true, true, true, false]);
  clock.advance(20_000);
  expect([isHeard(), isHeard()]).toEqual([true, false]);
});
