import { ByteQueue } from '../../../src/bytes/byte-queue.ts';
import { ProtocolError } from '../../../src/errors.ts';
import { ChunkReader } from '../../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { splitAuthmod } from '../../../src/protocol/rtmp/dialogue/authmod.ts';
import { ClientDialogue } from '../../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import type { PeerCall } from '../../../src/protocol/rtmp/dialogue/open-calls.ts';
import type { StreamRequest } from '../../../src/protocol/rtmp/dialogue/server-commands.ts';
import { ServerDialogue } from '../../../src/protocol/rtmp/dialogue/server-dialogue.ts';
import { ClientHandshake, ServerHandshake } from '../../../src/protocol/rtmp/handshake/handshake.ts';
import { AggregateReader } from '../../../src/protocol/rtmp/message/aggregate.ts';
import { decodeCommand, decodeDataMessage } from '../../../src/protocol/rtmp/message/command-message.ts';
import {
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAcknowledgementSize,
} from '../../../src/protocol/rtmp/message/control-message.ts';
import { isCommandType } from '../../../src/protocol/rtmp/message/message.ts';
import { decodeUserControl } from '../../../src/protocol/rtmp/message/user-control.ts';
import { decodePath } from '../../../src/protocol/rtmp/relay-path.ts';
import type { WorkMeter } from '../../../src/protocol/work-meter.ts';
import { captures } from '../engine/corpus.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { amfTokens } from './amf-targets.ts';
import { rtmpChunks, rtmpMessages } from './seed-material.ts';
import {
  bytesTarget,
  outcomeOf,
  planOf,
  type StreamReader,
  streamTarget,
  type TargetPlan,
  textTarget,
} from './target-plan.ts';

/** Small, so that they are met. */
const limits = { messageBytes: 2 ** 15, partialBytes: 2 ** 16, chunkStreams: 12 };

/** Headers of chunks, and messages of the protocol's control. */
export const chunkTokens: readonly Buffer[] = [
  ...[
    '02000000000004010000000000000001',
    '0200000000000401000000007fffffff',
    '020000000000040100000000ffffffff',
  ],
  ...[
    '02000000000004020000000000000003',
    '02000000000004050000000000000001',
    '020000000000050600000000ffffffff02',
  ],
  ...[
    '0200000000000604000000000006ffffffff',
    '03ffffff00000108000000ffffffff',
    '43ffffff000001080000ffff',
    'c3ffffffff',
  ],
  ...[
    '00ff00000000000108',
    '01ffff000000000001080000',
    '3f',
    '40',
    '41',
    '80',
    '83',
    'c3',
    '03000000ffffff1400000000',
  ],
].map((hex) => Buffer.from(hex, 'hex'));

function handshake(
  direction: 'to-server' | 'to-client',
  open: () => ServerHandshake | ClientHandshake,
): TargetPlan {
  const material = { seeds: () => captures(direction, 'rtmp-').map(({ bytes }) => bytes.subarray(0, 3200)) };
  return planOf(material, true, (pieces) => {
    const exchange = open();
    const received = new ByteQueue();
    const sent: Buffer[] = [];
    let isDone = false;
    return [
      outcomeOf([ProtocolError], () => {
        for (const piece of pieces) {
          received.push(piece);
          if (isDone) continue;
          const { send, done } = exchange.advance(received);
          if (send !== undefined) sent.push(send);
          isDone = done;
        }
      }),
      ...[Buffer.concat(sent), isDone, isDone ? received.length : 0],
    ];
  });
}

/** What a dialogue tells of whatever it is asked. */
function serverDialogue(meter: WorkMeter): StreamReader {
  const told: unknown[] = [];
  const note =
    (name: string, react: (...args: never[]) => void = () => {}) =>
    (...args: unknown[]): void => {
      told.push([name, ...args]);
      react(...(args as never[]));
    };
  const status = { level: 'status', code: 'NetStream.Publish.BadName', description: 'no' } as const;
  const dialogue: ServerDialogue = new ServerDialogue(
    {
      send: () => {}, // when it acknowledges follows from how the bytes come
      onConnect: note('connect', ({ app }: { app: string }) => {
        if (app === 'no') dialogue.refuseConnect('no');
        else dialogue.acceptConnect();
      }),
      onPublish: note('publish', ({ messageStreamId: id, streamName }: StreamRequest) => {
        if (streamName === 'no') dialogue.refusePublish(id, status);
        else dialogue.acceptPublish(id, 'yes');
      }),
      onPlay: note('play', ({ messageStreamId: id }: StreamRequest) => {
        dialogue.startPlay(id, 'yes');
        dialogue.callPeer('ask', [1], note('answer'));
      }),
      onCall: note('call', ({ transactionId }: PeerCall) => dialogue.answerCall(transactionId, 1)),
      onStop: note('stop'),
      onPause: note('pause'),
      onReceive: note('receive'),
      onMedia: note('media'),
    },
    limits,
    meter,
  );
  return readerOf(dialogue, told);
}

function clientDialogue(does: 'play' | 'publish') {
  return (meter: WorkMeter): StreamReader => {
    const told: unknown[] = [];
    const note =
      (name: string) =>
      (...args: unknown[]): void => {
        told.push([name, ...args]);
      };
    const dialogue = new ClientDialogue(
      {
        send: () => {}, // when it acknowledges follows from how the bytes come
        onConnected: note('connected'),
        onStarted: note('started'),
        onMedia: note('media'),
        onRefused: note('refused'),
        onEnded: note('ended'),
        onStatus: note('status'),
        onDry: note('dry'),
      },
      { app: 'live', tcUrl: 'rtmp://origin/live', streamName: 'a', does },
      limits,
      meter,
    );
    dialogue.start();
    return readerOf(dialogue, told);
  };
}

