import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { simpleClientHandshake } from '../server-scene.ts';
import type { Caller } from './caller.ts';
import type { Verb } from './verb.ts';

/** The app of all streams here, and the one that is live. */
export const APP = 'live';
export const LIVE = 'on';

const handshakeAnswerBytes = 1 + 2 * 1536;
const empty = Buffer.alloc(0);
const keyframe = Buffer.concat([Buffer.from('1701000000', 'hex'), Buffer.alloc(95)]);

function message(type: number, payload: Buffer, on: number, timestamp = 0): Buffer {
  return encodeChunks({ type, timestamp, messageStreamId: on }, payload, 128);
}

function call(on: number, name: string, transactionId: number, ...values: AmfValue[]): Buffer {
  return message(20, encodeAmf0(name, transactionId, ...values), on);
}

let pings = 0;

/** Asks for a sign of life and waits for it: all that was sent before has been acted on. */
async function settle(caller: Caller): Promise<void> {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(++pings);
  caller.send(message(4, Buffer.concat([Buffer.from('0006', 'hex'), number]), 0));
  await caller.hear(Buffer.concat([Buffer.from('0007', 'hex'), number]));
}

async function connect(caller: Caller): Promise<void> {
  caller.send(simpleClientHandshake);
  const tcUrl = `rtmp://127.0.0.1/${APP}`;
  caller.send(
    call(0, 'connect', 1, amfObject({ app: APP, tcUrl, flashVer: 'FMLE/3.0', type: 'nonprivate' })),
  );
  await caller.hear(Buffer.from('onBWDone'));
}

/** Connects and creates message stream 1. */
async function open(caller: Caller): Promise<void> {
  await connect(caller);
  caller.send(call(0, 'createStream', 2, null));
  await settle(caller);
}

function playing(name: string): (caller: Caller) => Promise<void> {
  return async (caller) => {
    await open(caller);
    caller.send(call(1, 'play', 0, null, name));
    await settle(caller);
  };
}

let published = 0;

async function publishing(caller: Caller): Promise<void> {
  await open(caller);
  caller.send(call(1, 'publish', 3, null, `own${++published}`, 'live'));
  caller.send(message(9, keyframe, 1));
  await settle(caller);
}

/** Says the same again and again; what differs from time to time is made of its number. */
function repeated(
  name: string,
  bytesOf: (i: number) => Buffer,
  more: Partial<Pick<Verb, 'connections' | 'times' | 'prepare'>> = {},
): Verb {
  return {
    protocol: 'RTMP',
    name,
    connections: 10,
    times: 400,
    prepare: open,
    async run(caller, times) {
      caller.send(Buffer.concat(Array.from({ length: times }, (_, i) => bytesOf(i))));
      await settle(caller);
    },
    ...more,
  };
}

/** Publishers and players may ask for so much at once on each connection. */
const asked = { connections: 40, times: 12 };

/** Every verb of RTMP. */
export const rtmpVerbs: readonly Verb[] = [
  repeated('releaseStream', () => call(0, 'releaseStream', 5, null, 'stream name')),
  {
    protocol: 'RTMP',
    name: 'handshake',
    connections: 300,
    times: 1,
    async run(caller) {
      caller.send(simpleClientHandshake.subarray(0, 1537));
      await caller.hear(handshakeAnswerBytes);
    },
  },
  { protocol: 'RTMP', name: 'connect', connections: 300, times: 1, run: connect },
  repeated('createStream', () => call(0, 'createStream', 5, null)),
  repeated('an unknown call', () => call(0, 'nonsense', 5, null, 'stream name')),
  repeated('a shared object', () => message(19, sharedObjectUse, 0)),
  repeated('getStreamLength', () => call(0, 'getStreamLength', 5, null, 'stream name')),
  repeated('FCSubscribe', () => call(0, 'FCSubscribe', 5, null, 'stream name')),
  repeated('seek', () => call(1, 'seek', 0, null, 1000)),
  repeated('play2', () => call(1, 'play2', 0, null, amfObject({ streamName: 'stream name' }))),
  repeated('ping', (i) => message(4, Buffer.of(0, 6, 0xff, 0, i >> 8, i), 0)),
  repeated('Set Peer Bandwidth', (i) => message(6, Buffer.of(0, 0, 1, i, 0), 0)),
  repeated('Window Acknowledgement Size', () => message(5, Buffer.of(0, 0, 0, 1), 0)),
  repeated('publish', (i) => call((i % 12) + 1, 'publish', 3, null, `other${++published}`, 'live'), asked),
  repeated(
    'publish and deleteStream',
    () => Buffer.concat([call(1, 'publish', 3, null, 'again', 'live'), call(1, 'deleteStream', 0, null, 1)]),
    asked,
  ),
  repeated('publish, refused', () => call(1, 'publish', 3, null, '../up', 'live'), {
    connections: 300,
    times: 1, // it is sent away
  }),
  repeated('play of what is live', () => call(1, 'play', 0, null, LIVE), asked),
  repeated('play of what is not there', () => call(1, 'play', 0, null, 'none'), asked),
  repeated('play, refused', () => call(1, 'play', 0, null, '../up'), asked),
  repeated('pause', (i) => call(1, 'pause', 0, null, i % 2 === 0, 0), { prepare: playing(LIVE) }),
  repeated('receiveVideo', (i) => call(1, 'receiveVideo', 0, null, i % 2 === 1), { prepare: playing(LIVE) }),
  repeated('deleteStream', () => call(0, 'deleteStream', 0, null, 1)),
  repeated('audio', (i) => message(8, Buffer.from('af0101020304', 'hex'), 1, i), { prepare: publishing }),
  repeated('audio, empty', (i) => message(8, empty, 1, i), { prepare: publishing }),
  repeated('video, empty', (i) => message(9, empty, 1, i), { prepare: publishing }),
  repeated('a keyframe', (i) => message(9, keyframe, 1, i), { prepare: publishing }),
  repeated('a header', (i) => message(9, Buffer.of(0x17, 0, 0, 0, 0, i), 1, i), { prepare: publishing }),
  repeated('data', (i) => message(18, encodeAmf0('onTextData', i), 1, i), { prepare: publishing }),
  repeated('data, empty', (i) => message(18, empty, 1, i), { prepare: publishing }),
  repeated('an aggregate of empty parts', (i) => message(22, Buffer.alloc(15 * 100, aggregatePart), 1, i), {
    prepare: publishing,
    times: 10,
  }),
];

/** Asks to use the shared object `users`. */
const sharedObjectUse = Buffer.from('00057573657273000000000000000000000000' + '0100000000', 'hex');

/** A part of an aggregate: empty audio, with its back pointer. */
const aggregatePart = Buffer.from('0800000000000000000000' + '0000000b', 'hex');
