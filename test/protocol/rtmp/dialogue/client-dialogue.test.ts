import { describe, expect, test } from 'vitest';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ClientScene, simpleServerHandshake } from '../../../support/client-scene.ts';

const success = { level: 'status', code: 'NetConnection.Connect.Success' };
const chunks = (type: number, payload: Uint8Array, messageStreamId = 0, timestamp = 0) =>
  encodeChunks({ type, timestamp, messageStreamId }, payload, 128);

/** A client that has just sent connect. */
function connecting(does: 'play' | 'publish'): ClientScene {
  const scene = new ClientScene({ does });
  scene.dialogue.receive(simpleServerHandshake);
  scene.heard();
  return scene;
}

describe('connect', () => {
  test('of a player', () => {
    const scene = new ClientScene({ does: 'play' });
    expect(scene.dialogue.state).toBe('handshaking');
    scene.dialogue.receive(simpleServerHandshake);
    expect(scene.dialogue.state).toBe('connecting');
    expect(scene.heard()).toEqual([
      ['Set Chunk Size', 65_536],
      {
        on: 0,
        command: [
          'connect',
          1,
          {
            app: 'live',
            flashVer: 'LNX 9,0,124,2',
            tcUrl: 'rtmp://origin/live',
            fpad: false,
            capabilities: 15,
            audioCodecs: 4071,
            videoCodecs: 252,
            videoFunction: 1,
            objectEncoding: 0,
            fourCcList: ['*'],
            videoFourCcInfoMap: { '*': 4 },
            audioFourCcInfoMap: { '*': 4 },
            capsEx: 0x0e,
          },
        ],
      },
    ]);
  });

  test('of a publisher, with properties of its own', () => {
    const scene = new ClientScene({
      does: 'publish',
      capsEx: 1,
      connectProperties: { relay: 'a', type: 'x' },
    });
    scene.dialogue.receive(simpleServerHandshake);
    expect(scene.heard()[1]).toMatchObject({
      command: ['connect', 1, { app: 'live', type: 'x', relay: 'a', capsEx: 1 }],
    });
  });

  test('goes out once, be the handshake cut at any place', () => {
    for (const cut of [1, 1536, 1537, 1538, 3072]) {
      const scene = new ClientScene({ does: 'play' });
      scene.dialogue.receive(simpleServerHandshake.subarray(0, cut));
      scene.dialogue.receive(simpleServerHandshake.subarray(cut));
      expect(scene.heardNames()).toEqual(['Set Chunk Size 65536', 'connect 1 on 0']);
    }
  });

  test('goes out before the answer to what comes with the handshake', () => {
    const scene = new ClientScene({ does: 'play' });
    scene.dialogue.receive(
      Buffer.concat([simpleServerHandshake, chunks(20, encodeAmf0('_onbwcheck', 3, null))]),
    );
    expect(scene.heardNames()).toEqual(['Set Chunk Size 65536', 'connect 1 on 0', '_result 3 on 0']);
  });

  test('accepted: the information is told; a player asks for a message stream', () => {
    const scene = connecting('play');
    scene.command('_result', 1, { fmsVer: 'x' }, success);
    expect(scene.told).toEqual([['connected', success]]);
    expect(scene.heardNames()).toEqual([
      'Window Acknowledgement Size 2500000',
      'Set Peer Bandwidth 2500000 2',
      'createStream 4 on 0',
    ]);
  });

  test('accepted: a publisher announces its stream before', () => {
    const scene = connecting('publish');
    scene.command('_result', 1, null, success);
    expect(scene.heard().slice(2)).toEqual([
      { on: 0, command: ['releaseStream', 2, null, 'a'] },
      { on: 0, command: ['FCPublish', 3, null, 'a'] },
      { on: 0, command: ['createStream', 4, null] },
    ]);
  });

  test('refused: by whom it is told, what the server said, whatever else is in it', () => {
    const scene = connecting('play');
    const information = {
      level: 'error',
      code: 'NetConnection.Connect.Rejected',
      description: 'try there',
      ex: { code: 302, redirect: 'rtmp://b/live' },
    };
    scene.command('_error', 1, null, information);
    expect(scene.told).toEqual([
      ['refused', { code: information.code, description: 'try there', information }],
    ]);
    expect(scene.dialogue.state).toBe('over');
    expect(scene.dialogue.isOver).toBe(true);
  });

  test.each([
    { what: 'nothing', args: [] },
    { what: 'null', args: [null, null] },
    { what: 'text', args: [null, 'no'] },
    { what: 'a code that is no text', args: [null, { code: 5, description: ['no'] }] },
  ])('refused with $what: told all the same', ({ args }) => {
    const scene = connecting('play');
    scene.command('_error', 1, ...args);
    const description = 'the server refused in state connecting';
    expect(scene.told).toMatchObject([['refused', { code: '_error', description }]]);
  });

  test('refused by `close`', () => {
    const scene = connecting('play');
    scene.command('close', 0, null);
    expect(scene.told).toMatchObject([
      ['refused', { code: 'close', description: 'the server closed the connection' }],
    ]);
  });
});

