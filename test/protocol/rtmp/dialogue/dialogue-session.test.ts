import { describe, expect, test } from 'vitest';
import { encodeAmf0, readAmf0String } from '../../../../src/protocol/amf/amf0.ts';
import type { ChunkReaderLimits } from '../../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { ClientDialogue, type ClientIntent } from '../../../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import {
  ServerDialogue,
  type ServerDialogueHandler,
} from '../../../../src/protocol/rtmp/dialogue/server-dialogue.ts';
import { StatusCode } from '../../../../src/protocol/rtmp/dialogue/status.ts';
import { UserControlEvent } from '../../../../src/protocol/rtmp/message/user-control.ts';
import { DialoguePair } from '../../../support/dialogue-pair.ts';

const limits: ChunkReaderLimits = { messageBytes: 2 ** 20, partialBytes: 2 ** 21, chunkStreams: 16 };

/** Both ends of one connection; what each of them is told is noted in order, as lines. */
function connection(
  does: ClientIntent['does'],
  answers: (server: ServerDialogue) => Partial<ServerDialogueHandler>,
  pieceBytes?: number,
) {
  const pair = new DialoguePair(pieceBytes);
  const told: string[] = [];
  const note = (line: string): void => {
    told.push(line);
  };
  const media = (type: number, timestamp: number, payload: Buffer): string =>
    type === 18
      ? `${readAmf0String(payload)?.value} @${timestamp}`
      : `${type} @${timestamp}: ${payload.length} bytes, the last ${payload.at(-1)}`;
  const server: ServerDialogue = new ServerDialogue(
    {
      send: pair.sendToClient,
      onConnect: ({ app, tcUrl }) => {
        note(`server: connect ${app} ${tcUrl}`);
        const { onConnect = () => server.acceptConnect() } = answers(server);
        onConnect({ app, tcUrl, flashVer: '', objectEncoding: 0, commandObject: {}, extraArgs: [] });
      },
      onPublish: (request) => {
        note(`server: publish ${request.streamName} on ${request.messageStreamId}`);
        answers(server).onPublish?.(request);
      },
      onPlay: (request) => {
        note(`server: play ${request.streamName} on ${request.messageStreamId}`);
        answers(server).onPlay?.(request);
      },
      onStop: (id) => note(`server: stop ${id}`),
      onPause: () => note('server: pause'),
      onReceive: () => note('server: receive'),
      onMedia: (id, type, timestamp, payload) =>
        note(`server: media ${media(type, timestamp, payload)} on ${id}`),
    },
    limits,
  );
  const client = new ClientDialogue(
    {
      send: pair.sendToServer,
      onConnected: ({ code }) => note(`client: ${String(code)}`),
      onStarted: () => note('client: started'),
      onMedia: (type, timestamp, payload) => note(`client: media ${media(type, timestamp, payload)}`),
      onRefused: ({ code, description }) => note(`client: refused, ${code}, ${description}`),
      onEnded: (reason) => note(`client: ended, ${reason}`),
      onStatus: (code) => note(`client: ${code}`),
      onDry: (isDry) => note(`client: dry ${isDry}`),
    },
    { does, app: 'live', tcUrl: 'rtmp://origin/live', streamName: 'a' },
    limits,
  );
  client.start();
  const settle = (): string[] => {
    pair.settle(client, server);
    return told.splice(0);
  };
  return { client, server, pair, settle };
}

const keyframe = Buffer.alloc(200_000, 0x17);
keyframe[199_999] = 0xee;
const metadata = encodeAmf0('onMetaData', { width: 1920 });

const pieces = [{ pieceBytes: 1 }, { pieceBytes: 7 }, { pieceBytes: 1460 }, { pieceBytes: 2 ** 20 }];

