import { expect, test } from 'vitest';
import { Candidate, type CandidateReason } from '../../../../src/service/relay/pulling/candidate.ts';
import type { Frame } from '../../../../src/stream/frame.ts';
import { wordOf } from '../../../support/fake-media.ts';
import { endlessBudget } from '../../../support/fake-studio.ts';
import { LinkScene } from '../../../support/link-scene.ts';

/** How far the candidate is behind the stream: none where that has not its first frame. */
type Lags = Readonly<Record<string, number>>;

const streamWith = (lags: Lags) => ({ lagOf: (first: Frame) => lags[wordOf(first)] });

/** A candidate whose upstream has sent a script. */
class CandidateScene {
  readonly scene = new LinkScene();
  readonly candidate: Candidate;

  /** @param lags - while it sends */
  constructor(reason: CandidateReason, lags: Lags = {}) {
    this.candidate = new Candidate(this.scene.link, reason, endlessBudget);
    this.scene.onFrame = (frame) => this.candidate.take(frame, streamWith(lags));
  }

  send(script: string): this {
    this.scene.upstream?.send(script);
    return this;
  }

  mayTakeOver(lags: Lags): boolean {
    return this.candidate.mayTakeOver(streamWith(lags));
  }
}

test('takes over at once when it brings the same programme and the server asks to be left', () => {
  const scene = new CandidateScene('move').send('VH1@0');
  expect(scene.mayTakeOver({ 'K1@1000': 0 })).toBe(false);
  scene.send('K1@1000');
  expect(scene.mayTakeOver({ 'K1@1000': 0 })).toBe(true);
  expect(scene.mayTakeOver({ 'K1@1040': 0 })).toBe(false);
});

test('has to prove itself when it is only preferred, though it brings the same programme', () => {
  const scene = new CandidateScene('preferred').send('VH1@0 K1@1000');
  scene.scene.clock.advance(1999);
  scene.send('P2@1040');
  expect(scene.mayTakeOver({ 'K1@1000': 0 })).toBe(false);
  scene.scene.clock.advance(1);
  expect(scene.mayTakeOver({ 'K1@1000': 0 })).toBe(false); // silence proves nothing
  scene.send('P3@1080');
  expect(scene.mayTakeOver({ 'K1@1000': 0 })).toBe(true);
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
    expect(scene.mayTakeOver({})).toBe(false);
    scene.scene.clock.advance(1);
    scene.send('P3@2040');
    expect(scene.mayTakeOver({})).toBe(false);
    scene.send('K4@2080');
    expect([scene.mayTakeOver({}), scene.candidate.mayTakeOver(undefined)]).toEqual([true, true]);
  },
);

test('that is behind takes over once it is hardly so any more', () => {
  const scene = new CandidateScene('move').send('VH1@0 K1@1000');
  expect(scene.mayTakeOver({ 'K1@1000': 1001 })).toBe(false);
  expect(scene.mayTakeOver({ 'K1@1000': 1000 })).toBe(true);
});

test('keeps all that has come since where the stream was, be it in the midst of a keyframe group', () => {
  const scene = new CandidateScene('preferred', { 'P1@1000': 0 }).send(
    'VH1@0 P1@1000 A2@1010 K3@1040 P4@1080',
  );
  expect([...scene.candidate.at.frames()].map(wordOf).join(' ')).toBe(
    'VH1@0 P1@1000 A2@1010 K3@1040 P4@1080',
  );
});

test('that has brought too much while it was behind begins anew at its next keyframe', () => {
  const scene = new CandidateScene('move', { 'P1@1000': 2000 }).send('VH1@0 P1@1000');
  const size = 2 ** 22;
  scene.send(`P2@1040:${size} P3@1080:${size} P4@1120:${size} P5@1160:${size} P6@1200`);
  expect(scene.mayTakeOver({ 'P1@1000': 0 })).toBe(false);
  scene.scene.clock.advance(1000);
  scene.send('K7@2200 P8@2240');
  expect([...scene.candidate.at.frames()].map(wordOf).join(' ')).toBe('VH1@0 K7@2200 P8@2240');
});
