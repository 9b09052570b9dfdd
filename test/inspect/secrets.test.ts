import { expect, test } from 'vitest';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { encodeCommand } from '../../src/protocol/rtmp/message/command-message.ts';
import { chunks, handshake, inspectFile, inspectPieces } from '../support/inspect-scene.ts';

const connect = encodeCommand(
  'connect',
  1,
  amfObject({
    app: 'live?token=t0k3n-value',
    tcUrl: 'rtmp://user:passw0rd@host/live?token=t0k3n-value',
    authKey: 'of-a-key',
  }),
  'extra-password',
);
const publish = encodeCommand('publish', 5, null, 'my-stream-key?sign=s1gnature', 'live');
const status = encodeCommand(
  'onStatus',
  0,
  null,
  amfObject({ description: 'my-stream-key is live, says t0k3n-value' }),
);
const session = Buffer.concat([
  handshake,
  ...[connect, publish, status].map((payload) => chunks({ type: 20, messageStreamId: 0 }, payload)),
]);
const secrets = ['t0k3n', 'passw0rd', 'of-a-key', 'extra-password', 'my-stream-key', 's1gnature'];

test('queries, passwords and names that are published to are hidden, also where they are repeated', () => {
  const shown = JSON.stringify(inspectPieces([session]).records);
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  expect(shown).toContain('is live, says');
});

test('they are shown to whoever asks for them', () => {
  const shown = JSON.stringify(inspectPieces([session], { showsSecrets: true }).records);
  expect(secrets.filter((secret) => !shown.includes(secret))).toEqual([]);
});

test('of HTTP, queries and credentials are hidden', () => {
  const head =
    'GET /live/a.flv?key=k3y-value HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\r\nCookie: push-id=123456\r\n\r\n';
  const { records } = inspectFile(Buffer.from(head));
  expect(records[1]).toMatchObject({
    line: 'GET /live/a.flv?*** HTTP/1.1',
    headers: [
      ['Host', 'x'],
      ['Authorization', '***'],
      ['Cookie', '***'],
    ],
  });
});
