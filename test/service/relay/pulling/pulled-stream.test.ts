import { expect, test } from 'vitest';
import { PulledStream } from '../../../../src/service/relay/pulling/pulled-stream.ts';
import { frames, wordOf } from '../../../support/fake-media.ts';

/** A pulled stream, with all that becomes of it. */
class Scene {
  readonly news: string[] = [];
  readonly stream = new PulledStream(() => {
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

  /** What became of it since the last look. */
  look(): string {
    return this.news.splice(0).join(' ');
  }
}

test('is attached with its first frame and again after it has left', () => {
  const scene = new Scene();
  scene.stream.announcePath();
  scene.stream.leave('away');
  expect(scene.look()).toBe('');
  scene.pass('VH1@0 K1@1000');
  scene.stream.announcePath();
  scene.stream.leave('away');
  expect(scene.look()).toBe('attach VH1@0 K1@1000 path away');
  scene.pass('K2@5');
  expect(scene.look()).toBe('attach K2@5');
});

test('is attached anew for another link, with what that has brought so far', () => {
  const scene = new Scene();
  scene.pass('VH1@0 K1@1000');
  scene.stream.goOnWith(frames('M5@0 VH5@0 K6@70 A6@80'));
  scene.pass('P7@110');
  expect(scene.look()).toBe('attach VH1@0 K1@1000 attach M5@0 VH5@0 K6@70 A6@80 P7@110');
});

test('waits for a link that has sent nothing yet', () => {
  const scene = new Scene();
  scene.pass('K1@1000');
  scene.stream.leave('away');
  scene.look();
  scene.stream.goOnWith([]);
  expect(scene.look()).toBe('');
  scene.pass('K5@0');
  expect(scene.look()).toBe('attach K5@0');
});
