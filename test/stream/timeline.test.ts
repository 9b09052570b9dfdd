import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlvMessageType } from '../../src/family/flv/flv-family.ts';
import { Timeline, timestampDistance } from '../../src/stream/timeline.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { frameOf, frames } from '../support/fake-media.ts';

function setUp() {
  const clock = new FakeClock(5000);
  const timeline = new Timeline(clock);
  /** The places of the frames of a script; each undefined that was dropped. */
  const place = (script: string) => frames(script).map((frame) => timeline.place(frame, clock.now()));
  return { clock, timeline, place };
}

test('measures distances across the wrap', () => {
  expect(timestampDistance(10, 2 ** 32 - 10)).toBe(20);
  expect(timestampDistance(2 ** 32 - 10, 10)).toBe(-20);
  expect(timestampDistance(2 ** 31 + 5, 2 ** 31 - 5)).toBe(10);
});

test('timestamps pass as they came, gaps and small steps back included', () => {
  const { place } = setUp();
  expect(place('K1@7000 A1@6990 P2@7040 A2@7010 P3@90000 P4@89500 P5@88501')).toEqual([
    7000, 6990, 7040, 7010, 90_000, 89_500, 88_501,
  ]);
});

test.each([0xff_ffff, 2 ** 31, 2 ** 32])('passes %d without a step', (border) => {
  const { place } = setUp();
  const times = [-80, -40, 0, 40, 80].map((delta) => (border + delta) % 2 ** 32);
  expect(place(times.map((time, i) => `${i === 0 ? 'K' : 'P'}${i}@${time}`).join(' '))).toEqual(times);
});

test('video begins at a keyframe; audio need not wait for it', () => {
  const { place } = setUp();
  expect(place('P1@0 A1@10 P2@40 K3@80 P4@120')).toEqual([undefined, 10, undefined, 80, 120]);
});

describe('a session that continues the stream', () => {
  test('goes on at a keyframe, as long after the last frame as the wall clock says', () => {
    const { clock, timeline, place } = setUp();
    place('K1@100000 A1@100500');
    clock.advance(3000);
    timeline.restart();
    expect(place('VH1@0 P1@0 A1@10 K2@40 A2@30 P3@80')).toEqual([
      undefined,
      undefined,
      undefined,
      103_500,
      103_490,
      103_540,
    ]);
  });

  test('goes on behind all of the last frame, where frames cover time', () => {
    const { clock, timeline } = setUp();
    const family = { name: 'long', durationOf: ({ payload }: { payload: Buffer }) => payload.length };
    const place = (script: string) =>
      frames(script).map((frame) => timeline.place({ ...frame, family }, clock.now()));
    place('K1@1000:500 A1@900:800');
    clock.advance(300);
    timeline.restart();
    expect(place('K2@0:500')).toEqual([1501]);
    clock.advance(600);
    timeline.restart();
    expect(place('K3@0')).toEqual([2101]);
  });

  test('goes on at least 1 ms later', () => {
    const { timeline, place } = setUp();
    place('K1@1000');
    timeline.restart();
    expect(place('K2@0')).toEqual([1001]);
  });

  test('goes on over the wrap', () => {
    const { clock, timeline, place } = setUp();
    place(`K1@${2 ** 32 - 100}`);
    clock.advance(300);
    timeline.restart();
    expect(place(`K2@${2 ** 32 - 50} P3@10`)).toEqual([200, 260]);
  });

  test('of audio alone after audio alone goes on at any frame', () => {
    const { clock, timeline, place } = setUp();
    place('A1@1000');
    clock.advance(20);
    timeline.restart();
    expect(place('A2@0 A3@20')).toEqual([1020, 1040]);
  });

  test('of audio alone after video goes on when no video came for a second', () => {
    const { clock, timeline, place } = setUp();
    place('K1@1000');
    timeline.restart();
    expect(place('A1@0')).toEqual([undefined]);
    clock.advance(999);
    expect(place('A2@999')).toEqual([undefined]);
    clock.advance(1);
    expect(place('A3@1000 A4@1020')).toEqual([2000, 2020]);
    expect(place('P5@1030 K6@1060')).toEqual([undefined, 2060]);
  });

  test('waits with its audio as long as video comes that nobody can begin with', () => {
    const { clock, timeline, place } = setUp();
    place('K1@1000');
    timeline.restart();
    for (let time = 0; time < 5000; time += 500) {
      expect(place(`P1@${time} A1@${time}`)).toEqual([undefined, undefined]);
      clock.advance(500);
    }
    expect(place('K2@5000')).toEqual([6000]);
  });

  test('of which nothing came before has no offset', () => {
    const { clock, timeline, place } = setUp();
    clock.advance(500);
    timeline.restart();
    expect(place('K1@7')).toEqual([7]);
  });
});

