import { describe, expect, test } from 'vitest';
import type { FakePlayer } from '../support/fake-player.ts';
import { type FakeRelaySource, FakeStudio } from '../support/fake-studio.ts';

/** A stream that is pulled, with a player who has seen the first part of the programme; then its source was lost. */
class Scene {
  readonly studio: FakeStudio;
  readonly player: FakePlayer;

  constructor(first: string, changes: ConstructorParameters<typeof FakeStudio>[0] = {}) {
    this.studio = new FakeStudio(changes);
    this.player = this.studio.join();
    const source = this.studio.attach();
    source.send(first);
    expect(this.news).not.toBe('');
    source.leave();
  }

  /** What the player has got since the last look. */
  get news(): string {
    this.studio.flush();
    return this.player.news;
  }

  /** A source that brings more. @param ms - how long it was waited for */
  comeBack(script: string, ms = 1000): FakeRelaySource {
    this.studio.clock.advance(ms);
    const source = this.studio.attach('another');
    source.send(script);
    return source;
  }

  get state(): string {
    return this.studio.stream.state;
  }
}

/** A payload that is not to be mistaken. */
const DISTINCT = 100;
/** Frames as they are in a script, each so large that it is like no other. */
const distinct = (script: string): string =>
  script.replaceAll(/[KPA]\d+@\d+/g, (word) => `${word}:${DISTINCT}`);

const begun = 'M1@0 VH1@0 AH1@0 K1@1000 A1@1005 P2@1040 A2@1045 P3@1080';

describe('a source that comes back in the midst of a keyframe group', () => {
  test.each([
    ['with the last frame', 'M1@0 VH1@0 P3@1080 P4@1120', 'P4@1120'],
    [
      'with the last frame of each track',
      'M1@0 VH1@0 AH1@0 A2@1045 P3@1080 A3@1085 P4@1120',
      'A3@1085 P4@1120',
    ],
    ['with all of the group', `${begun} A3@1085 P4@1120`, 'A3@1085 P4@1120'],
    ['with a header that is another', 'M1@0 VH1@0 AH1@0 P3@1080 VH2@1120 K4@1120', 'VH2@1120 K4@1120'],
    ['with a header that became another meanwhile', 'VH2@0 AH1@0 P3@1080 P4@1120', 'VH2@1120 P4@1120'],
    ['with the header as it was before, and its change', 'VH0@0 A2@1045 VH1@1080 P3@1080 P4@1120', 'P4@1120'],
    ['with other metadata', 'M2@0 VH1@0 AH1@0 P3@1080 P4@1120', 'M2@0 P4@1120'],
    [
      'with data behind the last frame',
      'M1@0 VH1@0 P3@1080 T1@1100 P4@1120 T2@1120',
      'T1@1100 P4@1120 T2@1120',
    ],
  ])('%s: players get what they miss, once', (_, again, missed) => {
    const scene = new Scene(begun);
    const source = scene.comeBack(again);
    expect([scene.news, scene.state]).toEqual([missed, 'live']);
    source.send('P90@9000');
    expect([scene.news, scene.player.calls]).toEqual(['P90@9000', ['start']]);
  });

  test('with the last frame alone, when that is not to be mistaken for another', () => {
    const scene = new Scene(distinct(begun));
    scene.comeBack(distinct('P3@1080 A3@1085 P4@1120'));
    expect(scene.news).toBe('A3@1085 P4@1120');
  });

  test('data that went out does not go out again', () => {
    const scene = new Scene('VH1@0 K1@1000 T1@1010 P2@1040 T2@1045');
    scene.comeBack('VH1@0 K1@1000 T1@1010 P2@1040 T2@1045 T3@1050 P3@1080');
    expect(scene.news).toBe('T3@1050 P3@1080');
  });

  test('several frames at one time are told apart, be they alike or not', () => {
    const scene = new Scene('VH1@0 K1@1000 P2@1040 P3@1040 P3@1040');
    scene.comeBack('VH1@0 K1@1000 P2@1040 P3@1040 P3@1040 P3@1040 P4@1040 P5@1080');
    expect(scene.news).toBe('P3@1040 P4@1040 P5@1080');
  });

  test('data behind frames that are alike is not lost', () => {
    const scene = new Scene('VH1@0 AH1@0 K1@1000 A1@1005 A1@1005');
    scene.comeBack('VH1@0 AH1@0 K1@1000 A1@1005 A1@1005 T3@1005 P2@1040');
    expect(scene.news).toBe('T3@1005 P2@1040');
  });

  test('a frame that is like one before those that come again is new', () => {
    const scene = new Scene('VH1@0 AH1@0 K1@1000 P2@1000 A3@1005 P4@1000');
    scene.comeBack('VH1@0 AH1@0 A3@1005 P4@1000 P2@1000 P5@1000');
    expect(scene.news).toBe('P2@1000 P5@1000');
  });

  test.each([
    ['audio is ahead', 'K1@1000 P2@1040 A1@1500', 'K1@1000 P2@1040 A1@1500 P3@1080 A2@1523 P4@1120'],
    ['video is ahead', 'A1@1000 K1@1000 P2@1500', 'A1@1000 K1@1000 P2@1500 A2@1023 P3@1540 A3@1046'],
  ])('tracks may end at different places: %s', (_, first, again) => {
    const scene = new Scene(`VH1@0 AH1@0 ${first}`);
    scene.comeBack(`VH1@0 AH1@0 ${again}`);
    expect(scene.news).toBe(again.slice(first.length + 1));
  });

  test('audio without video', () => {
    const scene = new Scene('AH1@0 A1@0 A2@23 A3@46');
    scene.comeBack('AH1@0 A2@23 A3@46 A4@69 A5@92');
    expect(scene.news).toBe('A4@69 A5@92');
  });

  test('across the wrap of timestamps', () => {
    const at = (ms: number) => (2 ** 32 + ms) % 2 ** 32;
    const scene = new Scene(`VH1@0 K1@${at(-80)} P2@${at(-40)}`);
    scene.comeBack(`VH1@0 P2@${at(-40)} P3@0 P4@40`);
    expect(scene.news).toBe('P3@0 P4@40');
  });

  test('a track that is new goes on with it', () => {
    const scene = new Scene('VH1@0 K1@1000 P2@1040');
    scene.comeBack('VH1@0 AH1@0 K1@1000 P2@1040 A1@1050 P3@1080');
    expect(scene.news).toBe('AH1@1050 A1@1050 P3@1080');
  });
});

