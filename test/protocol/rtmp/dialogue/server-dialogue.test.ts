import { describe, expect, test } from 'vitest';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { AsAmf3 } from '../../../../src/protocol/amf/amf0-encoder.ts';
import { encodeChunks } from '../../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { StatusCode } from '../../../../src/protocol/rtmp/dialogue/status.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ServerScene, simpleClientHandshake } from '../../../support/server-scene.ts';

const chunks = (type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0) =>
  encodeChunks({ type, timestamp, messageStreamId }, payload, 128);

/** A scene after the handshake. */
function opened(): ServerScene {
  const scene = new ServerScene();
  scene.dialogue.receive(simpleClientHandshake);
  return scene;
}

describe('connect', () => {
  test('is told with all that the client says', () => {
    const scene = opened();
    const object = { app: 'live?key=1', tcUrl: 'rtmp://localhost/live', flashVer: 'FMLE/3.0', fpad: false };
    scene.command('connect', 1, object, 'extra', 7);
    const { app, tcUrl, flashVer } = object;
    expect(scene.told).toEqual([
      [
        'connect',
        { app, tcUrl, flashVer, objectEncoding: 0, commandObject: object, extraArgs: ['extra', 7] },
      ],
    ]);
    expect(scene.heard()).toEqual([]);
  });

  test('that comes with the last bytes of the handshake is read', () => {
    const scene = new ServerScene();
    expect(scene.dialogue.isOpen).toBe(false);
    const connect = chunks(20, encodeAmf0('connect', 1, { app: 'live' }));
    scene.dialogue.receive(Buffer.concat([simpleClientHandshake, connect]));
    expect(scene.dialogue.isOpen).toBe(true);
    expect(scene.told).toHaveLength(1);
  });

  test('of type 17 counts like one of type 20', () => {
    const scene = opened();
    scene.message(17, Buffer.concat([hex('00'), encodeAmf0('connect', 1, { app: 'live' })]));
    expect(scene.told).toMatchObject([['connect', { app: 'live' }]]);
  });

  test('may have its object in AMF3', () => {
    const scene = opened();
    const object = new AsAmf3({ app: 'live', tcUrl: 'rtmp://a/live', objectEncoding: 3 });
    scene.message(17, Buffer.concat([hex('00'), encodeAmf0('connect', 1, object, new AsAmf3('extra'))]));
    expect(scene.told).toEqual([
      ['connect', expect.objectContaining({ app: 'live', tcUrl: 'rtmp://a/live', extraArgs: ['extra'] })],
    ]);
  });

  test.each([
    { what: 'no command object', args: [] },
    { what: 'null for one', args: [null] },
    { what: 'text for one', args: ['live'] },
    { what: 'an array for one', args: [['live']] },
    { what: 'app and tcUrl that are no text', args: [{ app: 5, tcUrl: { a: 1 }, flashVer: null }] },
    { what: 'tcUrl that is a date', args: [{ tcUrl: new Date(0), app: true }] },
  ])('with $what is told with empty names', ({ args }) => {
    const scene = opened();
    scene.command('connect', 1, ...args);
    expect(scene.told).toMatchObject([['connect', { app: '', tcUrl: '', flashVer: '' }]]);
  });

  test('accepted: windows, Stream Begin, chunk size, the result, onBWDone', () => {
    const scene = opened();
    scene.command('connect', 1, { app: 'live' });
    scene.dialogue.acceptConnect();
    expect(scene.heard()).toEqual([
      ['Window Acknowledgement Size', 2_500_000],
      ['Set Peer Bandwidth', 2_500_000, 2],
      ['Stream Begin', 0],
      ['Set Chunk Size', 65_536],
      {
        on: 0,
        command: [
          '_result',
          1,
          { fmsVer: 'FMS/3,5,7,7009', capabilities: 31, mode: 1 },
          {
            level: 'status',
            code: 'NetConnection.Connect.Success',
            description: 'Connection succeeded.',
            objectEncoding: 0,
            fourCcList: ['*'],
            videoFourCcInfoMap: { '*': 4 },
            audioFourCcInfoMap: { '*': 4 },
            capsEx: 0x0f,
          },
        ],
      },
      { on: 0, command: ['onBWDone', 0, null] },
    ]);
  });

  test('is answered under its own transaction id', () => {
    const scene = opened();
    scene.command('connect', 7, { app: 'live' });
    scene.dialogue.acceptConnect();
    expect(scene.heardNames()).toContain('_result 7 on 0');
  });

  test('refused: the reason, and what joins it', () => {
    const scene = opened();
    scene.command('connect', 1, { app: 'live' });
    scene.dialogue.refuseConnect('try the other relay', { ex: { code: 302, redirect: 'rtmp://b/live' } });
    expect(scene.heard().at(-1)).toEqual({
      on: 0,
      command: [
        '_error',
        1,
        null,
        {
          level: 'error',
          code: 'NetConnection.Connect.Rejected',
          description: 'try the other relay',
          ex: { code: 302, redirect: 'rtmp://b/live' },
        },
      ],
    });
  });

  test('once more is an error, whether the first one is answered or not', () => {
    const scene = opened();
    const rejected = { level: 'error', code: 'NetConnection.Connect.Rejected' };
    scene.command('connect', 1, { app: 'live' });
    scene.command('connect', 2, { app: 'other' });
    expect(scene.heard()).toMatchObject([{ command: ['_error', 2, null, rejected] }]);
    scene.dialogue.acceptConnect();
    scene.heard();
    scene.command('connect', 3, { app: 'other' });
    expect(scene.heard()).toMatchObject([{ command: ['_error', 3, null, rejected] }]);
    expect(scene.told).toHaveLength(1);
  });
});

