import { expect, test } from 'vitest';
import { oneUrl, PullScene } from '../../../support/pull-scene.ts';

const begun = 'VH1@0 AH1@0 K1@1000 A1@1005 P2@1040 A2@1045';

/** A pull whose upstream was lost in the midst of a keyframe group, and is connected again. */
function lostAndBack(): PullScene {
  const scene = new PullScene(oneUrl);
  scene.last.send(begun);
  expect(scene.news).toBe('VH1@1000 AH1@1000 K1@1000 A1@1005 P2@1040 A2@1045');
  scene.last.end('lost');
  while (scene.upstreams.length === 1) scene.advance(100);
  return scene;
}

test('an upstream that is back brings what players miss, in the midst of a keyframe group', () => {
  const scene = lostAndBack();
  scene.last.send('VH1@0 AH1@0 P2@1040 A2@1045 P3@1080 A3@1085');
  expect(scene.news).toBe('P3@1080 A3@1085');
  expect([scene.player.calls, scene.studio.stream.state]).toEqual([['start'], 'live']);
});

test('relays downstream hear that there is nothing, and then whom the rest comes from', () => {
  const scene = lostAndBack();
  expect(scene.player.dryness).toEqual([true]);
  scene.last.start(['elsewhere']);
  scene.last.send('VH1@0 AH1@0 P2@1040 A2@1045 P3@1080');
  scene.news;
  expect([scene.player.dryness, scene.player.paths.at(-1)]).toEqual([[true, false], ['elsewhere']]);
});

test('one that is lost again before it has brought anything new is looked for as before', () => {
  const scene = lostAndBack();
  scene.last.send('VH1@0 AH1@0 P2@1040');
  scene.last.end('lost');
  while (scene.upstreams.length === 2) scene.advance(100);
  scene.last.send('VH1@0 AH1@0 P2@1040 A2@1045 P3@1080');
  expect(scene.news).toBe('P3@1080');
});

test('one that has another programme begins it at a keyframe', () => {
  const scene = lostAndBack();
  scene.last.send('VH9@0 AH1@0 A1@1005 P12@1040 P13@1080');
  expect(scene.news).toBe('');
  scene.last.send('K14@1120 P15@1160');
  expect(scene.news).toMatch(/^VH9@(\d+) AH1@\1 K14@\1 P15@\d+$/);
  expect(scene.player.calls).toEqual(['start']);
});
