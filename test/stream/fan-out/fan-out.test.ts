import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { media } from '../../support/fake-media.ts';
import type { FakePlayer } from '../../support/fake-player.ts';
import { endlessBudget, FakeStudio, form } from '../../support/fake-studio.ts';

const opening = 'M1@0 VH1@0 AH1@0 K1@0';

describe('a player that joins', () => {
  test('gets metadata, headers and the keyframe group at once, then what comes', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(`${opening} A1@10 P2@40`);
    const player = studio.join();
    expect(player.calls).toEqual(['start']);
    studio.flush();
    expect(player.seen).toBe('M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40');
    publisher.send('A2@30 P3@80');
    studio.flush();
    expect(player.news).toBe('M1@0 VH1@0 AH1@0 K1@0 A1@10 P2@40 A2@30 P3@80');
  });

  test('gets headers at the time of the keyframe, whatever theirs was, and metadata at 0', () => {
    const studio = new FakeStudio();
    studio.publish().send('M1@0 VH1@0 K1@5000 P2@5040 VH2@0 AH2@7 A2@5030');
    expect(studio.join().seen).toBe('M1@0 VH1@5000 K1@5000 P2@5040 VH2@5030 AH2@5030 A2@5030');
  });

  test('live gets nothing before the next keyframe', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(`${opening} A1@10`);
    const player = studio.join({ lateJoin: 'live' });
    publisher.send('P2@40 A2@50 M2@0 K3@80 A3@70');
    studio.flush();
    expect(player.seen).toBe('M2@0 VH1@80 AH1@80 K3@80 A3@70');
  });

  test('waits for the next keyframe when the group is over a bound', () => {
    const studio = new FakeStudio({
      cache: { maxBytes: 2 ** 20, maxDurationMs: 1000, resumeMs: 0, budget: endlessBudget },
    });
    const publisher = studio.publish();
    publisher.send(`${opening} P2@1001`);
    const player = studio.join();
    publisher.send('P3@1040 A3@1050');
    studio.flush();
    expect(player.seen).toBe('');
    publisher.send('K4@1080');
    studio.flush();
    expect(player.seen).toBe('M1@0 VH1@1080 AH1@1080 K4@1080');
  });

  test('goes on at any frame of audio alone', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send('AH1@0 A1@0');
    const player = studio.join();
    publisher.send('A2@20 A3@40');
    studio.flush();
    expect(player.seen).toBe('AH1@20 A2@20 A3@40');
  });
});

test('all players share the bytes; relays are served before players, whatever their form', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send(opening);
  const order: string[] = [];
  const join = (name: string, isRelay: boolean, wish = form.all) => {
    const player = studio.player(isRelay);
    studio.play(player, { form: wish });
    player.onWriting = () => order.push(name);
    return player;
  };
  const players = [
    join('player', false),
    join('video player', false, form.video),
    join('relay', true),
    join('video relay', true, form.video),
  ];
  studio.flush();
  order.length = 0;
  publisher.send('P2@40');
  studio.flush();
  expect(order).toEqual(['relay', 'video relay', 'player', 'video player']);
  expect(players.map(({ messages }) => messages.at(-1)?.timestamp)).toEqual([40, 40, 40, 40]);
});

describe('a player that changes its form', () => {
  function setUp(wish = form.all) {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send(opening);
    const player = studio.player();
    const play = studio.play(player, { form: wish });
    publisher.send('A1@10');
    studio.clock.advance(1);
    player.news;
    const send = (script: string) => {
      publisher.send(script);
      studio.clock.advance(1);
      return player.news;
    };
    return { studio, publisher, player, play, send };
  }

  test('without video goes on with the next frame', () => {
    const { play, publisher, send } = setUp();
    publisher.send('P2@40 A2@30');
    play.change(form.audio);
    expect(send('P3@80 A3@50')).toBe('A2@30 A3@50');
  });

  test('with video again gets audio on and video from the next keyframe, with its headers', () => {
    const { play, send } = setUp(form.audio);
    play.change(form.all);
    expect(send('P2@40 A2@30')).toBe('A2@30');
    expect(send('A3@50 P3@80 K4@120 A4@110')).toBe('A3@50 M1@0 VH1@120 AH1@120 K4@120 A4@110');
    expect(send('P5@160')).toBe('P5@160');
  });

  test('with audio goes on at once, headers of audio first', () => {
    const { play, send } = setUp(form.video);
    play.change(form.all);
    expect(send('P2@40 A2@30')).toBe('AH1@40 P2@40 A2@30');
    expect(send('P3@80 A3@50')).toBe('P3@80 A3@50');
  });

  test('there and back between two flushes misses nothing', () => {
    const { play, publisher, send } = setUp();
    publisher.send('P2@40');
    play.change(form.audio);
    publisher.send('A2@30');
    play.change(form.all);
    expect(send('P3@80')).toBe('P2@40 A2@30 P3@80');
  });

  test('while its burst is on the way gets that to the end', () => {
    const studio = new FakeStudio();
    const publisher = studio.publish();
    publisher.send('VH1@0 AH1@0 K1@0:200000 P2@40:200000 P3@80:200000');
    const player = studio.player();
    player.isTaking = false;
    const play = studio.play(player);
    play.change(form.video);
    publisher.send('A4@100 P4@120');
    studio.flush();
    player.take();
    player.take();
    player.take();
    expect(player.seen).toBe('VH1@0 AH1@0 K1@0 P2@40 P3@80 P4@120');
  });
});

