import { expect, test } from 'vitest';
import { Candidate, type CandidateReason } from '../../../../src/service/relay/pulling/candidate.ts';
import { Position } from '../../../../src/stream/claims/switch-point.ts';
import { frames } from '../../../support/fake-media.ts';
import { endlessBudget } from '../../../support/fake-studio.ts';
import { LinkScene } from '../../../support/link-scene.ts';

/** A candidate whose upstream has sent a script; `mayBegin` is what its last frame says. */
class CandidateScene {
  readonly scene = new LinkScene();
  readonly candidate: Candidate;
  mayBegin = false;

  constructor(reason: CandidateReason) {
    this.candidate = new Candidate(this.scene.link, reason, endlessBudget);
    this.scene.onFrame = (frame) => {
      this.mayBegin = this.candidate.at.take(frame);
    };
  }

  send(script: string): this {
    this.scene.upstream?.send(script);
    return this;
  }

  mayTakeOver(position?: Position): boolean {
    return this.candidate.mayTakeOver(position, this.mayBegin);
  }
}

/** How far a stream has come. */
function positionAfter(script: string): Position {
  const position = new Position();
  for (const frame of frames(script)) position.take(frame);
  return position;
}

test('takes over at once when it brings the same programme and the server asks to be left', () => {
  const scene = new CandidateScene('move').send('VH1@0');
  expect(scene.mayTakeOver(positionAfter('K1@1000'))).toBe(false);
  scene.send('K1@1000');
  expect(scene.mayTakeOver(positionAfter('K1@1000 P2@1040'))).toBe(true);
  expect(scene.mayTakeOver(positionAfter('K1@1040'))).toBe(false);
});

test('has to prove itself when it is only preferred, though it brings the same programme', () => {
  const scene = new CandidateScene('preferred').send('VH1@0 K1@1000');
  scene.scene.clock.advance(1999);
  scene.send('P2@1040');
  expect(scene.mayTakeOver(positionAfter('K1@1000'))).toBe(false);
  scene.scene.clock.advance(1);
  expect(scene.mayTakeOver(positionAfter('K1@1000'))).toBe(false); // silence proves nothing
  scene.send('P3@1080');
  expect(scene.mayTakeOver(positionAfter('K1@1000'))).toBe(true);
});

test.each([
  { reason: 'move', ms: 1000 },
  { reason: 'preferred', ms: 3000 },
] as const)(
  'brings another programme for $ms ms before it takes over ($reason), at a keyframe',
  ({ reason, ms }) => {
    const scene = new CandidateScene(reason).send('VH1@0 K1@1000');
    scene.scene.clock.advance(ms - 1);
    scene.send('K2@2000');
    expect(scene.mayTakeOver(positionAfter('K9@0'))).toBe(false);
    scene.scene.clock.advance(1);
    scene.send('P3@2040');
    expect(scene.mayTakeOver(positionAfter('K9@0'))).toBe(false);
    scene.send('K4@2080');
    expect([scene.mayTakeOver(positionAfter('K9@0')), scene.mayTakeOver(undefined)]).toEqual([true, true]);
  },
);
