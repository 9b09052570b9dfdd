import { describe, expect, test } from 'vitest';
import { StatusCode } from '../../../../src/protocol/rtmp/dialogue/status.ts';
import { UserControlEvent } from '../../../../src/protocol/rtmp/message/user-control.ts';
import { ServerScene } from '../../../support/server-scene.ts';

const notFound = {
  level: 'error',
  code: StatusCode.playStreamNotFound,
  description: 'there is no stream a',
} as const;
const unpublished = {
  level: 'status',
  code: StatusCode.playUnpublishNotify,
  description: 'a is no longer published',
} as const;

/** A relay that has every stream, and a client that plays `a` on message stream 1. */
function playing(): ServerScene {
  const scene = ServerScene.connected(({ dialogue }) => ({
    onPlay: ({ messageStreamId, streamName }) => dialogue.startPlay(messageStreamId, `playing ${streamName}`),
  }));
  scene.commandOn(1, 'play', 3, null, 'a');
  scene.told.length = 0;
  scene.heard();
  return scene;
}

describe('play', () => {
  test.each([[[]], [[-2000]], [[-2]], [[-1000]], [[0]], [[5000, -1, true]], [['text']]])(
    'with %j behind the name plays live',
    (args) => {
      const scene = ServerScene.connected();
      scene.commandOn(1, 'play', 3, null, 'a?token=1', ...args);
      expect(scene.told).toEqual([['play', { messageStreamId: 1, streamName: 'a?token=1', args }]]);
      expect(scene.heard()).toEqual([]);
    },
  );

  test('that begins: Stream Begin, Reset, Start, access', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, 'play', 3, null, 'a');
    scene.dialogue.startPlay(1, 'playing a');
    const description = 'playing a';
    expect(scene.heard()).toEqual([
      ['Stream Begin', 1],
      {
        on: 1,
        command: ['onStatus', 0, null, { level: 'status', code: 'NetStream.Play.Reset', description }],
      },
      {
        on: 1,
        command: ['onStatus', 0, null, { level: 'status', code: 'NetStream.Play.Start', description }],
      },
      { on: 1, data: ['|RtmpSampleAccess', true, true] },
    ]);
  });

  test('that begins with more to say says it in Play.Start', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, 'play', 3, null, 'a');
    scene.dialogue.startPlay(1, 'playing a', { streampumpPath: ['r1', 'r2'] });
    const [, reset, start] = scene.heard();
    expect(reset).not.toMatchObject({ command: ['onStatus', 0, null, { streampumpPath: ['r1', 'r2'] }] });
    expect(start).toMatchObject({
      command: ['onStatus', 0, null, { code: 'NetStream.Play.Start', streampumpPath: ['r1', 'r2'] }],
    });
  });

  test('that ends: the status, then Stream EOF', () => {
    const scene = playing();
    scene.dialogue.endPlay(1, unpublished);
    expect(scene.heard()).toEqual([
      { on: 1, command: ['onStatus', 0, null, unpublished] },
      ['Stream EOF', 1],
    ]);
    expect(scene.told).toEqual([]);
  });

  test('that never began: the status alone, and another try is possible', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, 'play', 3, null, 'a');
    scene.dialogue.endPlay(1, notFound);
    expect(scene.heard()).toEqual([{ on: 1, command: ['onStatus', 0, null, notFound] }]);
    scene.commandOn(1, 'play', 4, null, 'a');
    expect(scene.told.map(([name]) => name)).toEqual(['play', 'play']);
  });

  test.each([
    { what: 'plays', make: playing },
    {
      what: 'waits',
      make: () => {
        const scene = ServerScene.connected();
        scene.commandOn(1, 'play', 3, null, 'a');
        scene.told.length = 0;
        return scene;
      },
    },
  ])('on a message stream that $what ends that first', ({ make }) => {
    const scene = make();
    scene.commandOn(1, 'play', 4, null, 'b');
    expect(scene.told).toEqual([
      ['stop', 1],
      ['play', { messageStreamId: 1, streamName: 'b', args: [] }],
    ]);
    expect(scene.dialogue.streams.nameOf(1)).toBe('b');
  });

  test.each(['accepted', 'not answered yet'])(
    'on a message stream with a publication that is %s fails',
    (how) => {
      const scene = ServerScene.connected();
      scene.commandOn(1, 'publish', 3, null, 'a');
      if (how === 'accepted') scene.dialogue.acceptPublish(1, 'a is published');
      scene.told.length = 0;
      scene.heard();
      scene.commandOn(1, 'play', 4, null, 'b');
      expect(scene.heardNames()).toEqual(['onStatus NetStream.Play.Failed on 1']);
      expect(scene.told).toEqual([]);
      expect(scene.dialogue.streams.nameOf(1)).toBe('a');
    },
  );

  test('of two streams on two message streams', () => {
    const scene = playing();
    scene.commandOn(2, 'play', 4, null, 'b');
    scene.dialogue.endPlay(1, unpublished);
    expect(scene.heardNames().slice(-2)).toEqual([
      'onStatus NetStream.Play.UnpublishNotify on 1',
      'Stream EOF 1',
    ]);
    expect(scene.dialogue.streams.stateOf(2)).toBe('playing');
  });

  test.each([0, 33, 0xffffffff])('on message stream %i fails', (id) => {
    const scene = ServerScene.connected();
    scene.commandOn(id, 'play', 3, null, 'a');
    expect(scene.heardNames()).toEqual([`onStatus NetStream.Play.Failed on ${id}`]);
    expect(scene.told).toEqual([]);
  });

  test.each([{ name: undefined }, { name: 7 }, { name: { a: 1 } }])(
    'with $name for a name asks for the empty name',
    ({ name }) => {
      const scene = ServerScene.connected();
      scene.commandOn(1, 'play', 3, null, name);
      scene.commandOn(2, 'play');
      expect(scene.told).toEqual([
        ['play', { messageStreamId: 1, streamName: '', args: [] }],
        ['play', { messageStreamId: 2, streamName: '', args: [] }],
      ]);
    },
  );
});