describe('a track that jumps back by more than a second', () => {
  test('breaks the timeline, which goes on at a keyframe', () => {
    const { clock, place } = setUp();
    place('K1@100000 A1@100000');
    clock.advance(40);
    expect(place('P2@98999 A2@0 P3@40')).toEqual([undefined, undefined, undefined]);
    clock.advance(100);
    expect(place('K4@80 A4@70 P5@120')).toEqual([100_140, 100_130, 100_180]);
  });

  test('is looked at by itself: another track may lag behind', () => {
    const { place } = setUp();
    expect(place('K1@100000 A1@50000 P2@100040 A2@50020')).toEqual([100_000, 50_000, 100_040, 50_020]);
  });

  test('breaks it at the wrap as well', () => {
    const { place } = setUp();
    expect(place('K1@500')).toEqual([500]);
    expect(place(`K2@${2 ** 32 - 600}`)).toEqual([501]);
  });

  test('is audio that goes on alone when video has stopped', () => {
    const { clock, place } = setUp();
    place('K1@100000 A1@100000');
    clock.advance(2000);
    expect(place('A2@102000 A3@0 A4@20')).toEqual([102_000, 102_001, 102_021]);
  });

  test('counts per track of a multitrack message', () => {
    const { clock, timeline } = setUp();
    const coded = (trackId: string, timestamp: number) =>
      timeline.place(
        frameOf({
          type: FlvMessageType.audio,
          timestamp,
          payload: Buffer.from(`95014f707573${trackId}aa`, 'hex'),
        }),
        clock.now(),
      );
    expect([coded('00', 9000), coded('01', 5000), coded('00', 9020), coded('01', 5020)]).toEqual([
      9000, 5000, 9020, 5020,
    ]);
    expect(coded('01', 10)).toBe(9021);
  });
});

test('only coded frames drive it', () => {
  const { clock, timeline, place } = setUp();
  expect(place('K1@5000 M1@0 VH1@0 T1@0 P2@5040')).toEqual([5000, 0, 0, 0, 5040]);
  place(`T2@${2 ** 31}`);
  clock.advance(10);
  timeline.restart();
  expect(place('T3@7 K3@0 T4@20')).toEqual([undefined, 5050, 5070]);
});

test('property: sessions of any timestamps make one line that never steps back, offsets fixed within a session', () => {
  const session = fc.record({
    start: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    steps: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 20 }),
    pauseMs: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 5 }), (sessions) => {
      const { clock, timeline, place } = setUp();
      let last: number | undefined;
      for (const { start, steps, pauseMs } of sessions) {
        timeline.restart();
        clock.advance(pauseMs);
        const [first] = place(`K1@${start}`);
        expect(first).toBe(last === undefined ? start : (last + Math.max(1, pauseMs)) % 2 ** 32);
        let time = start;
        last = first;
        for (const step of steps) {
          time = (time + step) % 2 ** 32;
          last = ((last ?? 0) + step) % 2 ** 32;
          expect(place(`P1@${time}`)).toEqual([last]);
        }
      }
    }),
  );
});