describe('createStream', () => {
  test('leads to play, from the live edge only, and Set Buffer Length', () => {
    const scene = connecting('play');
    scene.command('_result', 1, null, success);
    scene.heard();
    scene.command('_result', 4, null, 3);
    expect(scene.dialogue.messageStreamId).toBe(3);
    expect(scene.heard()).toEqual([
      { on: 3, command: ['play', 5, null, 'a', -1000] },
      ['Set Buffer Length', 3, 3000],
    ]);
  });

  test('leads to publish', () => {
    const scene = connecting('publish');
    scene.command('_result', 1, null, success);
    scene.heard();
    scene.command('_result', 4, null, 1);
    expect(scene.heard()).toEqual([{ on: 1, command: ['publish', 5, null, 'a', 'live'] }]);
  });

  test.each([0, -1, 1.5, 2 ** 32, Number.NaN, null, undefined, '1', {}])(
    'answered with %o for an id is a refusal',
    (id) => {
      const scene = connecting('play');
      scene.command('_result', 1, null, success);
      scene.heard();
      scene.command('_result', 4, null, id);
      const description = 'the server sent no message stream id';
      expect(scene.told.at(-1)).toMatchObject(['refused', { code: 'createStream', description }]);
      expect(scene.heard()).toEqual([]);
    },
  );

  test('answered out of turn, twice or under another id is ignored', () => {
    const scene = connecting('play');
    scene.command('_result', 4, null, 7);
    scene.command('_result', 1, null, success);
    scene.command('_result', 1, null, success);
    scene.command('_result', 3, null, 7);
    scene.command('_result', Number.NaN, null, 7);
    expect(scene.dialogue.state).toBe('creating');
    scene.command('_result', 4, null, 1);
    scene.command('_result', 4, null, 2);
    expect(scene.dialogue.messageStreamId).toBe(1);
    expect(scene.told).toHaveLength(1);
  });

  test('refused', () => {
    const scene = connecting('play');
    scene.command('_result', 1, null, success);
    scene.command('_error', 4, null, { code: 'NetConnection.Call.Failed', description: 'no more' });
    expect(scene.told.at(-1)).toMatchObject(['refused', { description: 'no more' }]);
  });

  test('releaseStream and FCPublish may fail', () => {
    const scene = connecting('publish');
    scene.command('_result', 1, null, success);
    scene.command('_error', 2, null, { code: 'NetConnection.Call.Failed' });
    scene.command('_error', 3, null, { code: 'NetConnection.Call.Failed' });
    scene.command('_result', 4, null, 1);
    expect(scene.dialogue.state).toBe('starting');
  });
});

