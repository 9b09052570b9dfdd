import { describe, expect, test } from 'vitest';
import type { PlayOptions } from '../../../src/stream/player.ts';
import type { FakePlayer } from '../../support/fake-player.ts';
import { type FakePublisher, FakeStudio, settings } from '../../support/fake-studio.ts';
import { pointAt } from '../../support/resume-marks.ts';

const begun = 'VH1@0 AH1@0 K1@1000 A1@1005 P2@1040 A2@1045 K3@1080 A3@1085 P4@1120';

/** A published stream that a relay plays, so that past frames are kept. */
class Scene {
  readonly studio: FakeStudio;
  readonly publisher: FakePublisher;

  constructor(script = begun, changes: ConstructorParameters<typeof FakeStudio>[0] = {}) {
    this.studio = new FakeStudio(changes);
    this.studio.play(this.studio.player(true));
    this.publisher = this.studio.publish();
    this.send(script);
  }

  /** The publisher sends a script, and everybody is sent it. */
  send(script: string): void {
    this.publisher.send(script);
    this.studio.clock.advance(settings.maxDelayMs);
  }

  /** A relay that comes and goes on where it was. */
  resume(resume: PlayOptions['resume'], options: Partial<PlayOptions> = {}): FakePlayer {
    const relay = this.studio.player(true);
    this.studio.play(relay, { ...options, resume });
    return relay;
  }

  /** What a relay is sent that had these frames last. */
  missed(last: string, from?: 'frame' | 'keyframe'): string {
    const relay = this.resume(pointAt(last, from));
    this.studio.flush();
    return relay.news;
  }
}

/** What who joins late is sent. */
const lateJoin = 'VH1@1080 AH1@1080 K3@1080 A3@1085 P4@1120';

describe('a relay that goes on is sent', () => {
  test.each([
    ['the last frame again where it has all', 'P4@1120', 'VH1@1120 AH1@1120 P4@1120'],
    ['everything since the first of its frames', 'P4@1120 A3@1085', 'VH1@1085 AH1@1085 A3@1085 P4@1120'],
    ['past groups', 'P2@1040 A1@1005', 'VH1@1005 AH1@1005 A1@1005 P2@1040 A2@1045 K3@1080 A3@1085 P4@1120'],
    ['all that is kept', 'K1@1000', `VH1@1000 AH1@1000 ${begun.slice(12)}`],
  ])('%s', (_, last, missed) => {
    expect(new Scene().missed(last)).toBe(missed);
  });

  test('headers as they were then, and their changes', () => {
    const scene = new Scene('VH1@0 K1@1000 P2@1040 AH1@1050 A2@1050 P3@1080 VH2@1120 K4@1120');
    expect(scene.missed('P3@1080')).toBe('VH1@1080 AH1@1080 P3@1080 VH2@1120 K4@1120');
  });

  test('of frames that are the same, at the same time, all: which one it had last is not known', () => {
    const scene = new Scene('VH1@0 K1@1000 P2@1040 P2@1040 P3@1080');
    expect(scene.missed('P2@1040')).toBe('VH1@1040 P2@1040 P2@1040 P3@1080');
  });

  test('audio that no keyframe group has', () => {
    const scene = new Scene('AH1@0 A1@0 A2@600 A3@1200 A4@1800');
    expect(scene.missed('A2@600')).toBe('AH1@600 A2@600 A3@1200 A4@1800');
  });

  test('what comes then, once', () => {
    const scene = new Scene();
    const relay = scene.resume(pointAt('A3@1085'));
    scene.send('A4@1130 P5@1160');
    expect(relay.news).toBe('VH1@1085 AH1@1085 A3@1085 P4@1120 A4@1130 P5@1160');
  });

  test('what waits for the next flush, once', () => {
    const scene = new Scene();
    scene.publisher.send('A4@1130 P5@1160');
    expect(scene.missed('A3@1085')).toBe('VH1@1085 AH1@1085 A3@1085 P4@1120 A4@1130 P5@1160');
  });

  test('everything that waits, where its frames are among that: it has some of it', () => {
    const scene = new Scene();
    scene.publisher.send('A4@1130 P5@1160 P6@1200');
    expect(scene.missed('P5@1160')).toMatch(/^VH1@1160 AH1@1160 (A4@1130 )?P5@1160 P6@1200$/);
  });

  test('what is on its way to others, once', () => {
    const scene = new Scene();
    const players = Array.from({ length: 60 }, () => scene.studio.join());
    scene.studio.clock.advance(100);
    for (const player of players) player.onWriting = () => scene.studio.clock.spend(1);
    scene.publisher.send('A4@1130 P5@1160');
    const joining = scene.studio.player(true);
    let isFirst = true;
    const [, , , first] = players;
    if (first === undefined) throw new Error('no player');
    first.onWriting = () => {
      if (isFirst) scene.studio.clock.soon(() => scene.studio.play(joining, { resume: pointAt('A3@1085') }));
      isFirst = false;
      scene.studio.clock.spend(1);
    };
    scene.studio.clock.advance(2000);
    expect(joining.news).toBe('VH1@1085 AH1@1085 A3@1085 P4@1120 A4@1130 P5@1160');
    scene.send('P6@1200');
    expect(joining.news).toBe('P6@1200');
  });

  test('with many players in several cohorts, each frame once', () => {
    const scene = new Scene();
    for (let i = 0; i < 500; i++) scene.studio.join();
    const relays = ['A3@1085', 'P4@1120'].map((last) => scene.resume(pointAt(last)));
    scene.publisher.send('A4@1130');
    relays.push(scene.resume(pointAt('P4@1120')));
    scene.send('P5@1160');
    scene.studio.clock.advance(1000);
    expect(relays.map(({ news }) => news)).toEqual([
      'VH1@1085 AH1@1085 A3@1085 P4@1120 A4@1130 P5@1160',
      'VH1@1120 AH1@1120 P4@1120 A4@1130 P5@1160',
      'VH1@1120 AH1@1120 P4@1120 A4@1130 P5@1160',
    ]);
  });
});

