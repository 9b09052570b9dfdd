import { describe, expect, test } from 'vitest';
import { type Followed, FrameFollower } from '../../src/service/frame-follower.ts';
import { frames, wordOf } from '../support/fake-media.ts';
import { FakeStudio } from '../support/fake-studio.ts';
import { RecordingLog } from '../support/recording-log.ts';

/** A follower of frames that is told of `live/a`, and what it takes. */
class Scene {
  /** How often it was told that there is something to take. */
  readable = 0;
  readonly follower: FrameFollower;
  readonly log = new RecordingLog();
  readonly studio = new FakeStudio();

  constructor(maxQueueBytes = 10_000, isAudience = false) {
    this.follower = new FrameFollower({
      maxQueueBytes,
      isAudience,
      log: this.log,
      onReadable: () => {
        this.readable++;
      },
    });
  }

  tap(): this {
    this.studio.registry.tap('live/a', this.follower);
    return this;
  }

  send(script: string): void {
    for (const frame of frames(script)) this.follower.onFrame(frame);
  }

  /** What was taken now, a word each. */
  take(): string {
    const word = (item: Followed): string => ('payload' in item ? wordOf(item) : item.role);
    return this.follower.take().map(word).join(' ');
  }
}

test('gets what there is of a stream, each frame as it comes, and when it comes and goes', () => {
  const scene = new Scene();
  const publisher = scene.studio.publish();
  publisher.send('VH1@0 K1@0 A2@10');
  scene.tap();
  expect(scene.take()).toBe('begin VH1@0 K1@0 A2@10');
  publisher.send('P3@40');
  expect(scene.take()).toBe('P3@40');
  publisher.leave('lost');
  expect(scene.take()).toBe('away');
  scene.studio.publish('again').send('K7@0');
  expect(scene.take()).toMatch(/^begin K7@\d+$/);
  scene.studio.stream.end('ended');
  expect(scene.take()).toBe('end');
});

test('says that there is something to take when there was nothing', () => {
  const scene = new Scene();
  scene.send('K1@0 P2@40 P3@80');
  expect(scene.readable).toBe(1);
  scene.take();
  scene.send('P4@120');
  expect([scene.readable, scene.take(), scene.take()]).toEqual([2, 'P4@120', '']);
});

describe('the bound', () => {
  test('leaves out what does not fit, up to a keyframe for which there is room again', () => {
    const scene = new Scene(5500);
    scene.send('VH1@0 K1@0:1000 P2@40:1000 P3@80:1000 P4@120:1000 P5@160:1000');
    expect(scene.follower.queueBytes).toBeLessThanOrEqual(5500);
    scene.send('K6@200:1000'); // nothing was taken: still no room
    expect(scene.take()).toBe('VH1@0 K1@0:1000 P2@40:1000 P3@80:1000'.replaceAll(':1000', ''));
    scene.send('P7@240 VH2@240 A8@250 K9@280:1000 P10@320');
    expect(scene.take()).toBe('gap VH2@280 K9@280 P10@320');
    expect(scene.follower.droppedFrames).toBe(6);
  });

  test('holds with headers, a keyframe that is too large, and a million frames', () => {
    const scene = new Scene(4000);
    let most = 0;
    for (let i = 0; i < 3000; i++) {
      scene.send(`VH${i}@${i} K${i}@${i}:${(i * 37) % 6000} A${i}@${i}`);
      most = Math.max(most, scene.follower.queueBytes);
      if (i % 50 === 0) scene.take();
    }
    expect(most).toBeGreaterThan(2000);
    expect(most).toBeLessThanOrEqual(4000);
  });

  test('is one for audio without video, which goes on at any frame', () => {
    const scene = new Scene(2800);
    scene.send('AH1@0 A1@0:400 A2@20:900 A3@40:400');
    expect(scene.take()).toBe('AH1@0 A1@0');
    scene.send('A4@60:200');
    expect(scene.take()).toBe('gap AH1@60 A4@60');
  });

  test('holds though a stream comes and goes and nobody takes anything', () => {
    const scene = new Scene(1000);
    for (let i = 0; i < 1000; i++) {
      scene.follower.onBegin([]);
      scene.send('K1@0:300');
      scene.follower.onAway();
      scene.follower.onEnd();
    }
    expect(scene.follower.queueBytes).toBeLessThanOrEqual(1000 + 64);
    expect(scene.take()).toMatch(/^(begin K1@0 )+end$/);
  });

  test('leaves the headers good where the stream goes on as it was', () => {
    const scene = new Scene(3000);
    scene.send('VH1@0 K1@0:300');
    scene.follower.onAway();
    scene.follower.onBegin([], true);
    scene.send('P2@40:3000');
    scene.take();
    scene.send('K3@80');
    expect(scene.take()).toBe('gap VH1@80 K3@80');
  });

  test('does not hide that the stream began anew', () => {
    const scene = new Scene(2000);
    scene.send('K1@0:800 P2@40:800');
    scene.follower.onBegin([]);
    scene.take();
    scene.follower.onBegin([]);
    scene.send('P3@0 K4@40');
    expect(scene.take()).toBe('begin K4@40');
  });
});

test.each([true, false])('counts as audience: %s', (isAudience) => {
  const scene = new Scene(1000, isAudience).tap();
  expect(scene.studio.stream.audience).toBe(isAudience ? 1 : 0);
  scene.studio.stream.untap(scene.follower);
  expect(scene.studio.removed).toEqual(['live/a']);
});

test('a follower that throws harms nobody else and is told nothing more', () => {
  const { studio } = new Scene();
  const log = new RecordingLog();
  let told = 0;
  const follower = new FrameFollower({
    maxQueueBytes: 10_000,
    isAudience: false,
    log,
    onReadable: () => {
      told++;
      follower.take();
      throw new Error('the disk is full');
    },
  });
  const player = studio.join();
  const publisher = studio.publish();
  const { stream } = studio;
  follower.follow(stream);
  const other = new Scene();
  other.follower.follow(stream);
  publisher.send('VH1@0 K1@0');
  publisher.send('P2@40');
  studio.flush();
  expect(player.seen).toBe('VH1@0 K1@0 P2@40');
  expect(other.take()).toBe('begin VH1@0 K1@0 P2@40');
  expect([told, stream.broadcast.taps.size]).toEqual([1, 1]);
  expect(log.find('bug').map(({ text }) => text)).toEqual([expect.stringContaining('the disk is full')]);
});