/** A dialogue as what reads a stream: its values are what it has told. */
function readerOf(
  dialogue: Pick<ServerDialogue, 'proceed' | 'receive'> & { readonly partialBytes?: number },
  told: unknown[],
): StreamReader {
  let fresh: Buffer | undefined;
  return {
    push: (piece) => {
      fresh = piece;
    },
    *values() {
      const bytes = fresh;
      fresh = undefined;
      try {
        if (bytes === undefined) dialogue.proceed();
        else dialogue.receive(bytes);
      } finally {
        yield* told.splice(0);
      }
    },
    get partialBytes() {
      return dialogue.partialBytes ?? 0;
    },
  };
}

export const rtmpTargets: Readonly<Record<string, TargetPlan>> = {
  'rtmp-handshake-server': handshake('to-server', () => new ServerHandshake()),
  'rtmp-handshake-client': handshake('to-client', () => new ClientHandshake()),
  'rtmp-chunks': streamTarget(
    { seeds: () => [...rtmpChunks('to-server'), ...rtmpChunks('to-client')], tokens: chunkTokens },
    2 * limits.partialBytes,
    (meter) => {
      const queue = new ByteQueue();
      const reader = new ChunkReader(queue, limits, meter);
      return {
        push: (piece) => queue.push(piece),
        values: () => reader.messages(),
        get partialBytes() {
          if (reader.partialBytes > limits.partialBytes)
            throw new FuzzFault('partial', `${reader.partialBytes} bytes of incomplete messages`);
          return queue.length + reader.partialBytes;
        },
      };
    },
  ),
  'rtmp-server-dialogue': streamTarget(
    {
      seeds: () => captures('to-server', 'rtmp-').map(({ bytes }) => bytes),
      tokens: [...amfTokens, ...chunkTokens],
    },
    2 * limits.partialBytes,
    serverDialogue,
  ),
  'rtmp-client-dialogue-play': streamTarget(
    {
      seeds: () => captures('to-client', 'rtmp-').map(({ bytes }) => bytes),
      tokens: [...amfTokens, ...chunkTokens],
    },
    0,
    clientDialogue('play'),
  ),
  'rtmp-client-dialogue-publish': streamTarget(
    {
      seeds: () => captures('to-client', 'rtmp-').map(({ bytes }) => bytes),
      tokens: [...amfTokens, ...chunkTokens],
    },
    0,
    clientDialogue('publish'),
  ),
  'rtmp-command': bytesTarget(
    {
      seeds: () =>
        rtmpMessages()
          .filter(({ type }) => isCommandType(type))
          .map(({ type, payload }) => Buffer.concat([Buffer.of(type), payload])),
      tokens: amfTokens,
    },
    (bytes) => {
      const payload = bytes.subarray(1);
      const type = bytes[0] === 17 ? 17 : 20;
      const command = decodeCommand({ type, payload, timestamp: 0, messageStreamId: 0 });
      return [command, command.args.map((arg) => decodePath(arg))];
    },
  ),
  'rtmp-data': bytesTarget(
    {
      seeds: () =>
        rtmpMessages()
          .filter(({ type }) => type === 18)
          .map(({ payload }) => payload),
      tokens: amfTokens,
    },
    (bytes) => decodeDataMessage(bytes),
  ),
  'rtmp-control': bytesTarget(
    {
      seeds: () =>
        rtmpMessages()
          .filter(({ type }) => type < 7)
          .map(({ payload }) => payload),
    },
    (bytes) =>
      [
        decodeSetChunkSize,
        decodeAbort,
        decodeAcknowledgement,
        decodeWindowAcknowledgementSize,
        decodeSetPeerBandwidth,
        decodeUserControl,
      ].map((decode) => outcomeOf([ProtocolError], (values) => values.push(decode(bytes)))),
  ),
  'rtmp-aggregate': bytesTarget(
    {
      seeds: () =>
        captures('to-server', 'http-publish').map(({ bytes }) =>
          bytes.subarray(bytes.indexOf('FLV') + 13).subarray(0, 4000),
        ),
    },
    (payload) => {
      const reader = new AggregateReader({ type: 22, timestamp: 0xffff_fff0, messageStreamId: 1, payload });
      const parts: unknown[] = [];
      for (let part = reader.read(); part !== undefined; part = reader.read()) parts.push(part);
      if (parts.length > payload.length / 11) throw new FuzzFault('parts', `${parts.length} parts`);
      return parts;
    },
  ),
  'rtmp-authmod': textTarget(
    {
      seeds: () => [
        'live?authmod=adobe&user=alice',
        'live?authmod=adobe&user=alice&challenge=AAAA&response=abc%3D&opaque=xyz=',
        'live/x?k=v&authmod=llnw&user=b&nonce=1&cnonce=2&nc=00000001&response=0',
      ],
      tokens: ['authmod=adobe', 'user=', 'challenge=', 'response=', 'opaque=', '&', '?', '%', '%zz'],
    },
    (text) => splitAuthmod(text),
  ),
};
