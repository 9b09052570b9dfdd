import { expect, test } from 'vitest';
import { FakeStudio, form } from '../support/fake-studio.ts';
import { FakeRelayPlayer } from '../support/pull-scene.ts';

const opening = 'VH1@0 AH1@0 K1@1000';

function joinRelay(studio: FakeStudio): FakeRelayPlayer {
  const relay = new FakeRelayPlayer(studio.clock, true);
  studio.registry.play(studio.key, relay, { form: form.all, lateJoin: 'keyframeGroup' });
  studio.clock.settle();
  return relay;
}

test('a relay that waits is told that there is nothing yet', () => {
  const studio = new FakeStudio();
  expect(joinRelay(studio).dryness).toEqual([true]);
});

test('relays are told soon when the source is silent, and before the next frame', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send(opening);
  const relay = joinRelay(studio);
  studio.clock.advance(400);
  expect(relay.dryness).toEqual([]);
  studio.clock.advance(400);
  expect(relay.dryness).toEqual([true]);
  studio.clock.advance(60_000);
  publisher.send('P2@2000');
  expect(relay.dryness).toEqual([true, false]);
  studio.flush();
  expect(relay.seen).toContain('P2@2000');
});

test('a relay that joins while the source is silent is told so, behind what is cached', () => {
  const studio = new FakeStudio();
  studio.publish().send(opening);
  studio.clock.advance(2000);
  const relay = joinRelay(studio);
  expect([relay.calls, relay.dryness]).toEqual([['start'], [true]]);
});

test('in grace a stream stays dry until there is a frame to show: headers are none', () => {
  const studio = new FakeStudio();
  const first = studio.publish();
  first.send(opening);
  const relay = joinRelay(studio);
  first.leave('lost');
  expect(relay.dryness).toEqual([true]);
  const second = studio.publish();
  second.send('VH2@0 AH2@0 P9@20'); // nothing that a player could begin with
  expect(relay.dryness).toEqual([true]);
  second.send('K10@40');
  expect(relay.dryness).toEqual([true, false]);
});

test('what is received and left out does not count as sent', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('VH1@0 K1@100000');
  const relay = joinRelay(studio);
  for (let passed = 0; passed < 1000; passed += 100) {
    publisher.send(`P${passed}@${passed}`); // the encoder has begun anew and sends no keyframe yet
    studio.clock.advance(100);
  }
  expect(relay.dryness).toEqual([true]);
});
