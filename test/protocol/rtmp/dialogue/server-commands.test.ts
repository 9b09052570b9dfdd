import { describe, expect, test } from 'vitest';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { StatusCode } from '../../../../src/protocol/rtmp/dialogue/status.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ServerScene } from '../../../support/server-scene.ts';

/** A relay that takes every publisher and has every stream. */
function willing(): ServerScene {
  return ServerScene.connected(({ dialogue }) => ({
    onPublish: ({ messageStreamId, streamName }) =>
      dialogue.acceptPublish(messageStreamId, `${streamName} is published`),
    onPlay: ({ messageStreamId, streamName }) => dialogue.startPlay(messageStreamId, `playing ${streamName}`),
  }));
}

describe('calls that just succeed', () => {
  test.each(['releaseStream', 'FCPublish', 'FCUnpublish', 'FCUnsubscribe', '_checkbw'])('%s', (name) => {
    const scene = ServerScene.connected();
    scene.command(name, 5, null, 'a');
    expect(scene.heard()).toEqual([{ on: 0, command: ['_result', 5, null, undefined] }]);
    scene.command(name, 0, null, 'a');
    expect(scene.heard()).toEqual([]);
    expect(scene.told).toEqual([]);
  });

  test('getStreamLength: a live stream has none', () => {
    const scene = ServerScene.connected();
    scene.command('getStreamLength', 5, null, 'a');
    expect(scene.heard()).toEqual([{ on: 0, command: ['_result', 5, null, 0] }]);
  });

  test('FCSubscribe: the notice, then the result', () => {
    const scene = ServerScene.connected();
    scene.command('FCSubscribe', 5, null, 'a');
    expect(scene.heard()).toEqual([
      {
        on: 0,
        command: [
          'onFCSubscribe',
          0,
          null,
          { level: 'status', code: 'NetStream.Play.Start', description: 'subscribed to a' },
        ],
      },
      { on: 0, command: ['_result', 5, null, undefined] },
    ]);
  });
});

describe('other calls', () => {
  test('that nobody knows are errors when they want an answer', () => {
    const scene = ServerScene.connected();
    scene.command('getMovies', 5, null);
    const failure = {
      level: 'error',
      code: 'NetConnection.Call.Failed',
      description: 'unknown command getMovies',
    };
    expect(scene.heard()).toEqual([{ on: 0, command: ['_error', 5, null, failure] }]);
    scene.command('getMovies', Number.NaN, null);
    expect(scene.heard()).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'toString', '', 'PLAY'])('%o is one of these', (name) => {
    const scene = ServerScene.connected();
    scene.command(name, 5, null);
    expect(scene.heardNames()).toEqual(['_error 5 on 0']);
  });

  test.each(['_result', '_error', 'onStatus'])('%s is an answer and has none itself', (name) => {
    const scene = ServerScene.connected();
    scene.command(name, 5, null, { code: 'x' });
    expect(scene.heard()).toEqual([]);
  });

  test.each([
    { name: 'seek', code: 'NetStream.Seek.Failed' },
    { name: 'play2', code: 'NetStream.Play.Failed' },
  ])('$name is refused', ({ name, code }) => {
    const scene = ServerScene.connected();
    scene.commandOn(1, name, 5, null, 1000);
    expect(scene.heardNames()).toEqual([`onStatus ${code} on 1`]);
    expect(scene.told).toEqual([]);
  });
});

describe('createStream', () => {
  const create = (scene: ServerScene) => {
    scene.command('createStream', 9, null);
    return scene.heard();
  };
  const created = (id: number) => [{ on: 0, command: ['_result', 9, null, id] }];

  test('gives the lowest free id', () => {
    const scene = ServerScene.connected(); // has message stream 1
    expect(create(scene)).toEqual(created(2));
    expect(create(scene)).toEqual(created(3));
    scene.command('deleteStream', 0, null, 2);
    expect(create(scene)).toEqual(created(2));
    expect(create(scene)).toEqual(created(4));
  });

  test('gives 32 and no more', () => {
    const scene = ServerScene.connected();
    for (let id = 2; id <= 32; id++) expect(create(scene)).toEqual(created(id));
    const failure = { level: 'error', code: 'NetConnection.Call.Failed' };
    expect(create(scene)).toMatchObject([{ on: 0, command: ['_error', 9, null, failure] }]);
    scene.command('deleteStream', 0, null, 20);
    expect(create(scene)).toEqual(created(20));
  });
});