describe.each(['pause', 'pauseRaw'])('%s', (name) => {
  test('and its end are told and confirmed', () => {
    const scene = playing();
    scene.commandOn(1, name, 0, null, true, 1000);
    scene.commandOn(1, name, 0, null, false, 1000);
    expect(scene.told).toEqual([
      ['pause', 1, true, 1000],
      ['pause', 1, false, 1000],
    ]);
    expect(scene.heardNames()).toEqual([
      'onStatus NetStream.Pause.Notify on 1',
      'onStatus NetStream.Unpause.Notify on 1',
    ]);
  });

  test.each([undefined, null, 1, 'true'])('with %s for its wish means the end of it', (wish) => {
    const scene = playing();
    scene.commandOn(1, name, 0, null, wish);
    expect(scene.told).toEqual([['pause', 1, false, 0]]);
  });

  test('where nothing plays is ignored', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, name, 0, null, true);
    scene.commandOn(0, name, 0, null, true);
    scene.commandOn(1, 'play', 3, null, 'a');
    scene.commandOn(1, name, 0, null, true);
    expect(scene.told.map(([told]) => told)).toEqual(['play']);
    expect(scene.heard()).toEqual([]);
  });
});

test.each([
  { name: 'receiveAudio', kind: 'audio' },
  { name: 'receiveVideo', kind: 'video' },
])('$name tells whether it is wanted', ({ name, kind }) => {
  const scene = playing();
  scene.commandOn(1, name, 0, null, false);
  scene.commandOn(1, name, 0, null, true);
  scene.commandOn(1, name, 0, null);
  expect(scene.told).toEqual([
    ['receive', 1, kind, false],
    ['receive', 1, kind, true],
    ['receive', 1, kind, true],
  ]);
  expect(scene.heard()).toEqual([]);
});

test('Stream Dry and its end can be sent to a player', () => {
  const scene = playing();
  scene.dialogue.userControl(UserControlEvent.streamDry, 1);
  scene.dialogue.userControl(UserControlEvent.streamBegin, 1);
  expect(scene.heard()).toEqual([
    ['Stream Dry', 1],
    ['Stream Begin', 1],
  ]);
});
