import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../../src/errors.ts';
import type { AmfValue } from '../../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ClientScene } from '../../../support/client-scene.ts';

describe('a server that breaks the protocol', () => {
  test.each([
    { what: 'a command without a name', type: 20, payload: '05', code: 'RTMP_COMMAND_INVALID' },
    { what: 'a command cut short', type: 20, payload: '020007 6f', code: 'AMF_TRUNCATED' },
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
    { what: 'User Control without an event', type: 4, payload: '', code: 'RTMP_PAYLOAD_TRUNCATED' },
    { what: 'Set Chunk Size 0', type: 1, payload: '00000000', code: 'RTMP_CHUNK_SIZE_INVALID' },
  ])('$what', ({ type, payload, code }) => {
    const scene = ClientScene.started('play');
    expect(() => scene.message(type, hex(payload), 1)).toThrowError(
      expect.objectContaining({ name: 'ProtocolError', code }),
    );
  });

  test('by an answer that is no RTMP', () => {
    const scene = new ClientScene({ does: 'play' });
    expect(() => scene.dialogue.receive(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrowError(
      expect.objectContaining({ code: 'RTMP_HANDSHAKE_NOT_RTMP' }),
    );
  });
});

const values: fc.Arbitrary<AmfValue> = fc.oneof(
  fc.constantFrom<AmfValue>(null, undefined, true, 0, 1, 4, 5, Number.NaN, 'a', []),
  fc.record({
    level: fc.constantFrom<AmfValue>('status', 'error', 'warning', 5),
    code: fc.constantFrom<AmfValue>(
      'NetStream.Play.Start',
      'NetStream.Play.Stop',
      'NetStream.Publish.Start',
      '',
      5,
      null,
    ),
  }),
);
const names = fc.constantFrom('_result', '_error', 'onStatus', 'close', 'onBWDone', '_onbwcheck');
const commands = fc.record({
  type: fc.constantFrom(20, 17),
  payload: fc
    .tuple(names, fc.nat(6), fc.array(values, { maxLength: 4 }))
    .map(([name, id, args]) => encodeAmf0(name, id, ...args)),
  messageStreamId: fc.nat(2),
});
const others = fc.record({
  type: fc.constantFrom(3, 4, 5, 8, 9, 15, 18, 19, 255),
  payload: fc.uint8Array({ minLength: 4, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  messageStreamId: fc.nat(2),
});

test('any well-formed messages in any order are survived, and the end is told at most once and last', () => {
  const scenes = fc.constantFrom(
    () => ClientScene.starting('play'),
    () => ClientScene.started('play'),
    () => ClientScene.starting('publish'),
    () => ClientScene.started('publish'),
  );
  fc.assert(
    fc.property(scenes, fc.array(fc.oneof(commands, others), { maxLength: 20 }), (make, messages) => {
      const scene = make();
      for (const { type, payload, messageStreamId } of messages)
        scene.message(type, payload, messageStreamId);
      scene.heard();
      const told = scene.told.map(([name]) => name);
      const ends = told.filter((name) => name === 'ended' || name === 'refused');
      expect(ends).toEqual(scene.dialogue.state === 'over' ? [told.at(-1)] : []);
    }),
    { numRuns: 500 },
  );
});

test('any bytes behind the handshake are survived, or they are a ProtocolError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (parts) => {
      const scene = ClientScene.started('play');
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