describe('publish', () => {
  test('accepted', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a?key=1', 'live');
    expect(scene.told).toEqual([['publish', { messageStreamId: 1, streamName: 'a?key=1', args: ['live'] }]]);
    const start = { level: 'status', code: 'NetStream.Publish.Start' };
    expect(scene.heard()).toEqual([
      { on: 0, command: ['onFCPublish', 0, null, { ...start, description: 'a?key=1' }] },
      { on: 1, command: ['onStatus', 0, null, { ...start, description: 'a?key=1 is published' }] },
    ]);
  });

  test('refused: the reason, and another try is possible', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, 'publish', 3, null, 'a', 'live');
    const status = {
      level: 'error',
      code: StatusCode.publishDenied,
      description: 'a may not be published from here',
    } as const;
    scene.dialogue.refusePublish(1, status);
    expect(scene.heard()).toEqual([{ on: 1, command: ['onStatus', 0, null, status] }]);
    scene.message(8, hex('af00'), 1);
    scene.commandOn(1, 'publish', 3, null, 'b', 'live');
    expect(scene.told.map(([name]) => name)).toEqual(['publish', 'publish']);
  });

  test('ended by the server: media that still comes is dropped', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a', 'live');
    scene.dialogue.refusePublish(1, { level: 'error', code: StatusCode.publishBadName, description: 'gone' });
    scene.told.length = 0;
    scene.message(8, hex('af00'), 1);
    expect(scene.told).toEqual([]);
  });

  test.each(['record', 'append', undefined, 5])('of the type %s is live all the same', (type) => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a', type);
    expect(scene.heardNames()).toContain('onStatus NetStream.Publish.Start on 1');
  });

  test.each([{ name: undefined }, { name: null }, { name: 5 }, { name: { a: 1 } }, { name: ['a'] }])(
    'with $name for a name asks for the empty name',
    ({ name }) => {
      const scene = ServerScene.connected();
      scene.commandOn(1, 'publish', 3, null, name, 'live');
      scene.commandOn(2, 'publish', 3);
      expect(scene.told).toEqual([
        ['publish', { messageStreamId: 1, streamName: '', args: ['live'] }],
        ['publish', { messageStreamId: 2, streamName: '', args: [] }],
      ]);
    },
  );

  test.each([0, 33, 0x01000000, 0xffffffff])('on message stream %i fails', (id) => {
    const scene = willing();
    scene.commandOn(id, 'publish', 3, null, 'a', 'live');
    expect(scene.heardNames()).toEqual([`onStatus NetStream.Publish.Failed on ${id}`]);
    expect(scene.told).toEqual([]);
  });

  test('on a message stream that was never created works', () => {
    const scene = willing();
    scene.commandOn(2, 'publish', 3, null, 'a', 'live');
    expect(scene.heardNames()).toContain('onStatus NetStream.Publish.Start on 2');
    scene.command('createStream', 4, null);
    expect(scene.heard()).toEqual([{ on: 0, command: ['_result', 4, null, 3] }]);
  });

  test.each([
    { first: 'publish', what: 'publishes', scene: willing },
    { first: 'play', what: 'plays', scene: willing },
    { first: 'publish', what: 'waits to publish', scene: ServerScene.connected },
    { first: 'play', what: 'waits to play', scene: ServerScene.connected },
  ])('on a message stream that $what is refused and changes nothing', ({ first, scene: make }) => {
    const scene = make();
    scene.commandOn(1, first, 3, null, 'a');
    const state = scene.dialogue.streams.stateOf(1);
    scene.told.length = 0;
    scene.heard();
    scene.commandOn(1, 'publish', 4, null, 'b');
    expect(scene.heardNames()).toEqual(['onStatus NetStream.Publish.BadName on 1']);
    expect(scene.told).toEqual([]);
    expect([scene.dialogue.streams.stateOf(1), scene.dialogue.streams.nameOf(1)]).toEqual([state, 'a']);
  });
});