describe('before connect is accepted', () => {
  test.each(['createStream', 'publish', 'play', 'deleteStream', 'releaseStream', '_checkbw', 'nonsense'])(
    '%s is an error that any client can read, and nothing else',
    (name) => {
      const scene = opened();
      scene.commandOn(1, name, 2, null, 'a');
      scene.command('connect', 1, { app: 'live' });
      scene.commandOn(1, name, 3, null, 'a');
      const failure = {
        level: 'error',
        code: 'NetConnection.Call.Failed',
        description: `${name} before connect was answered`,
      };
      expect(scene.heard()).toEqual([
        { on: 0, command: ['_error', 2, null, failure] },
        { on: 0, command: ['_error', 3, null, failure] },
      ]);
      expect(scene.told).toHaveLength(1);
    },
  );

  test('what wants no answer has none', () => {
    const scene = opened();
    scene.commandOn(1, 'publish', 0, null, 'a');
    expect(scene.heard()).toEqual([]);
    expect(scene.told).toEqual([]);
  });

  test('a long name is not echoed whole', () => {
    const scene = opened();
    scene.command('n'.repeat(60_000), 2);
    const description = `${'n'.repeat(64)} before connect was answered`;
    expect(scene.heard()).toMatchObject([{ command: ['_error', 2, null, { description }] }]);
  });

  test('after a refusal the same holds', () => {
    const scene = opened();
    scene.command('connect', 1, { app: 'live' });
    scene.dialogue.refuseConnect('no');
    scene.heard();
    scene.command('createStream', 2, null);
    expect(scene.heardNames()).toEqual(['_error 2 on 0']);
  });

  test('media is dropped', () => {
    const scene = opened();
    scene.message(8, hex('af00'), 1);
    expect(scene.told).toEqual([]);
  });
});

describe('what a client sends', () => {
  const publishing = (): ServerScene => {
    const scene = ServerScene.connected(({ dialogue }) => ({
      onPublish: ({ messageStreamId }) => dialogue.acceptPublish(messageStreamId, 'a is published'),
    }));
    scene.commandOn(1, 'publish', 3, null, 'a', 'live');
    scene.told.length = 0;
    return scene;
  };

  test('is told when it is media of its publication', () => {
    const scene = publishing();
    scene.message(18, encodeAmf0('@setDataFrame', 'onMetaData', {}), 1);
    scene.message(8, hex('af00'), 1, 20);
    scene.message(9, hex('1700'), 1, 0xffffffff);
    scene.message(15, hex('00'), 1, 40);
    expect(scene.told).toEqual([
      ['media', 1, 18, 0, encodeAmf0('@setDataFrame', 'onMetaData', {})],
      ['media', 1, 8, 20, hex('af00')],
      ['media', 1, 9, 0xffffffff, hex('1700')],
      ['media', 1, 15, 40, hex('00')],
    ]);
  });

  test('is told part by part when it is an aggregate, as far as the parts are media', () => {
    const scene = publishing();
    const parts = '08 000001 000064 00 000000 af 0000000c 14 000001 000064 00 000000 05 0000000c';
    scene.message(22, hex(`${parts} 09 000001 000078 00 000000 17 0000000c`), 1, 1000);
    expect(scene.told).toEqual([
      ['media', 1, 8, 1000, hex('af')],
      ['media', 1, 9, 1020, hex('17')],
    ]);
  });

  test.each([0, 2, 33, 0xffffffff])('is dropped on message stream %i, where nothing is published', (id) => {
    const scene = publishing();
    scene.message(8, hex('af00'), id);
    expect(scene.told).toEqual([]);
  });

  test.each([16, 19, 0, 7, 21, 255])('is ignored when its type is %i', (type) => {
    const scene = publishing();
    scene.message(type, hex('00ff'), 1);
    expect(scene.told).toEqual([]);
    expect(scene.heardNames().slice(2)).toEqual([]);
  });
});