describe.each(pieces)('both ends, with $pieceBytes bytes at most in a read', ({ pieceBytes }) => {
  test('play, from connect to the end of the stream', () => {
    const { server, pair, settle } = connection(
      'play',
      (self) => ({ onPlay: ({ messageStreamId }) => self.startPlay(messageStreamId, 'playing a') }),
      pieceBytes,
    );
    expect(settle()).toEqual([
      'server: connect live rtmp://origin/live',
      'client: NetConnection.Connect.Success',
      'server: play a on 1',
      'client: dry false',
      'client: NetStream.Play.Reset',
      'client: started',
      'client: media |RtmpSampleAccess @0',
    ]);

    const send = (type: number, timestamp: number, payload: Buffer): void =>
      pair.sendToClient(encodeChunks({ type, timestamp, messageStreamId: 1 }, payload));
    send(18, 0, metadata);
    send(9, 0x01000000, keyframe);
    send(8, 0xffffffff, Buffer.from([0xaf]));
    server.userControl(UserControlEvent.streamDry, 1);
    server.endPlay(1, {
      level: 'status',
      code: StatusCode.playUnpublishNotify,
      description: 'a is no longer published',
    });
    expect(settle()).toEqual([
      'client: media onMetaData @0',
      'client: media 9 @16777216: 200000 bytes, the last 238',
      'client: media 8 @4294967295: 1 bytes, the last 175',
      'client: dry true',
      'client: ended, NetStream.Play.UnpublishNotify',
    ]);
  });

  test('publish, from connect to the end of the stream', () => {
    const { client, settle } = connection(
      'publish',
      (self) => ({
        onPublish: ({ messageStreamId }) => self.acceptPublish(messageStreamId, 'a is published'),
      }),
      pieceBytes,
    );
    expect(settle()).toEqual([
      'server: connect live rtmp://origin/live',
      'client: NetConnection.Connect.Success',
      'server: publish a on 1',
      'client: started',
    ]);
    client.sendMedia(18, 0, metadata);
    client.sendMedia(9, 0x01000000, keyframe);
    client.finish();
    expect(settle()).toEqual([
      'server: media onMetaData @0 on 1',
      'server: media 9 @16777216: 200000 bytes, the last 238 on 1',
      'server: stop 1',
    ]);
  });
});

describe('refusals', () => {
  test('of connect', () => {
    const { client, settle } = connection('play', (self) => ({
      onConnect: () => self.refuseConnect('your address is not on the list'),
    }));
    expect(settle()).toEqual([
      'server: connect live rtmp://origin/live',
      'client: refused, NetConnection.Connect.Rejected, your address is not on the list',
    ]);
    client.finish();
    expect(settle()).toEqual([]);
  });

  test('of publish', () => {
    const { settle } = connection('publish', (self) => ({
      onPublish: ({ messageStreamId }) =>
        self.refusePublish(messageStreamId, {
          level: 'error',
          code: StatusCode.publishBadName,
          description: 'a is already published',
        }),
    }));
    expect(settle().at(-1)).toBe('client: refused, NetStream.Publish.BadName, a is already published');
  });

  test('of a play that waited', () => {
    const { server, settle } = connection('play', () => ({}));
    expect(settle().at(-1)).toBe('server: play a on 1');
    server.endPlay(1, {
      level: 'error',
      code: StatusCode.playStreamNotFound,
      description: 'there is no stream a, and none came in time',
    });
    expect(settle()).toEqual([
      'client: refused, NetStream.Play.StreamNotFound, there is no stream a, and none came in time',
    ]);
  });
});

test('the server may take its time to answer: it holds, and all that follows waits', () => {
  const { client, server, settle } = connection('publish', (self) => ({ onPublish: () => self.hold() }));
  expect(settle().at(-1)).toBe('server: publish a on 1');
  client.sendMedia(9, 0, keyframe); // some encoders do not wait for the answer
  expect(settle()).toEqual([]);
  server.acceptPublish(1, 'a is published');
  server.release();
  expect(settle()).toEqual(['server: media 9 @0: 200000 bytes, the last 238 on 1', 'client: started']);
});

test('pings are answered in both directions', () => {
  const { client, server, settle } = connection('publish', (self) => ({
    onPublish: ({ messageStreamId }) => self.acceptPublish(messageStreamId, 'a is published'),
  }));
  settle();
  server.ping(1);
  client.ping(2);
  server.ping(3);
  settle();
  expect(server.pongs).toBe(2);
});
