import { describe, expect, test } from 'vitest';
import { endlessBudget, FakeStudio, form } from '../support/fake-studio.ts';

const opening = 'M1@0 VH1@0 AH1@0 K1@0';

describe('players of a stream that is not there', () => {
  test('wait, and get not-found when it does not come', () => {
    const studio = new FakeStudio({ waitMs: 3000 });
    const player = studio.join();
    studio.clock.advance(2999);
    expect(player.calls).toEqual([]);
    studio.clock.advance(1);
    expect(player.calls).toEqual(['not-found']);
    expect(studio.removed).toEqual(['live/a']);
  });

  test('are started with the first frame that is to be decoded', () => {
    const studio = new FakeStudio();
    const player = studio.join();
    const publisher = studio.publish();
    publisher.send('M1@0 VH1@0 AH1@0 P1@0');
    expect([studio.stream.state, player.calls]).toEqual(['starting', []]);
    publisher.send('K2@40 A2@50');
    studio.flush();
    expect([studio.stream.state, player.calls]).toEqual(['live', ['start']]);
    expect(player.seen).toBe('M1@0 VH1@40 AH1@40 K2@40 A2@50');
    studio.clock.advance(60_000);
    expect(player.calls).toEqual(['start']);
  });

  test('of audio alone miss no frame of it', () => {
    const studio = new FakeStudio();
    const player = studio.join();
    studio.publish().send('AH1@0 A1@0 A2@20');
    studio.flush();
    expect(player.seen).toBe('AH1@0 A1@0 A2@20');
  });

  test('know the kinds of media when they are started', () => {
    const studio = new FakeStudio();
    const player = studio.player();
    const play = studio.play(player);
    const kinds: object[] = [];
    player.onStarting = () => kinds.push(play.kinds());
    studio.publish().send('AH1@0 K1@0');
    expect(kinds).toEqual([{ audio: true, video: true }]);
  });

  test('get nothing when they leave as they are started', () => {
    const studio = new FakeStudio();
    const player = studio.player();
    const play = studio.play(player);
    player.onStarting = () => play.stop();
    studio.publish().send(opening);
    studio.flush();
    expect([player.seen, studio.stream.broadcast.fanOut.playerCount]).toEqual(['', 0]);
  });

  test('may change what they want while they wait', () => {
    const studio = new FakeStudio();
    const player = studio.player();
    studio.play(player).change(form.audio);
    studio.publish().send(`${opening} A1@0`);
    studio.flush();
    expect(player.seen).toBe('M1@0 AH1@0 A1@0');
  });

  test('go on waiting when the stream ends that had not begun', () => {
    const studio = new FakeStudio();
    const player = studio.join();
    const first = studio.publish();
    first.send('M1@0 VH1@0');
    first.leave('lost');
    expect([studio.stream.state, player.calls]).toEqual(['absent', []]);
    studio.publish().send('VH2@0 K2@0');
    studio.flush();
    expect(player.seen).toBe('VH2@0 K2@0');
  });
});

describe('metadata and headers', () => {
  test('come once before the next coded frame, the latest of each: headers with its time, metadata with 0', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.join();
    studio.flush();
    player.news;
    publisher.send('VH2@0 M2@0 M3@7 T1@39');
    studio.flush();
    expect(player.news).toBe('T1@39');
    publisher.send('A2@40 P2@50');
    studio.flush();
    expect(player.news).toBe('M3@0 VH2@40 A2@40 P2@50');
  });

  test('that come without coded frames stay bounded', () => {
    const studio = new FakeStudio({
      cache: { maxBytes: 100_000, maxDurationMs: 1000, resumeMs: 0, budget: endlessBudget },
    });
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.join();
    studio.flush();
    player.news;
    for (let i = 0; i < 500; i++) publisher.send(`M${i}@${i}:9000 VH${i}@${i}:9000`);
    studio.clock.advance(1000);
    expect([player.news, studio.stream.broadcast.cache.bytes < 100_000]).toEqual(['', true]);
    publisher.send('P2@40');
    studio.flush();
    expect(player.news).toBe('M499@0 VH499@40 P2@40');
  });
});

describe('a publisher that ends', () => {
  test('ends the stream for its players, after the last frame', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.join();
    publisher.send('P2@40');
    publisher.leave('ended');
    expect([player.seen, player.calls]).toEqual([`${opening} P2@40`, ['start', 'ended']]);
    expect(studio.removed).toEqual(['live/a']);
    publisher.send('P3@80');
    expect(player.seen).toBe(`${opening} P2@40`);
  });

  test('leaves nothing behind: the next stream has a timeline of its own', () => {
    const studio = new FakeStudio();
    const first = studio.publish();
    first.send('M1@500000 VH1@500000 K1@500000');
    const { stream } = studio;
    first.leave('ended');
    expect([stream.broadcast.cache.bytes, stream.broadcast.keyframeAgeMs, stream.state]).toEqual([
      0,
      undefined,
      'absent',
    ]);
    const player = studio.join();
    studio.publish().send('K2@0');
    studio.flush();
    expect(player.seen).toBe('K2@0');
  });

  test('does not end those twice who leave because another ends', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(opening);
    const [first, second] = [studio.player(), studio.player()];
    studio.play(first);
    const play = studio.play(second);
    first.onEnding = () => play.stop();
    publisher.leave('ended');
    expect([first.calls, second.calls]).toEqual([['start', 'ended'], ['start']]);
  });
});

