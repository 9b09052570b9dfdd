import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import type { AmfValue } from '../../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ServerScene } from '../../../support/server-scene.ts';

/** A relay that takes every publisher and has every stream. */
function willing(): ServerScene {
  return ServerScene.connected(({ dialogue }) => ({
    onPublish: ({ messageStreamId }) => dialogue.acceptPublish(messageStreamId, 'published'),
    onPlay: ({ messageStreamId }) => dialogue.startPlay(messageStreamId, 'playing'),
  }));
}

describe('messages that break the protocol', () => {
  test.each([
    { what: 'a command without a name', type: 20, payload: '', code: 'RTMP_COMMAND_INVALID' },
    {
      what: 'a command that begins with a number',
      type: 20,
      payload: '00 0000000000000000',
      code: 'RTMP_COMMAND_INVALID',
    },
    { what: 'a command of type 17 without a name', type: 17, payload: '00', code: 'RTMP_COMMAND_INVALID' },
    { what: 'a command cut in its name', type: 20, payload: '020007 636f', code: 'AMF_TRUNCATED' },
    {
      what: 'a command with a long string of 4 GB',
      type: 20,
      payload: '0c ffffffff 61',
      code: 'AMF_VALUE_INVALID',
    },
    {
      what: 'a command with an array of 2^32 - 1',
      type: 20,
      payload: '020001 61 0a ffffffff',
      code: 'AMF_TOO_MANY_VALUES',
    },
    {
      what: 'a command with an object without end',
      type: 20,
      payload: '020001 61 03 000161',
      code: 'AMF_TRUNCATED',
    },
    {
      what: 'a command cut in a value of AMF3',
      type: 17,
      payload: '00 020001 61 11 0a',
      code: 'AMF_TRUNCATED',
    },
    {
      what: 'a command with an unknown class',
      type: 17,
      payload: '00 020001 61 11 0a 07 03 61',
      code: 'AMF_CLASS_UNKNOWN',
    },
    { what: 'an aggregate cut in a part', type: 22, payload: '08 000002 00', code: 'RTMP_PAYLOAD_TRUNCATED' },
    { what: 'User Control without an event', type: 4, payload: '00', code: 'RTMP_PAYLOAD_TRUNCATED' },
    { what: 'Set Chunk Size 0', type: 1, payload: '00000000', code: 'RTMP_CHUNK_SIZE_INVALID' },
    {
      what: 'Set Peer Bandwidth without its type',
      type: 6,
      payload: '00000001',
      code: 'RTMP_PAYLOAD_TRUNCATED',
    },
  ])('$what', ({ type, payload, code }) => {
    for (const scene of [willing(), new ServerScene()]) {
      expect(() => {
        if (!scene.dialogue.isOpen) scene.dialogue.receive(Buffer.concat([hex('03'), Buffer.alloc(3072)]));
        scene.message(type, hex(payload), 1);
      }).toThrowError(expect.objectContaining({ name: 'ProtocolError', code }));
    }
  });

  test('count from the one that does: those before it are acted on', () => {
    const scene = willing();
    const broken = Buffer.concat([
      encodeChunks({ type: 20, timestamp: 0, messageStreamId: 1 }, encodeAmf0('publish', 1, null, 'a'), 128),
      hex('03 000000 000001 14 00000000 00'),
    ]);
    expect(() => scene.dialogue.receive(broken)).toThrowError(ProtocolError);
    expect(scene.told).toMatchObject([['publish', { streamName: 'a' }]]);
  });

  test('as a garbled handshake do', () => {
    expect(() => new ServerScene().dialogue.receive(hex('47 45 54 20'))).toThrowError(
      expect.objectContaining({ code: 'RTMP_HANDSHAKE_NOT_RTMP' }),
    );
  });
});

const names = fc.constantFrom(
  'connect',
  'releaseStream',
  'FCPublish',
  'FCUnpublish',
  'FCSubscribe',
  'createStream',
  'publish',
  'play',
  'play2',
  'deleteStream',
  'closeStream',
  'getStreamLength',
  'pause',
  'pauseRaw',
  'receiveAudio',
  'receiveVideo',
  'seek',
  '_checkbw',
  '_result',
  'unheardOf',
);
const values: fc.Arbitrary<AmfValue> = fc.oneof(
  fc.constantFrom<AmfValue>(null, undefined, true, false, 0, 1, 2, -1, Number.NaN, 1e300, 'a', 'b', '', []),
  fc.string({ maxLength: 8 }),
  fc.double(),
  fc.dictionary(
    fc.constantFrom('app', 'tcUrl', 'flashVer', '__proto__'),
    fc.constantFrom<AmfValue>(null, 1, 'a', []),
  ),
);
const messageStreamIds = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, fc.constantFrom(32, 33, 0xffffffff));
const commands = fc.record({
  type: fc.constantFrom(20, 17),
  payload: fc
    .tuple(names, fc.array(values, { maxLength: 5 }))
    .map(([name, args]) => encodeAmf0(name, ...args)),
  messageStreamId: messageStreamIds,
});
const others = fc.record({
  type: fc.constantFrom(3, 4, 5, 8, 9, 15, 16, 18, 19, 255),
  payload: fc.uint8Array({ minLength: 4, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  messageStreamId: messageStreamIds,
});

test('any well-formed messages in any order are survived, and what is sent stays readable', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(commands, others), { maxLength: 40 }), (messages) => {
      const scene = willing();
      for (const { type, payload, messageStreamId } of messages)
        scene.message(type, payload, messageStreamId);
      scene.heard();
      const { streams } = scene.dialogue;
      const stops = scene.told.filter(([name]) => name === 'stop').length;
      const starts = scene.told.filter(([name]) => name === 'publish' || name === 'play').length;
      let busy = 0;
      for (let id = 1; id <= 32; id++) if (streams.stateOf(id) !== 'idle') busy++;
      expect(starts).toBe(stops + busy); // every wish is told, and its end is told once
    }),
    { numRuns: 300 },
  );
});

test('any bytes behind the handshake are survived, or they are a ProtocolError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (parts) => {
      const scene = willing();
      try {
        for (const part of parts) scene.dialogue.receive(Buffer.from(part));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      scene.heard();
    }),
    { numRuns: 500 },
  );
});

test('any command bodies are survived, or they are a ProtocolError', () => {
  const bodies = fc.tuple(names, fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.constantFrom(17, 20), bodies, messageStreamIds, (type, [name, tail], messageStreamId) => {
      const scene = willing();
      try {
        scene.message(type, Buffer.concat([encodeAmf0(name), tail]), messageStreamId);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
      scene.heard();
    }),
    { numRuns: 500 },
  );
});