describe('times that differ by a constant', () => {
  test('are shifted where the frame that shows it is not to be mistaken', () => {
    const scene = new Scene(distinct(begun));
    const source = scene.comeBack(distinct('VH1@0 AH1@0 P2@540 A2@545 P3@580 A3@585 P4@620'));
    expect(scene.news).toBe('A3@1085 P4@1120');
    source.send('K5@660');
    expect(scene.news).toBe('K5@1160');
  });

  test('are not believed to be those of frames that are as small as silence', () => {
    const scene = new Scene(begun);
    scene.comeBack('VH1@0 AH1@0 P2@540 A2@545 P3@580 A3@585 P4@620');
    expect(scene.news).toBe('');
  });

  test('are not believed where the frame has come several times', () => {
    const scene = new Scene('VH1@0 K1@1000:500 P2@1040 K1@1080:500 P3@1120');
    scene.comeBack('VH1@0 K1@0:500 P2@40 P9@80');
    expect(scene.news).toBe('VH1@2120 K1@2120 P2@2160 P9@2200');
  });
});

describe('another programme with times that overlap is never spliced', () => {
  test.each([
    ['its first frame is another', 'VH1@0 P12@1040 P13@1080 P14@1120'],
    [
      'its silence is the same, and its pictures come at the same times',
      'VH1@0 AH1@0 A1@1005 P12@1040 A2@1045 P13@1080 P14@1120',
    ],
    [
      'its silence is the same, and its pictures come at other times',
      'VH1@0 AH1@0 A1@1005 P12@1030 A2@1045 P13@1070 P14@1120',
    ],
    ['its silence is the same, and its pictures come later', 'VH1@0 AH1@0 A2@1045 P14@1120'],
    ['its first picture is the same', 'VH1@0 AH1@0 K1@1000 P12@1040 P13@1080 P14@1120'],
  ])('%s', (_, other) => {
    const scene = new Scene(begun);
    const source = scene.comeBack(other);
    expect(scene.news).toBe('');
    source.send('K15@1160 P16@1200');
    expect(scene.news).toMatch(/^VH1@2\d+ (AH1@2\d+ )?K15@2\d+ P16@2\d+$/);
    expect(scene.player.calls).toEqual(['start']);
  });

  test('though its first picture, large as it is, is the same', () => {
    const scene = new Scene(distinct(begun));
    scene.comeBack(distinct('VH1@0 AH1@0 K1@1000 P12@1040 P13@1080 P14@1120'));
    expect(scene.news).toBe('');
  });

  test('an encoder never goes on, whatever it sends', () => {
    const scene = new Scene(begun);
    scene.studio.clock.advance(1000);
    const encoder = scene.studio.publish();
    encoder.send(`${begun} P4@1120`);
    expect(scene.news).toMatch(/^M1@\d+ VH1@\d+ AH1@\d+ K1@2080 A1@2085 P2@2120 A2@2125 P3@2160 P4@2200$/);
  });
});

