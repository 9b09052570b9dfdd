import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CacheBudget } from '../../src/stream/cache/cache-budget.ts';
import { type FakePublisher, FakeStudio, form } from '../support/fake-studio.ts';

const opening = 'VH1@0 K1@0';

describe('a second publisher', () => {
  test('has the stream from its first keyframe on: the first is told then, players stay, its frames count no more', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send('VH1@0 K1@5000');
    const player = studio.join();
    studio.clock.advance(20);
    const second = studio.publish('second');
    second.send('VH2@0 P2@0 A2@0');
    first.send('P2@5020');
    studio.flush();
    expect([player.seen, first.replacedBy, second.counts]).toEqual(['VH1@5000 K1@5000 P2@5020', [], false]);
    player.news;
    studio.clock.advance(20);
    second.send('K3@40');
    expect([first.replacedBy, studio.stream.source, second.counts]).toEqual([['second'], second, true]);
    first.send('K9@9000');
    first.leave('ended');
    studio.flush();
    expect([player.news, player.calls]).toEqual(['VH2@5040 K3@5040', ['start']]);
  });

  test('without video has it after a second: till then its video may yet come', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    const player = studio.join();
    studio.flush();
    player.news;
    const second = studio.publish('second');
    second.send('AH2@0 A1@0');
    studio.clock.advance(999);
    second.send('A2@980');
    expect(first.replacedBy).toEqual([]);
    studio.clock.advance(1);
    second.send('A3@1000 A4@1020');
    studio.flush();
    expect([first.replacedBy, player.news]).toEqual([['second'], 'AH2@1000 A3@1000 A4@1020']);
  });

  test('that sends video and no keyframe does not have it, however long', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    const second = studio.publish('second');
    for (let i = 0; i < 50; i++) {
      second.send(`VH1@0 P${i}@${i * 100} A${i}@${i * 100}`);
      studio.clock.advance(100);
    }
    expect([first.replacedBy, second.counts]).toEqual([[], false]);
  });

  test('that leaves before it has begun leaves the stream to the first', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    const player = studio.join();
    studio.publish('second').leave('ended');
    first.send('P2@40');
    studio.flush();
    expect([player.seen, player.calls, first.replacedBy]).toEqual(['VH1@0 K1@0 P2@40', ['start'], []]);
  });

  test('goes on where the first leaves before it has begun', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send('VH1@0 K1@100000');
    const player = studio.join();
    const second = studio.publish('second');
    second.send('VH2@0');
    first.leave('lost');
    studio.clock.advance(60_000);
    expect([studio.stream.state, player.calls]).toEqual(['grace', ['start']]);
    second.send('K2@0');
    studio.flush();
    expect(player.news).toBe('VH1@100000 K1@100000 VH2@160000 K2@160000');
  });

  test('goes on where the first ends before it has begun, and ends the stream if it leaves without', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    const player = studio.join();
    const second = studio.publish('second');
    first.leave('ended');
    studio.clock.advance(60_000);
    expect([studio.stream.state, player.calls]).toEqual(['grace', ['start']]);
    second.leave('ended');
    studio.clock.advance(10_000);
    expect(player.calls).toEqual(['start', 'ended']);
  });

  test('that has not begun gives way to a third', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    const second = studio.publish('second');
    const third = studio.publish('third');
    expect([second.replacedBy, first.replacedBy]).toEqual([['third'], []]);
    second.send(opening);
    second.leave('lost');
    expect(first.replacedBy).toEqual([]);
    third.send(opening);
    expect(first.replacedBy).toEqual(['third']);
  });

  test('is refused where it is so configured, be the first at its beginning, and not told who that is', () => {
    const studio = new FakeStudio({ onConflict: 'reject' });
    const first = studio.publish('192.0.2.1');
    expect(() => studio.publish('second')).toThrow(/^stream live\/a is already being published$/);
    first.send(opening);
    expect(() => studio.publish('second')).toThrow(/^stream live\/a is already being published$/);
    expect(first.replacedBy).toEqual([]);
    first.leave('ended');
    studio.publish('second');
  });

  test('does not get a stream that was just taken over while its publisher sends', () => {
    const studio = new FakeStudio();
    studio.publish('first').send(opening);
    const second = studio.publish('second');
    second.send(opening);
    for (let passed = 0; passed < 10_000; passed += 1000) {
      second.send('M1@0'); // nothing to begin with, but media
      expect(() => studio.publish('third')).toThrow('was just taken over by another publisher');
      studio.clock.advance(1000);
    }
    studio.publish('third').send(opening);
    expect(second.replacedBy).toEqual(['third']);
  });

  test('gets it when the one that has just taken it over is silent', () => {
    const studio = new FakeStudio();
    studio.publish('first').send(opening);
    const second = studio.publish('second');
    second.send(opening);
    studio.clock.advance(2000);
    studio.publish('third').send(opening);
    expect(second.replacedBy).toEqual(['third']);
  });

  test('gets it at once from one that was first or has come back', () => {
    const studio = new FakeStudio();
    const first = studio.publish('first');
    first.send(opening);
    first.leave('lost');
    const back = studio.publish('first');
    back.send(opening);
    studio.publish('second').send(opening);
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

test('what is kept of streams is counted as long as it is kept, whoever takes over, leaves or is replaced', () => {
  const does = fc.constantFrom('publish', 'send', 'leave', 'wait', 'join');
  fc.assert(
    fc.property(fc.array(does, { maxLength: 60 }), fc.constantFrom('ended', 'lost'), (steps, how) => {
      const budget = new CacheBudget(20_000);
      const studio = new FakeStudio({
        cache: { maxBytes: 10_000, maxDurationMs: 30_000, resumeMs: 0, budget },
      });
      const publishers: FakePublisher[] = [];
      let frame = 0;
      for (const step of steps) {
        const last = publishers.at(-1);
        if (step === 'publish' && studio.registry.get(studio.key)?.broadcast.hasMediaWithin(2000) !== true)
          publishers.push(studio.publish(`${publishers.length}`));
        else if (step === 'send')
          last?.send(`M1@${frame} VH${frame}@${frame} K${frame}@${frame}:3000 P1@${frame++}:900`);
        else if (step === 'leave') publishers.pop()?.leave(how);
        else if (step === 'wait') studio.clock.advance(3000);
        else if (step === 'join') studio.join();
        const kept = studio.registry.get(studio.key)?.broadcast.cache.bytes ?? 0;
        expect(budget.bytes).toBeGreaterThanOrEqual(kept);
        expect(budget.bytes).toBeLessThanOrEqual(20_000);
      }
      studio.registry.close();
      expect(budget.bytes).toBe(0);
    }),
  );
});