describe('FCUnpublish', () => {
  const unpublish = (scene: ServerScene, name = 'a') => {
    scene.told.length = 0;
    scene.heard();
    scene.command('FCUnpublish', 6, null, name);
  };
  const success = {
    level: 'status',
    code: 'NetStream.Unpublish.Success',
    description: 'a is no longer published',
  };

  test('ends the publication of that name', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'b');
    scene.commandOn(2, 'publish', 3, null, 'a');
    unpublish(scene);
    expect(scene.told).toEqual([['stop', 2]]);
    expect(scene.heard()).toEqual([
      { on: 0, command: ['onFCUnpublish', 0, null, success] },
      { on: 2, command: ['onStatus', 0, null, success] },
      { on: 0, command: ['_result', 6, null, undefined] },
    ]);
    scene.command('deleteStream', 7, null, 2);
    expect(scene.told).toEqual([['stop', 2]]);
  });

  test('ends one that has no answer yet', () => {
    const scene = ServerScene.connected();
    scene.commandOn(1, 'publish', 3, null, 'a');
    unpublish(scene);
    expect(scene.told).toEqual([['stop', 1]]);
  });

  test.each([
    { what: 'plays', scene: willing },
    { what: 'waits to play', scene: ServerScene.connected },
  ])('leaves alone who $what a stream of that name', ({ scene: make }) => {
    const scene = make();
    scene.commandOn(1, 'play', 3, null, 'a');
    unpublish(scene);
    expect(scene.told).toEqual([]);
    expect(scene.heardNames()).toEqual(['_result 6 on 0']);
  });

  test('of another name, or of none, ends nothing', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a');
    unpublish(scene, 'b');
    scene.command('FCUnpublish', 6);
    scene.command('FCUnpublish', 6, null, 5);
    expect(scene.told).toEqual([]);
  });
});

describe('deleteStream and closeStream', () => {
  test.each(['publish', 'play'])('stop a %s, once', (first) => {
    const scene = willing();
    scene.commandOn(1, first, 3, null, 'a');
    scene.commandOn(2, first, 3, null, 'b');
    scene.told.length = 0;
    scene.commandOn(1, 'closeStream', 0, null);
    scene.commandOn(1, 'closeStream', 0, null);
    scene.command('deleteStream', 0, null, 1);
    scene.command('deleteStream', 0, null, 2);
    scene.command('deleteStream', 0, null, 2);
    scene.commandOn(2, 'closeStream', 0, null);
    expect(scene.told).toEqual([
      ['stop', 1],
      ['stop', 2],
    ]);
  });

  test('closeStream keeps the message stream: something else may be done on it', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a');
    scene.commandOn(1, 'closeStream', 0, null);
    scene.commandOn(1, 'play', 4, null, 'b');
    expect(scene.told.map(([name]) => name)).toEqual(['publish', 'stop', 'play']);
    scene.command('createStream', 5, null);
    expect(scene.heardNames().at(-1)).toBe('_result 5 on 0');
    expect(scene.dialogue.streams.stateOf(1)).toBe('playing');
  });

  test('deleteStream without an id means the message stream that it comes on', () => {
    const scene = willing();
    scene.commandOn(1, 'play', 3, null, 'a');
    scene.commandOn(1, 'deleteStream', 0);
    expect(scene.told.at(-1)).toEqual(['stop', 1]);
  });

  test.each([0, -1, 1.5, 33, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY])(
    'deleteStream of %d is harmless',
    (id) => {
      const scene = willing();
      scene.commandOn(1, 'play', 3, null, 'a');
      scene.told.length = 0;
      scene.command('deleteStream', 0, null, id);
      expect(scene.told).toEqual([]);
      expect(scene.dialogue.streams.stateOf(1)).toBe('playing');
    },
  );

  test('media behind them is dropped', () => {
    const scene = willing();
    scene.commandOn(1, 'publish', 3, null, 'a');
    scene.command('deleteStream', 0, null, 1);
    scene.told.length = 0;
    scene.message(18, encodeAmf0('onMetaData', {}), 1);
    expect(scene.told).toEqual([]);
  });
});