describe('what the server says of itself', () => {
  test('a status of the connection, with more properties', () => {
    const scene = ServerScene.connected();
    const status = {
      level: 'status',
      code: StatusCode.reconnectRequest,
      description: 'go on elsewhere',
    } as const;
    scene.dialogue.status(0, status, { tcUrl: 'rtmp://b/live' });
    const information = { ...status, tcUrl: 'rtmp://b/live' };
    expect(scene.heard()).toEqual([{ on: 0, command: ['onStatus', 0, null, information] }]);
  });

  test('a data message', () => {
    const scene = ServerScene.connected();
    scene.dialogue.data(1, 'onText', 'a', 7);
    expect(scene.heard()).toEqual([{ on: 1, data: ['onText', 'a', 7] }]);
  });
});

describe('pings', () => {
  test('go out and their answers are counted', () => {
    const scene = ServerScene.connected();
    scene.dialogue.ping(1234);
    expect(scene.heard()).toEqual([['ping request', 1234]]);
    expect(scene.dialogue.pongs).toBe(0);
    scene.message(4, hex('0007 000004d2'));
    scene.message(4, hex('0007 000004d2'));
    expect(scene.dialogue.pongs).toBe(2);
  });

  test('of the client are answered, before connect too', () => {
    const scene = opened();
    scene.message(4, hex('0006 000004d2'));
    expect(scene.heard()).toEqual([['ping response', 1234]]);
    expect(scene.dialogue.pongs).toBe(0);
  });
});

describe('hold', () => {
  const failed = { level: 'error', code: StatusCode.publishDenied, description: 'no' } as const;

  test('leaves what follows unread, in order, until release', () => {
    const scene = ServerScene.connected(({ dialogue }) => ({ onPublish: () => dialogue.hold() }));
    scene.dialogue.receive(
      Buffer.concat([
        chunks(20, encodeAmf0('publish', 3, null, 'a', 'live'), 1),
        chunks(8, hex('af00'), 1),
        chunks(20, encodeAmf0('createStream', 4, null)),
      ]),
    );
    scene.message(8, hex('af01'), 1, 20);
    expect(scene.told).toEqual([['publish', { messageStreamId: 1, streamName: 'a', args: ['live'] }]]);
    expect(scene.heardNames()).toEqual([]);

    scene.dialogue.acceptPublish(1, 'a is published');
    scene.dialogue.release();
    expect(scene.heardNames()).toEqual([
      'onFCPublish 0 on 0',
      'onStatus NetStream.Publish.Start on 1',
      '_result 4 on 0',
    ]);
    expect(scene.told.slice(1)).toEqual([
      ['media', 1, 8, 0, hex('af00')],
      ['media', 1, 8, 20, hex('af01')],
    ]);
  });

  test('again during release stops there', () => {
    const scene = ServerScene.connected(({ dialogue }) => ({ onPublish: () => dialogue.hold() }));
    const publish = (id: number) => chunks(20, encodeAmf0('publish', 0, null, `s${id}`), id);
    scene.dialogue.receive(Buffer.concat([publish(1), publish(2), publish(3)]));
    expect(scene.told).toHaveLength(1);
    scene.dialogue.refusePublish(1, failed);
    scene.dialogue.release();
    expect(scene.told).toHaveLength(2);
    scene.dialogue.release();
    expect(scene.told.map(([, request]) => request)).toMatchObject([
      { messageStreamId: 1 },
      { messageStreamId: 2 },
      { messageStreamId: 3 },
    ]);
  });

  test('and release at once changes nothing', () => {
    const scene = ServerScene.connected(({ dialogue }) => ({
      onPlay: () => {
        dialogue.hold();
        dialogue.release();
      },
    }));
    const play = (id: number) => chunks(20, encodeAmf0('play', 0, null, `s${id}`), id);
    scene.dialogue.receive(
      Buffer.concat([play(1), play(2), chunks(20, encodeAmf0('createStream', 4, null))]),
    );
    expect(scene.told.map(([name]) => name)).toEqual(['play', 'play']);
    expect(scene.heardNames()).toEqual(['_result 4 on 0']);
  });

  test('holds the handshake as well', () => {
    const scene = new ServerScene();
    scene.dialogue.hold();
    scene.dialogue.receive(simpleClientHandshake);
    expect(scene.dialogue.isOpen).toBe(false);
    scene.dialogue.release();
    expect(scene.dialogue.isOpen).toBe(true);
  });
});
