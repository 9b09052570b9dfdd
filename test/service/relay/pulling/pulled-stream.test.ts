import { expect, test } from 'vitest';
import { PulledStream } from '../../../../src/service/relay/pulling/pulled-stream.ts';
import { SwitchPoint } from '../../../../src/stream/claims/switch-point.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { frames, wordOf } from '../../../support/fake-media.ts';
import { endlessBudget } from '../../../support/fake-studio.ts';

/** A pulled stream, with all that becomes of it. */
class Scene {
  readonly clock = new FakeClock(1000);
  readonly news: string[] = [];
  readonly stream = new PulledStream(this.clock, () => {
    this.news.push('attach');
    return {
      key: 'live/a',
      counts: true,
      receive: (frame) => this.news.push(wordOf(frame)),
      leave: (how) => this.news.push(how),
      announcePath: () => this.news.push('path'),
    };
  });

  pass(script: string): void {
    for (const frame of frames(script)) this.stream.pass(frame);
  }

  goOnAt(script: string): void {
    const at = new SwitchPoint(endlessBudget);
    for (const frame of frames(script)) at.take(frame);
    this.stream.goOnAt(at);
  }

  /** What became of it since the last look. */
  look(): string {
    return this.news.splice(0).join(' ');
  }
}

test('is attached with its first frame and again after it has left', () => {
  const scene = new Scene();
  scene.stream.announcePath();
  scene.stream.leave('away');
  expect([scene.look(), scene.stream.position]).toEqual(['', undefined]);
  scene.pass('VH1@0 K1@1000');
  scene.stream.announcePath();
  scene.stream.leave('away');
  expect([scene.look(), scene.stream.position]).toEqual(['attach VH1@0 K1@1000 path away', undefined]);
  scene.pass('K2@5');
  expect(scene.look()).toBe('attach K2@5');
});

test('passes everything on while one link brings it, be it sent twice', () => {
  const scene = new Scene();
  scene.pass('K1@1000 P2@1040 P2@1040');
  expect(scene.look()).toBe('attach K1@1000 P2@1040 P2@1040');
});

test('goes on after its last frame where another link brings the same, for some seconds', () => {
  const scene = new Scene();
  scene.pass('VH1@0 K1@1000 P2@1040 A2@1050');
  scene.look();
  scene.goOnAt('VH1@0 K1@1000 P2@1040');
  scene.pass('A2@1050 P3@1080');
  expect(scene.look()).toBe('path P3@1080');
  scene.clock.advance(5000);
  scene.pass('P3@1080'); // by now it is the link's own doing
  expect(scene.look()).toBe('P3@1080');
});

test('of several frames at one time goes on after as many as there were', () => {
  const scene = new Scene();
  scene.pass('VH1@0 P0@1000 K1@1000 P2@1000 P3@1040 P4@1040');
  scene.look();
  scene.goOnAt('VH1@0 K1@1000 P2@1000 P3@1040');
  scene.pass('P4@1040 P5@1040 P6@1040 A7@1040 A8@1040 K9@1080 P10@1080 P11@1080');
  expect(scene.look()).toBe('path P5@1040 P6@1040 A7@1040 A8@1040 K9@1080 P10@1080 P11@1080');
});

test('begins anew where another link brings something else, with what a decoder needs', () => {
  const scene = new Scene();
  scene.pass('VH1@0 K1@1000');
  scene.look();
  scene.goOnAt('M5@0 VH5@0 P5@10 K6@70 A6@80');
  scene.pass('P7@110');
  expect(scene.look()).toBe('attach M5@0 VH5@0 K6@70 A6@80 P7@110');
});

test('waits for a link that has sent nothing yet', () => {
  const scene = new Scene();
  scene.pass('K1@1000');
  scene.stream.leave('away');
  scene.look();
  scene.goOnAt('');
  expect(scene.look()).toBe('');
  scene.pass('K5@0');
  expect(scene.look()).toBe('attach K5@0');
});