describe('a relay that has nothing itself is sent', () => {
  test.each([
    ['everything from the keyframe before', 'P4@1120', lateJoin],
    ['past groups', 'A2@1045', `VH1@1000 AH1@1000 ${begun.slice(12)}`],
  ])('%s', (_, last, missed) => {
    expect(new Scene().missed(last, 'keyframe')).toBe(missed);
  });

  test('what who joins late is, where there is no keyframe before', () => {
    const scene = new Scene('VH1@0 AH1@0 A1@1000 A2@1010 K3@1080 A3@1085');
    expect(scene.missed('A2@1010', 'keyframe')).toBe('VH1@1080 AH1@1080 K3@1080 A3@1085');
  });
});

describe('whoever says what is not so joins late as any', () => {
  test.each([
    ['a frame that is another', 'P9@1120'],
    ['a time in the future', 'P4@9000'],
    ['a time long ago', 'K1@0'],
    ['a frame that was there and one that was not', 'P4@1120 A9@1085'],
    ['a header', 'VH1@1000'],
  ])('%s', (_, last) => {
    expect(new Scene().missed(last)).toBe(lateJoin);
  });

  test.each([
    ['no frame', []],
    ['a hash that is none', [{ timestamp: 1120, hash: '' }]],
    ['a time that is none', [{ timestamp: Number.NaN, hash: pointAt('P4@1120').marks[0]?.hash ?? '' }]],
  ])('%s', (_, marks) => {
    const scene = new Scene();
    const relay = scene.resume({ marks, from: 'frame' });
    scene.studio.flush();
    expect(relay.news).toBe(lateJoin);
  });

  test('with the next keyframe where it wants nothing before', () => {
    const scene = new Scene();
    const relay = scene.resume(pointAt('P9@1120'), { lateJoin: 'live' });
    scene.send('P5@1160 K6@1200');
    expect(relay.news).toBe('VH1@1200 AH1@1200 K6@1200');
  });

  test('what was kept for so long is gone', () => {
    const scene = new Scene('VH1@0 K1@0 P2@40 K3@5000');
    scene.send('K4@10020 P5@10040');
    expect(scene.missed('P2@40')).toContain('P2@40');
    scene.send('P6@10041');
    expect(scene.missed('P2@40')).toBe('VH1@10020 K4@10020 P5@10040 P6@10041');
  });

  test('nothing of the past is kept where that is not wanted', () => {
    const cache = { ...settings.cache, resumeMs: 0 };
    expect(new Scene(begun, { cache }).missed('P2@1040')).toBe(lateJoin);
  });

  test('however many frames have its time, no more than some megabytes are looked at', () => {
    const scene = new Scene('VH1@0 K1@1000:8000');
    for (let i = 2; i < 700; i++) scene.publisher.send(`P${i}@1000:8000`);
    scene.studio.clock.advance(settings.maxDelayMs);
    expect(scene.missed('P690@1000:8000')).toMatch(/^VH1@1000 P690@1000 /);
    expect(scene.missed('P3@1000:8000')).toMatch(/^VH1@1000 K1@1000 P2@1000 /);
  });
});