describe('a player', () => {
  test('starts at the status, once', () => {
    const scene = ClientScene.starting('play');
    scene.status('NetStream.Play.Reset');
    scene.status('NetStream.Play.Start');
    scene.status('NetStream.Play.Start');
    expect(scene.told.map(([name]) => name)).toEqual(['status', 'started']);
    expect(scene.dialogue.state).toBe('started');
  });

  test('starts at media when the status is late', () => {
    const scene = ClientScene.starting('play');
    scene.message(8, hex('af00'), 1, 40);
    scene.status('NetStream.Play.Start');
    expect(scene.told).toEqual([
      ['started', {}],
      ['media', 8, 40, hex('af00')],
    ]);
  });

  test('is told the media of its message stream, of aggregates too, and what a server sends on 0', () => {
    const scene = ClientScene.started('play');
    scene.message(18, encodeAmf0('onMetaData', {}), 1);
    scene.message(9, hex('1700'), 1, 0xffffffff);
    scene.message(
      22,
      hex('08 000001 000000 00 000000 af 0000000c 14 000000 000000 00 000000 0000000b'),
      1,
      7,
    );
    scene.message(8, hex('af01'), 0);
    scene.message(8, hex('af00'), 2);
    scene.message(19, hex('00'), 1);
    expect(scene.told).toEqual([
      ['media', 18, 0, encodeAmf0('onMetaData', {})],
      ['media', 9, 0xffffffff, hex('1700')],
      ['media', 8, 7, hex('af')],
      ['media', 8, 0, hex('af01')],
    ]);
  });

  test.each(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop', 'NetStream.Play.Complete'])(
    'ends at %s',
    (code) => {
      const scene = ClientScene.started('play');
      scene.status(code);
      scene.message(4, hex('0001 00000001'));
      scene.message(8, hex('af00'), 1);
      scene.status('NetStream.Play.Failed', 'error');
      scene.status('NetStream.Play.PublishNotify');
      scene.command('anything', 5, null);
      expect(scene.told).toEqual([['ended', code]]);
      expect(scene.heard()).toEqual([]);
    },
  );

  test('ends at Stream EOF of its own message stream', () => {
    const scene = ClientScene.started('play');
    scene.message(4, hex('0001 00000002'));
    expect(scene.told).toEqual([]);
    scene.message(4, hex('0001 00000001'));
    expect(scene.told).toEqual([['ended', 'the server sent Stream EOF']]);
  });

  test('leaves what follows the end in the same read', () => {
    const scene = ClientScene.started('play');
    const end = encodeAmf0('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.UnpublishNotify' });
    const notify = encodeAmf0('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.PublishNotify' });
    const call = encodeAmf0('anything', 5, null);
    scene.dialogue.receive(
      Buffer.concat([chunks(20, end, 1), chunks(8, hex('af00'), 1), chunks(20, notify, 1), chunks(20, call)]),
    );
    expect(scene.told.map(([name]) => name)).toEqual(['ended']);
    expect(scene.heard()).toEqual([]);
  });

  test('is told what came with the status that starts it', () => {
    const scene = ClientScene.starting('play');
    scene.status('NetStream.Play.Start', 'status', { streampumpPath: ['r1'] });
    expect(scene.told).toMatchObject([['started', { streampumpPath: ['r1'] }]]);
  });

  test('may be told that there is nothing yet, before it starts; Stream EOF ends nothing then', () => {
    const scene = ClientScene.starting('play');
    scene.message(4, hex('0001 00000001'));
    scene.message(4, hex('0002 00000001'));
    expect(scene.told).toEqual([['dry', true]]);
  });

  test('is told Stream Dry and its end', () => {
    const scene = ClientScene.started('play');
    scene.message(4, hex('0002 00000001'));
    scene.message(4, hex('0000 00000001'));
    scene.message(4, hex('0002 00000000'));
    expect(scene.told).toEqual([
      ['dry', true],
      ['dry', false],
    ]);
  });

  test.each(['NetStream.Play.StreamNotFound', 'NetStream.Play.Failed'])('is refused by %s', (code) => {
    const scene = ClientScene.starting('play');
    scene.status(code, 'error', { description: 'there is no stream a' });
    expect(scene.told).toMatchObject([['refused', { code, description: 'there is no stream a' }]]);
  });

  test('is told any other status', () => {
    const scene = ClientScene.started('play');
    scene.status('NetConnection.Connect.ReconnectRequest', 'status', { tcUrl: '/other' });
    expect(scene.told).toMatchObject([
      ['status', 'NetConnection.Connect.ReconnectRequest', { tcUrl: '/other' }],
    ]);
  });

  test('that finishes deletes its message stream and is told nothing more', () => {
    const scene = ClientScene.started('play');
    scene.dialogue.finish();
    scene.dialogue.finish();
    expect(scene.heard()).toEqual([{ on: 0, command: ['deleteStream', 0, null, 1] }]);
    scene.message(8, hex('af00'), 1);
    scene.status('NetStream.Play.Stop');
    expect(scene.told).toEqual([]);
  });
});