test('a player that has left is not written to any more', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('VH1@0 K1@0:300000 P2@40:300000');
  const player = studio.player();
  player.isTaking = false;
  const play = studio.play(player);
  play.stop();
  const before = player.writes.length;
  player.take();
  publisher.send('P3@80');
  studio.clock.advance(20_000);
  expect(player.writes).toHaveLength(before);
  expect(player.calls).toEqual(['start']);
});

test('bytes that were sent are counted as they are written', () => {
  const studio = new FakeStudio();
  const publisher = studio.publish();
  publisher.send('VH1@0 K1@0:300000 P2@40:300000');
  const player = studio.player();
  player.isTaking = false;
  const play = studio.play(player);
  const written = () => player.writes.reduce((sum, size) => sum + size, 0);
  expect(studio.stream.broadcast.totals.sentBytes).toBe(written());
  player.take();
  publisher.send('P3@80:5000');
  studio.flush();
  player.take();
  player.take();
  expect(studio.stream.broadcast.totals.sentBytes).toBe(written());
  expect(player.seen).toBe('VH1@0 K1@0 P2@40 P3@80');
  play.stop();
});

const kind = fc.constantFrom('K', 'P', 'P', 'P', 'A', 'A', 'M', 'VH', 'AH', 'T');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), kind, ms: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const), ms: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const), isVideo: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), index: fc.nat(9) }) },
);

test('property: whenever a player joins it sees prefaces, a keyframe and exactly what follows', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.constantFrom(0, 0xff_ffff - 500, 2 ** 31 - 500, 2 ** 32 - 500),
      (steps, start) => {
        const studio = new FakeStudio();
        const publisher = studio.publish();
        /** What was sent, as it goes out: metadata at 0, headers with the time of the frame that follows. */
        const sent: string[] = [];
        let held: string[] = [];
        const joined: { player: FakePlayer; stop: () => void; isVideo: boolean; starts: number[] }[] = [];
        const lastKeyframe = () => sent.findLastIndex((word) => word.startsWith('K'));
        let flushedKeyframe = -1;
        const flush = (ms: number) => {
          studio.clock.advance(ms);
          // who joins after a keyframe that is pending begins with the last keyframe of that batch
          for (const { starts } of joined) if (starts.length === 2) starts.push(lastKeyframe());
          flushedKeyframe = lastKeyframe();
        };
        let time = start;
        const send = (name: string) => {
          const word = `${name}${sent.length + held.length}@${time}`;
          publisher.send(word);
          if (['M', 'VH', 'AH'].includes(name)) {
            held = [...held.filter((other) => /^\D+/.exec(other)?.[0] !== name), word];
            return;
          }
          const isCoded = name !== 'T';
          if (isCoded) {
            held.sort((a, b) => Number(b.startsWith('M')) - Number(a.startsWith('M')));
            sent.push(
              ...held.map((other) => other.replace(/@.*/, other.startsWith('M') ? '@0' : `@${time}`)),
            );
            held = [];
          }
          sent.push(word);
        };
        for (const name of ['M', 'VH', 'AH', 'K']) send(name);
        for (const each of steps) {
          if (each.do === 'send') {
            time = (time + each.ms) % 2 ** 32;
            send(each.kind);
          } else if (each.do === 'flush') flush(each.ms);
          else if (each.do === 'join') {
            const player = studio.player();
            const play = studio.play(player, { form: each.isVideo ? form.video : form.all });
            if (joined.length === 0) flushedKeyframe = lastKeyframe(); // nothing waits for a flush
            const isPending = lastKeyframe() !== flushedKeyframe;
            const starts = [flushedKeyframe, ...(isPending ? [lastKeyframe()] : [])];
            joined.push({ player, stop: () => play.stop(), isVideo: each.isVideo, starts });
          } else joined.splice(each.index, 1)[0]?.stop();
        }
        flush(1000);
        for (const { player, isVideo, starts } of joined) {
          const seen = player.seen.split(' ');
          const from = sent.indexOf(seen.find((word) => word.startsWith('K')) ?? '');
          expect(starts).toContain(from);
          const isSeen = (word: string) => !isVideo || !word.startsWith('A');
          const keyframeAt = sent[from]?.replace(/.*@/, '@') ?? '';
          const before = sent.slice(0, from);
          const latest = (name: string) => before.findLast((word) => word.replace(/\d.*/, '') === name);
          const headers = [latest('VH'), latest('AH')]
            .filter((word) => word !== undefined)
            .sort((a, b) => before.indexOf(a) - before.indexOf(b));
          const expected = [
            latest('M') ?? '',
            ...headers.map((word) => word.replace(/@.*/, keyframeAt)),
            ...sent.slice(from),
          ].filter(isSeen);
          expect(seen).toEqual(expected);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('media scripts are read and written alike', () => {
  expect(media('M1@0 P2@4294967295').map(({ timestamp }) => timestamp)).toEqual([0, 4_294_967_295]);
});
