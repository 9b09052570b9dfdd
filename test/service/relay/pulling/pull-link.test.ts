import { describe, expect, test } from 'vitest';
import { FlvMessageType } from '../../../../src/family/flv/flv-family.ts';
import type { PullLinkOptions } from '../../../../src/service/relay/pulling/pull-link.ts';
import { frameOf, frames } from '../../../support/fake-media.ts';
import { LinkScene } from '../../../support/link-scene.ts';

describe('permission', () => {
  const asking = (): LinkScene => new LinkScene({}, undefined, true);

  test('comes before the connection', () => {
    const scene = asking();
    expect(scene.upstream).toBeUndefined();
    scene.asked?.onGranted();
    scene.upstream?.send('K1@0');
    expect(scene.told).toEqual(['flowing', 'K1@0']);
  });

  test('that is refused is the end of the link', () => {
    const scene = asking();
    scene.asked?.onRefused('not there');
    expect([scene.ends, scene.upstream]).toEqual([[{ kind: 'denied', description: 'not there' }], undefined]);
    scene.clock.advance(60_000);
    expect(scene.told).toEqual(['denied']);
  });

  test('that is not said within the silence is the end of the link', () => {
    const scene = asking();
    scene.clock.advance(5000);
    expect(scene.ends).toEqual([{ kind: 'lost', description: 'no decision of access control for 5000 ms' }]);
    expect(scene.givenBack).toBe(1);
  });

  test('that is withdrawn cuts the connection', () => {
    const scene = asking();
    scene.asked?.onGranted();
    scene.upstream?.send('K1@0');
    scene.asked?.onRefused('time is up');
    expect([scene.upstream?.isClosed, scene.told.at(-1)]).toEqual([true, 'denied']);
  });

  test.each([
    { end: 'the server', act: (scene: LinkScene) => scene.upstream?.end('ended') },
    { end: 'the pull', act: (scene: LinkScene) => scene.link.close() },
    { end: 'silence', act: (scene: LinkScene) => scene.clock.advance(5000) },
  ])('is given back when $end ends the link', ({ act }) => {
    const scene = asking();
    scene.asked?.onGranted();
    act(scene);
    expect(scene.givenBack).toBe(1);
  });
});

test('a frame that is only a header is told, but is no flow', () => {
  const scene = new LinkScene();
  scene.upstream?.send('M1@0 VH1@0');
  scene.clock.advance(100);
  expect([scene.told, scene.link.isFlowing, scene.link.flowingMs]).toEqual([['M1@0', 'VH1@0'], false, 0]);
  scene.upstream?.send('K1@0');
  expect([scene.link.isFlowing, scene.link.flowingMs, scene.link.frames]).toEqual([true, 0, 2]);
});

test('a flow is as long as frames come, and steady after five seconds, once', () => {
  const scene = new LinkScene();
  scene.upstream?.send('VH1@0 K1@0');
  scene.clock.advance(4999);
  expect(scene.link.flowingMs).toBe(0);
  scene.upstream?.send('P2@40');
  expect([scene.link.flowingMs, scene.told.includes('steady')]).toEqual([4999, false]);
  scene.clock.advance(1);
  scene.upstream?.send('M2@60');
  expect(scene.told.includes('steady')).toBe(false);
  scene.upstream?.send('A3@80 P4@120');
  scene.clock.advance(3000);
  scene.upstream?.send('P5@160');
  expect(scene.told).toEqual([
    'VH1@0',
    'flowing',
    'K1@0',
    'P2@40',
    'M2@60',
    'steady',
    'A3@80',
    'P4@120',
    'P5@160',
  ]);
});

test('commands that are to be decoded are a flow, where there is nothing else', () => {
  const scene = new LinkScene();
  const [frame] = frames('K1@0');
  if (frame?.role !== 'coded') throw new Error('not coded');
  scene.link.onMedia({ ...frame, kind: 'data' });
  expect([scene.link.isFlowing, scene.link.frames]).toEqual([true, 1]);
});

test('messages without a byte keep a link alive, and are told once at most', () => {
  const scene = new LinkScene();
  scene.upstream?.send('AH1@0 A1@0');
  for (let i = 0; i < 10; i++) {
    scene.clock.advance(4000);
    for (const type of [FlvMessageType.audio, FlvMessageType.video])
      scene.link.onMedia(frameOf({ type, timestamp: 0, payload: Buffer.alloc(0) }));
  }
  expect([scene.ends, scene.told]).toEqual([[], ['AH1@0', 'flowing', 'A1@0', '8:@0']]);
});

test('a server that says that it is dry again and again is asked once whether it is alive', () => {
  const scene = new LinkScene();
  scene.upstream?.send('K1@0');
  for (let i = 0; i < 10; i++) {
    scene.upstream?.dry(true);
    scene.clock.advance(400);
  }
  expect(scene.upstream?.pings).toBe(1);
  scene.clock.advance(1000);
  expect(scene.upstream?.pings).toBe(2);
});

test('a server that names one path after the other is left', () => {
  const scene = new LinkScene();
  scene.upstream?.start(['a']);
  for (let i = 1; i < 16; i++) scene.upstream?.path([`p${i}`]);
  scene.clock.advance(1000);
  scene.upstream?.path(['honest']);
  expect([scene.ends, scene.link.path]).toEqual([[], ['honest']]);
  scene.upstream?.path(['too', 'soon']);
  const description = 'it changes the path of the stream too often';
  expect([scene.ends, scene.upstream?.isClosed]).toEqual([[{ kind: 'refused', description }], true]);
});

test('a link that is closed tells nothing more and leaves no timer', () => {
  const scene = new LinkScene();
  const { upstream } = scene;
  scene.link.close();
  upstream?.send('K1@0');
  upstream?.start(['b']);
  upstream?.dry(true);
  upstream?.askToReconnect();
  upstream?.end('lost');
  expect([scene.told, upstream?.isClosed, scene.clock.pending]).toEqual([[], true, 0]);
});

test('a link that is over before it is made harms nobody', () => {
  const ask: PullLinkOptions['ask'] = (events) => {
    events.onRefused('not there');
    return () => {};
  };
  const scene = new LinkScene({ ask });
  scene.clock.advance(60_000);
  expect([scene.ends, scene.clock.pending]).toEqual([[{ kind: 'denied', description: 'not there' }], 0]);
});

test('a link whose upstream cannot be opened is over when that is said, and expects nothing of it', () => {
  const open = (): never => {
    throw new TypeError('no URL of an upstream');
  };
  const scene = new LinkScene({ open }, undefined, true);
  expect(() => scene.asked?.onGranted()).toThrow('no URL of an upstream');
  scene.asked?.onRefused('the relay failed to open the connection');
  scene.clock.advance(60_000);
  expect([scene.told, scene.clock.pending]).toEqual([['denied'], 0]);
});