describe('a publisher', () => {
  test('starts at the status, sends media, and finishes', () => {
    const scene = ClientScene.starting('publish');
    scene.status('NetStream.Publish.Start');
    expect(scene.told).toEqual([['started', { level: 'status', code: 'NetStream.Publish.Start' }]]);
    scene.dialogue.sendMedia(9, 0x01000000, hex('1700'));
    scene.dialogue.finish();
    expect(scene.heard()).toEqual([
      { on: 1, type: 9, timestamp: 0x01000000, payload: '1700' },
      { on: 0, command: ['FCUnpublish', 0, null, 'a'] },
      { on: 0, command: ['deleteStream', 0, null, 1] },
    ]);
  });

  test.each(['starting', 'started'] as const)('is refused while %s', (when) => {
    const scene = ClientScene[when]('publish');
    scene.status('NetStream.Publish.BadName', 'error', { description: 'taken over' });
    expect(scene.told).toMatchObject([
      ['refused', { code: 'NetStream.Publish.BadName', description: 'taken over' }],
    ]);
    scene.dialogue.finish();
    expect(scene.heard()).toEqual([]);
  });

  test('ignores media and Stream EOF', () => {
    const scene = ClientScene.started('publish');
    scene.message(8, hex('af00'), 1);
    scene.message(4, hex('0001 00000001'));
    expect(scene.told).toEqual([]);
  });
});

describe('any client', () => {
  test.each(['_onbwcheck', 'unheardOf'])('answers %s when an answer is wanted', (name) => {
    const scene = ClientScene.started('play');
    scene.command(name, 6, null, 'x');
    scene.command(name, 0, null);
    expect(scene.heard()).toEqual([{ on: 0, command: ['_result', 6, null, null] }]);
  });

  test.each(['play', 'publish'] as const)(
    'that does %s answers pings, sends them and counts the answers',
    (does) => {
      const scene = ClientScene.started(does);
      scene.message(4, hex('0006 0000002a'));
      scene.dialogue.ping(43);
      expect(scene.heard()).toEqual([
        ['ping response', 42],
        ['ping request', 43],
      ]);
      expect(scene.dialogue.pongs).toBe(0);
      scene.message(4, hex('0007 0000002b'));
      expect(scene.dialogue.pongs).toBe(1);
    },
  );

  test('that finishes before it has a message stream says nothing', () => {
    const scene = connecting('publish');
    scene.dialogue.finish();
    scene.command('_result', 1, null, success);
    expect(scene.heard()).toEqual([]);
    expect(scene.told).toEqual([]);
  });

  test('may finish as soon as it is told that it started', () => {
    const scene = ClientScene.starting('play', ({ dialogue }) => ({ onStarted: () => dialogue.finish() }));
    const start = encodeAmf0('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.Start' });
    scene.dialogue.receive(Buffer.concat([chunks(20, start, 1), chunks(8, hex('af00'), 1)]));
    expect(scene.told.map(([name]) => name)).toEqual(['started']);
    expect(scene.heardNames()).toEqual(['deleteStream 0 on 0']);
  });
});
