import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeSharedObject,
  encodeSharedObjectStatus,
  type SharedObjectMessage,
} from '../../../../src/protocol/rtmp/message/shared-object.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ServerScene } from '../../../support/server-scene.ts';

const decode = (type: number, payload: Buffer): SharedObjectMessage | undefined =>
  decodeSharedObject({ type, timestamp: 0, messageStreamId: 0, payload });

/** A shared object `users` of version 5 that is to stay; the client wants to use it. */
const use = '0005 7573657273 00000005 00000002 00000000 01 00000000';
const users = { name: 'users', version: 5, flags: 2 };

describe('a shared object message', () => {
  test.each([
    { what: 'without events', type: 19, wire: use.slice(0, -12), events: [] },
    { what: 'with a Use', type: 19, wire: use, events: [1] },
    { what: 'of type 16 with its format', type: 16, wire: `00 ${use}`, events: [1] },
    {
      what: 'with events that have content',
      type: 19,
      wire: `${use} 03 00000002 6162 ff 00000000`,
      events: [1, 3, 255],
    },
  ])('$what is read, and no part of it', ({ type, wire, events }) => {
    const payload = hex(wire);
    expect(decode(type, payload)).toEqual({ ...users, events });
    const head = (type === 16 ? 1 : 0) + 19;
    for (let end = 0; end < head; end++)
      expect(decode(type, payload.subarray(0, end)), `cut at ${end}`).toBeUndefined();
    for (let end = head + 1; end < head + 5 && end < payload.length; end++)
      expect(decode(type, payload.subarray(0, end)), `cut at ${end}`).toBeUndefined();
  });

  test.each([
    { what: 'an event that is longer than what is left', wire: `${use} 03 00000003 6162` },
    { what: 'an event of 4 GB', wire: `${use} 03 ffffffff` },
    { what: 'a name that is longer than all', wire: 'ffff 61' },
  ])('with $what is none', ({ wire }) => {
    expect(decode(19, hex(wire))).toBeUndefined();
  });

  test('of any bytes is read or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(16, 19), (bytes, type) => {
        const read = decode(type, Buffer.from(bytes));
        if (read !== undefined) expect(read.events.length).toBeLessThan(13);
      }),
    );
  });
});

test('a Status event has a code and a level', () => {
  const wire = encodeSharedObjectStatus({ name: 'a', version: 1, flags: 2 }, 'No', 'error');
  expect(wire).toEqual(hex('0001 61 00000001 00000002 00000000 07 0000000b 0002 4e6f 0005 6572726f72'));
});

describe('a server', () => {
  const refusal = encodeSharedObjectStatus(users, 'SharedObject.ObjectCreationFailed', 'error');
  const answer = { on: 0, type: 19, timestamp: 0, payload: refusal.toString('hex') };

  test.each([
    { type: 19, wire: use },
    { type: 16, wire: `00 ${use}` },
  ])('says by type 19 that there is none when it is asked by type $type', ({ type, wire }) => {
    const scene = ServerScene.connected();
    scene.message(type, hex(wire));
    expect(scene.heard()).toEqual([answer]);
  });

  test.each([
    { what: 'other events', wire: use.replace('01 00000000', '03 00000000') },
    { what: 'no event', wire: use.slice(0, -12) },
    { what: 'a cut message', wire: use.slice(0, -2) },
    { what: 'an empty message', wire: '' },
  ])('ignores $what, and goes on', ({ wire }) => {
    const scene = ServerScene.connected();
    scene.message(19, hex(wire));
    scene.command('getStreamLength', 9, null, 'a');
    expect(scene.heardNames()).toEqual(['_result 9 on 0']);
  });

  test('says nothing of them before connect', () => {
    const scene = new ServerScene();
    scene.dialogue.receive(Buffer.concat([hex('03'), Buffer.alloc(3072)]));
    scene.message(19, hex(use));
    expect(scene.heard()).toEqual([]);
  });
});
