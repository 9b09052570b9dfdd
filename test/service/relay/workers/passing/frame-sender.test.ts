import { expect, test } from 'vitest';
import { flvFamily } from '../../../../../src/family/flv/flv-family.ts';
import { FrameCodec } from '../../../../../src/service/relay/workers/passing/frame-codec.ts';
import { FrameSender } from '../../../../../src/service/relay/workers/passing/frame-sender.ts';
import type { Frame } from '../../../../../src/stream/frame.ts';
import { frames, wordOf } from '../../../../support/fake-media.ts';

const codec = new FrameCodec([flvFamily]);

/** A sender and what is on its way to the other end. */
class Scene {
  readonly sender: FrameSender;
  #sent: Frame[] = [];
  /** What the other end has taken while nobody asked. */
  #takenBytes = 0;

  constructor(maxBacklogBytes = 1000) {
    this.sender = new FrameSender(
      { maxBacklogBytes },
      {
        settle: () => {
          const bytes = this.#takenBytes;
          this.#takenBytes = 0;
          if (bytes > 0) this.sender.onTaken(bytes);
        },
        write: (frame) => {
          this.#sent.push(frame);
          return codec.sizeOf(frame);
        },
      },
    );
  }

  /** @returns what was left out */
  send(script: string, isCatchUp = false): string {
    const left = frames(script).filter((frame) => !this.sender.send(frame, isCatchUp));
    return left.map(wordOf).join(' ');
  }

  /** The other end takes all that is on its way. @returns what that is */
  take(): string {
    const taken = this.#sent;
    this.#sent = [];
    for (const frame of taken) this.#takenBytes += codec.sizeOf(frame);
    return taken.map(wordOf).join(' ');
  }
}

test('a receiver that is behind misses all up to a keyframe, which comes with the headers of now', () => {
  const scene = new Scene();
  scene.send('M1@0 VH1@0 AH1@0 K1@0 P1@40:2000');
  expect(scene.send('P2@80 A2@80 VH2@100 K2@120 A3@130')).toBe('P2@80 A2@80 VH2@100 K2@120 A3@130');
  expect(scene.take()).toBe('M1@0 VH1@0 AH1@0 K1@0 P1@40');
  expect(scene.send('A4@140 P4@160')).toBe('A4@140 P4@160');
  expect(scene.send('K5@200 P5@240')).toBe('');
  expect(scene.take()).toBe('M1@200 AH1@200 VH2@200 K5@200 P5@240');
});

test('it resumes below a quarter of the limit, not before', () => {
  const scene = new Scene();
  scene.send('VH1@0 K1@0:800');
  scene.send('P1@40:300');
  expect(scene.send('P2@80')).toBe('P2@80');
  scene.sender.onTaken(800);
  expect(scene.send('K3@120')).toBe('K3@120');
  scene.sender.onTaken(200);
  expect(scene.send('K4@160')).toBe('');
});

test('without video it resumes at any audio', () => {
  const scene = new Scene();
  scene.send('AH1@0 A1@0:1100');
  expect(scene.send('A2@20')).toBe('A2@20');
  scene.take();
  scene.send('A3@40');
  expect(scene.take()).toBe('AH1@40 A3@40');
});

test('what a new receiver catches up on does not make it slow', () => {
  const scene = new Scene();
  expect(scene.send('VH1@0 K1@0:5000 P1@40:5000', true)).toBe('');
  scene.sender.onCaughtUp();
  expect(scene.send('P2@80:900')).toBe('');
  expect(scene.send('P3@120:900')).toBe('');
  expect(scene.send('P4@160:900')).toBe('P4@160');
  expect(scene.take()).toBe('VH1@0 K1@0 P1@40 P2@80 P3@120');
  scene.send('K5@200:900');
  expect(scene.send('P6@240:900')).toBe('');
  expect(scene.send('P7@280')).toBe('P7@280'); // the allowance is used up
});

test('a new source begins without the headers of the old one', () => {
  const scene = new Scene();
  scene.send('M1@0 VH1@0 AH1@0 K1@0:1100');
  expect(scene.send('P2@40')).toBe('P2@40');
  scene.sender.begin();
  scene.take();
  scene.send('AH2@80 A2@80');
  expect(scene.take()).toBe('AH2@80 A2@80');
});