describe('what was missed', () => {
  test('goes out slice by slice, and not at all to whoever has left', () => {
    const scene = new Scene(
      `VH1@0 K1@1000:200000 ${Array.from({ length: 9 }, (_, i) => `P${i + 2}@${1040 + i}:200000`).join(' ')}`,
    );
    const stays = scene.studio.player(true);
    const leaves = scene.studio.player(true);
    for (const relay of [stays, leaves]) relay.isTaking = false;
    scene.studio.play(stays, { resume: pointAt('K1@1000:200000') });
    const play = scene.studio.play(leaves, { resume: pointAt('K1@1000:200000') });
    play.stop();
    scene.studio.clock.advance(100);
    expect(leaves.news).toBe('');
    expect(stays.news).toBe('VH1@1000 K1@1000 P2@1040');
    stays.take();
    scene.studio.clock.advance(100);
    expect(stays.news).toBe('P3@1041 P4@1042');
    scene.send('P20@1100');
    stays.isTaking = true;
    stays.take();
    scene.studio.clock.advance(1000);
    expect(stays.news).toBe('P5@1043 P6@1044 P7@1045 P8@1046 P9@1047 P10@1048 P20@1100');
  });

  test('makes nobody wait who is live', () => {
    const scene = new Scene();
    const player = scene.studio.join();
    player.news;
    for (let i = 0; i < 100; i++) {
      const relay = scene.resume(pointAt('K1@1000'));
      relay.onWriting = () => scene.studio.clock.spend(1);
    }
    scene.studio.clock.advance(20);
    scene.publisher.send('P5@1160');
    const sentAt = scene.studio.clock.now();
    let seenAt = Number.POSITIVE_INFINITY;
    player.onWriting = () => {
      seenAt = Math.min(seenAt, scene.studio.clock.now());
    };
    scene.studio.clock.advance(1000);
    expect(player.news).toContain('P5@1160');
    expect(seenAt - sentAt).toBeLessThanOrEqual(settings.maxDelayMs + 10);
  });
});

describe('a relay that waits here while the stream is on its way', () => {
  const missed = 'VH1@0 AH1@0 K1@1000 A1@1005 P2@1040 K3@1080 A3@1085 P4@1120';
  const all = 'VH1@1000 AH1@1000 K1@1000 A1@1005 P2@1040 K3@1080 A3@1085 P4@1120';

  test('gets all of it, not the latest group alone, where all comes at once', () => {
    const studio = new FakeStudio();
    const relay = studio.player(true);
    studio.play(relay, { resume: pointAt('P2@1040') });
    const player = studio.join();
    studio.attach().send(missed);
    studio.flush();
    expect([relay.news, player.news]).toEqual([all, 'VH1@1080 AH1@1080 K3@1080 A3@1085 P4@1120']);
  });

  test('and so does one that comes before what there is was sent to anybody', () => {
    const studio = new FakeStudio();
    studio.join();
    studio.attach().send(missed);
    const relay = studio.player(true);
    studio.play(relay, { resume: pointAt('P9@9000') });
    studio.flush();
    expect(relay.news).toBe(all);
  });
});
