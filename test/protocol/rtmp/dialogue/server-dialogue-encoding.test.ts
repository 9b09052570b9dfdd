import { expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../../../src/protocol/amf/amf-value.ts';
import { decodeAmf0, encodeAmf0 } from '../../../../src/protocol/amf/amf0.ts';
import { AsAmf3 } from '../../../../src/protocol/amf/amf0-encoder.ts';
import { hex } from '../../../support/chunk-outcome.ts';
import { ClientScene, simpleServerHandshake } from '../../../support/client-scene.ts';
import type { MessageDescription } from '../../../support/describe-message.ts';
import { ServerScene, simpleClientHandshake } from '../../../support/server-scene.ts';

/** A scene in which the client has said which encoding it knows, and was accepted. */
function connected(objectEncoding: AmfValue): ServerScene {
  const scene = new ServerScene();
  scene.dialogue.receive(simpleClientHandshake);
  scene.command('connect', 1, amfObject({ app: 'live', objectEncoding }));
  scene.dialogue.acceptConnect();
  return scene;
}

/** Messages of values by their types: of types 15 and 17 without the format byte, which has to be there. */
function values(messages: readonly MessageDescription[]): unknown[] {
  return messages.flatMap((message) => {
    if ('command' in message) return [[20, ...message.command]];
    if ('data' in message) return [[18, ...message.data]];
    if (!('payload' in message)) return [];
    const payload = Buffer.from(message.payload, 'hex');
    expect(payload[0]).toBe(0);
    return [[message.type, ...decodeAmf0(payload.subarray(1))]];
  });
}

test('a client that knows AMF3 is told so, and gets commands as type 17 and data as type 15', () => {
  const scene = connected(3);
  const told = values(scene.heard());
  expect(told).toMatchObject([
    [17, '_result', 1, {}, { code: 'NetConnection.Connect.Success', objectEncoding: 3 }],
    [17, 'onBWDone', 0, null],
  ]);
  scene.message(17, Buffer.concat([hex('00'), encodeAmf0('createStream', 2, null)]));
  scene.dialogue.callPeer('take', [new Uint8Array([1, 2])], () => {});
  scene.dialogue.data(1, 'onCuePoint', amfObject({ a: 1 }));
  expect(values(scene.heard())).toEqual([
    [17, '_result', 2, null, 1],
    [17, 'take', 1, null, new Uint8Array([1, 2])],
    [15, 'onCuePoint', { a: 1 }],
  ]);
});

test.each([0, undefined, '3', 2, 1.5])('a client whose object encoding is %o gets AMF0', (objectEncoding) => {
  const scene = connected(objectEncoding);
  scene.dialogue.data(1, 'onCuePoint');
  expect(values(scene.heard())).toMatchObject([
    [20, '_result', 1, {}, { objectEncoding: 0 }],
    [20, 'onBWDone', 0, null],
    [18, 'onCuePoint'],
  ]);
});

test('a client that is refused hears of it as AMF0', () => {
  const scene = new ServerScene();
  scene.dialogue.receive(simpleClientHandshake);
  scene.command('connect', 1, amfObject({ app: 'live', objectEncoding: 3 }));
  scene.dialogue.refuseConnect('no');
  expect(values(scene.heard())).toMatchObject([[20, '_error', 1, null, { description: 'no' }]]);
});

test.each([
  { asks: 3, agrees: 3, type: 17 },
  { asks: 3, agrees: 0, type: 20 },
  { asks: 3, agrees: undefined, type: 20 },
  { asks: 0, agrees: 3, type: 20 },
] as const)('a client that asks for $asks of a server that agrees to $agrees sends type $type', (row) => {
  const scene = new ClientScene({ does: 'play', objectEncoding: row.asks });
  scene.dialogue.receive(simpleServerHandshake);
  expect(values(scene.heard())).toMatchObject([[20, 'connect', 1, { objectEncoding: row.asks }]]);
  scene.command('_result', 1, {}, amfObject({ objectEncoding: row.agrees }));
  scene.dialogue.notify('say', 'hello');
  expect(values(scene.heard()).at(-1)).toEqual([row.type, 'say', 0, null, 'hello']);
});

test('values of AMF3 in a call are read', () => {
  const scene = ServerScene.connected(() => ({ onCall: () => {} }));
  const args = encodeAmf0('getFilm', 3, null, new AsAmf3(amfObject({ id: 5 })), new AsAmf3('b'), 'c');
  scene.message(17, Buffer.concat([hex('00'), args]));
  expect(scene.told).toMatchObject([['call', { name: 'getFilm', args: [{ id: 5 }, 'b', 'c'] }]]);
});