describe('a publisher that is lost', () => {
  test('and comes back within the grace continues the stream for its players', () => {
    const studio = new FakeStudio();
    const first = studio.publish();
    first.send('M1@0 VH1@0 AH1@0 K1@100000 P2@100040');
    const player = studio.join();
    studio.flush();
    player.news;
    first.leave('lost');
    expect([studio.stream.state, studio.stream.broadcast.cache.bytes]).toEqual(['grace', 0]);
    studio.clock.advance(4000);
    const late = studio.join();
    const second = studio.publish();
    second.send('M2@0 VH2@0 AH2@0 P5@0 A5@0 K6@40 A6@50');
    studio.flush();
    expect(player.news).toBe('M2@0 VH2@104040 AH2@104040 K6@104040 A6@104050');
    expect(late.seen).toBe('M2@0 VH2@104040 AH2@104040 K6@104040 A6@104050');
    expect([player.calls, late.calls]).toEqual([['start'], ['start']]);
    studio.clock.advance(60_000);
    expect(player.calls).toEqual(['start']);
  });

  test('and does not come back ends it; who joined meanwhile waits on', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.join();
    publisher.leave('lost');
    const late = studio.join();
    studio.clock.advance(9999);
    expect(player.calls).toEqual(['start']);
    studio.clock.advance(1);
    expect([player.calls, late.calls]).toEqual([['start', 'ended'], []]);
    studio.clock.advance(5000);
    expect(late.calls).toEqual(['not-found']);
  });

  test('with nobody there is waited for as well', () => {
    const studio = new FakeStudio();
    const first = studio.publish();
    first.send('K1@100000');
    first.leave('lost');
    studio.clock.advance(1000);
    studio.publish().send('K2@0');
    expect(studio.join().seen).toBe('K2@101000');
  });

  test('without a grace ends the stream', () => {
    const studio = new FakeStudio({ graceMs: 0 });
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.join();
    publisher.leave('lost');
    expect(player.calls).toEqual(['start', 'ended']);
  });

  test('twice, before it sent anything, keeps its players', () => {
    const studio = new FakeStudio();
    const first = studio.publish();
    first.send(opening);
    const player = studio.join();
    studio.flush();
    player.news;
    first.leave('lost');
    studio.clock.advance(6000);
    studio.publish().leave('lost');
    studio.clock.advance(6000);
    studio.publish().send('K5@0');
    studio.flush();
    expect([player.news, player.calls]).toEqual(['K5@12000', ['start']]);
  });
});

test('video that is continued by audio alone goes on after a second, at any frame', () => {
  const studio = new FakeStudio();
  const first = studio.publish();
  first.send('VH1@0 AH1@0 K1@10000 A1@10000');
  const player = studio.join();
  studio.flush();
  player.news;
  first.leave('lost');
  const second = studio.publish();
  second.send('AH2@0 A2@0');
  studio.clock.advance(1000);
  const late = studio.join();
  second.send('A3@1000 A4@1020');
  studio.flush();
  expect(player.news).toBe('AH2@11000 A3@11000 A4@11020');
  expect(late.seen).toBe('AH2@11000 A3@11000 A4@11020');
  expect(studio.stream.broadcast.kinds).toEqual({ audio: true, video: false });
});

test('tells audio without a header by its frames', () => {
  const studio = new FakeStudio();
  studio.publish().send('A1@0');
  expect(studio.stream.broadcast.kinds).toEqual({ audio: true, video: false });
});

test('knows how far apart keyframes are by their timestamps, and counts frames of video', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  const { broadcast } = studio.stream;
  publisher.send('VH1@0 AH1@0 K1@4294966796 A1@4294966796 P2@4294967286');
  expect(broadcast.keyframeIntervalMs).toBeUndefined();
  publisher.send('K3@1500'); // the timestamps of the source have wrapped
  expect([broadcast.keyframeIntervalMs, broadcast.totals.videoFrames]).toEqual([2000, 3]);
  publisher.send('K4@2500');
  expect([broadcast.keyframeIntervalMs, broadcast.totals.videoFrames]).toEqual([1000, 4]);
});

test('counts what it receives', () => {
  const studio = new FakeStudio();
  studio.publish().send('VH1@0 P1@0 K2@0:1000');
  expect(studio.stream.broadcast.totals).toMatchObject({ receivedFrames: 3, receivedBytes: 1018 });
  studio.clock.advance(30);
  expect(studio.stream.broadcast.keyframeAgeMs).toBe(30);
});
