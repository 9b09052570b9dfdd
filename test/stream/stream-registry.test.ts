import { describe, expect, test } from 'vitest';
import { FakeStudio, form } from '../support/fake-studio.ts';

const opening = 'VH1@0 K1@0';

describe('a second publisher', () => {
  test('takes the stream over: the first is told, players stay, frames of the first count no more', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send('VH1@0 K1@5000');
    const player = studio.join();
    studio.flush();
    player.news;
    studio.clock.advance(20);
    const second = studio.publish('second');
    expect([first.replacedBy, studio.stream.source]).toEqual([['second'], second]);
    first.send('K9@9000');
    first.leave('ended');
    second.send('VH2@0 P2@0 K3@40');
    studio.flush();
    expect([player.news, player.calls]).toEqual(['VH2@5020 K3@5020', ['start']]);
  });

  test('is refused where it is so configured, with the address of the first', () => {
    const studio = new FakeStudio({ onConflict: 'reject' });
    const first = studio.publish('192.0.2.1');
    expect(() => studio.publish('second')).toThrow('stream live/a is already being published from 192.0.2.1');
    expect(first.replacedBy).toEqual([]);
    first.leave('ended');
    studio.publish('second');
  });

  test('does not get a stream that was just taken over while its publisher sends', () => {
    const studio = new FakeStudio();
    studio.publish('first').send(opening);
    const second = studio.publish('second');
    for (let passed = 0; passed < 10_000; passed += 1000) {
      second.send('M1@0'); // nothing to begin with, but media
      expect(() => studio.publish('third')).toThrow('was just taken over by second');
      studio.clock.advance(1000);
    }
    studio.publish('third');
    expect(second.replacedBy).toEqual(['third']);
  });

  test('gets it when the one that has just taken it over is silent', () => {
    const studio = new FakeStudio();
    studio.publish('first').send(opening);
    const second = studio.publish('second');
    studio.publish('third').send(opening);
    expect(second.replacedBy).toEqual(['third']);
    studio.clock.advance(2000);
    studio.publish('fourth');
  });

  test('gets it at once from one that was first or has come back', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    first.leave('lost');
    const back = studio.publish('first');
    back.send(opening);
    studio.publish('second');
    expect(back.replacedBy).toEqual(['second']);
  });
});

test('a stream is there as long as anybody publishes or plays it', () => {
  const studio = new FakeStudio();
  const { registry } = studio;
  const player = studio.player();
  const play = studio.play(player);
  expect([registry.get('live/a')?.state, registry.isPublished('live/a')]).toEqual(['absent', false]);
  const publisher = studio.publish();
  expect(registry.isPublished('live/a')).toBe(true);
  play.stop();
  expect([...registry.streams()]).toHaveLength(1);
  publisher.leave('ended');
  expect([[...registry.streams()], studio.removed]).toEqual([[], ['live/a']]);
  studio.clock.advance(60_000);
  expect(player.calls).toEqual([]);
});

test('keeps streams apart', () => {
  const studio = new FakeStudio();
  studio.publish().send(opening);
  const player = studio.player();
  const options = { form: form.all, lateJoin: 'keyframeGroup' as const };
  studio.registry.play('live/b', player, options);
  studio.flush();
  expect(player.calls).toEqual([]);
});

test('close ends every stream for everybody, waiting or not, and leaves no timer', () => {
  const studio = new FakeStudio();
  studio.publish().send(opening);
  const player = studio.join();
  const waiting = studio.player();
  studio.registry.play('live/b', waiting, { form: form.all, lateJoin: 'live' });
  studio.flush();
  studio.registry.close();
  expect([player.calls, waiting.calls]).toEqual([['start', 'shutdown'], ['shutdown']]);
  expect([[...studio.registry.streams()], studio.removed]).toEqual([[], ['live/a', 'live/b']]);
  studio.clock.advance(0);
  expect(studio.clock.pending).toBe(0);
});