describe('how long a stream waits for a source that goes on', () => {
  const again = 'VH1@0 AH1@0 A2@1045 P3@1080 P4@1120';

  test('as long as past frames are kept', () => {
    expect(comeBackAfter(10_000)).toEqual(['P4@1120', 'live']);
  });

  test('no longer: then it begins at a keyframe', () => {
    expect(comeBackAfter(10_500)).toEqual(['', 'starting']);
  });

  test('one that never goes on does not make it longer, however often it comes', () => {
    const scene = new Scene(begun);
    for (let i = 0; i < 3; i++) scene.comeBack('M1@0 VH1@0', 3000).leave();
    for (let i = 0; i < 3; i++) scene.comeBack('VH1@0 A2@1045 P3@1080', 400).leave();
    expect(scene.studio.stream.broadcast.cache.hasFrames).toBe(true);
    scene.comeBack(again, 500);
    expect([scene.news, scene.state]).toEqual(['', 'starting']);
  });

  test('one that sends headers alone until it is over begins anew with them', () => {
    const scene = new Scene(begun);
    const source = scene.comeBack('VH2@0', 9000);
    scene.studio.clock.advance(2000);
    source.send('P3@1080 K4@1120 P5@1160');
    expect(scene.news).toBe('VH2@12080 K4@12080 P5@12120');
    expect(scene.player.calls).toEqual(['start']);
  });

  test('one that goes on makes it begin anew', () => {
    const scene = new Scene(begun);
    scene.comeBack('A2@1045 P3@1080 P4@1120', 9000).leave();
    scene.comeBack('A2@1045 P4@1120 P5@1160', 9000);
    expect(scene.news).toBe('P4@1120 P5@1160');
  });

  test('nothing is kept when it is over, or the stream is', () => {
    const scene = new Scene(begun);
    const { cache } = scene.studio.stream.broadcast;
    expect(cache.bytes).toBeGreaterThan(0);
    scene.studio.clock.advance(10_500);
    expect([cache.bytes, cache.sections]).toEqual([0, []]);
    const source = scene.comeBack(begun);
    expect(cache.bytes).toBeGreaterThan(0);
    source.leave('ended');
    expect([cache.bytes, cache.sections]).toEqual([0, []]);
  });

  function comeBackAfter(ms: number): [string, string] {
    const scene = new Scene(begun);
    scene.comeBack(again, ms);
    return [scene.news, scene.state];
  }
});

describe('a source that is behind', () => {
  /** Frames of video, 40 ms apart. */
  const video = (from: number, to: number) => {
    let script = '';
    for (let at = from; at < to; at += 40) script += ` P${at}@${at}`;
    return script;
  };
  const seenTo = (end: number) => `VH1@0 K1@0${video(40, end)}`;

  test('is waited for as long as it catches up', () => {
    const scene = new Scene(seenTo(6000));
    const source = scene.comeBack('VH1@0 K1@0');
    for (let at = 40; at < 6000; at += 400) {
      scene.studio.clock.advance(150);
      source.send(video(at, at + 400));
    }
    expect(scene.news).toBe('P6000@6000');
  });

  test('is waited for when it is hardly behind', () => {
    const scene = new Scene(seenTo(2880));
    const source = scene.comeBack('VH1@0 K1@0');
    for (let at = 40; at <= 2880; at += 40) {
      scene.studio.clock.advance(40);
      source.send(video(at, at + 40));
    }
    expect(scene.news).toBe('P2880@2880');
  });

  test('by more than three seconds is given up after a second: it goes on at its next keyframe', () => {
    const scene = new Scene(seenTo(6000));
    const source = scene.comeBack('VH1@0 K1@0');
    for (let at = 40; at <= 960; at += 40) {
      scene.studio.clock.advance(40);
      source.send(video(at, at + 40));
    }
    expect([scene.news, scene.state]).toEqual(['', 'live']);
    scene.studio.clock.advance(40);
    source.send('P1000@1000 P1040@1040');
    expect([scene.news, scene.state]).toEqual(['', 'starting']);
    source.send('K1080@1080 P1120@1120');
    expect(scene.news).toBe('VH1@7960 K1080@7960 P1120@8000');
  });
});

describe('who joins while a source is compared', () => {
  test('a player begins at the latest keyframe, and gets what comes once', () => {
    const scene = new Scene('VH1@0 K1@1000 P2@1040 K3@1080 P4@1120');
    scene.studio.clock.advance(500);
    const late = scene.studio.join();
    expect(late.calls).toEqual([]);
    const source = scene.comeBack('VH1@0 K1@1000 P2@1040 K3@1080 P4@1120 P5@1160');
    scene.studio.flush();
    expect(late.news).toBe('VH1@1080 K3@1080 P4@1120 P5@1160');
    source.send('K6@1200');
    scene.studio.clock.advance(100);
    expect([late.news, scene.news]).toEqual(['K6@1200', 'P5@1160 K6@1200']);
  });
});
