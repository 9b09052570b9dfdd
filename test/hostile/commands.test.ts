import { describe, expect, test } from 'vitest';
import { type AmfValue, amfObject } from '../../src/protocol/amf/amf-value.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

const name = '020007636f6e6e656374'; // "connect"
const one = '003ff0000000000000';
const deep = (open: string, close: string): string => open.repeat(10_000) + close.repeat(10_000);

/** Bodies of a command message that must cost the connection, and the code that the log gives for it. */
const bodies: readonly { readonly what: string; readonly code: string; readonly body: string }[] = [
  { what: 'no name', code: 'RTMP_COMMAND_INVALID', body: '' },
  { what: 'a number for a name', code: 'RTMP_COMMAND_INVALID', body: one },
  { what: 'objects 10,000 deep', code: 'AMF_TOO_DEEP', body: name + one + deep('03000161', '000009') },
  { what: 'arrays 10,000 deep', code: 'AMF_TOO_DEEP', body: name + one + deep('0a00000001', '') },
  { what: 'a strict array of 2^32-1', code: 'AMF_TOO_MANY_VALUES', body: `${name}${one}0affffffff` },
  { what: 'an ECMA array of 2^32-1', code: 'AMF_TRUNCATED', body: `${name}${one}08ffffffff` },
  { what: 'no end marker', code: 'AMF_TRUNCATED', body: `${name}${one}0300016105` },
  { what: 'a reference to nothing', code: 'AMF_REFERENCE_INVALID', body: `${name}${one}070005` },
  { what: 'a typed object cut short', code: 'AMF_TRUNCATED', body: `${name}${one}10ffff61` },
  { what: 'an AMF3 value cut short', code: 'AMF_TRUNCATED', body: `${name}${one}110a0b01` },
  { what: 'an unknown AMF3 marker', code: 'AMF_MARKER_UNKNOWN', body: `${name}${one}1112` },
  { what: 'an AMF3 class that it does not know', code: 'AMF_CLASS_UNKNOWN', body: `${name}${one}110a070361` },
  { what: 'AMF3 arrays 10,000 deep', code: 'AMF_TOO_DEEP', body: `${name}${one}11${deep('090301', '')}` },
  {
    what: 'AMF3 objects 10,000 deep',
    code: 'AMF_TOO_DEEP',
    body: `${name}${one}11${deep('0a0b010361', '01')}`,
  },
  { what: 'an AMF3 vector of 2^28-1', code: 'AMF_TOO_MANY_VALUES', body: `${name}${one}110dffffffff00` },
  { what: 'an AMF3 class of 2^25-1 names', code: 'AMF_TOO_MANY_VALUES', body: `${name}${one}110afffffff301` },
  { what: 'an AMF3 string of 256 MiB', code: 'AMF_VALUE_INVALID', body: `${name}${one}1106ffffffff` },
  { what: 'an AMF3 reference to nothing', code: 'AMF_REFERENCE_INVALID', body: `${name}${one}110600` },
  {
    what: 'a string of 60 KB nine thousand times',
    code: 'AMF_TOO_MANY_VALUES',
    body: `${name}${one}110687a941${'61'.repeat(60_000)}${'110600'.repeat(9000)}`,
  },
  {
    what: 'a dictionary of thousands of numbers',
    code: 'AMF_TOO_MANY_VALUES',
    body: `${name}${one}1111a61100${'040001'.repeat(2440)}`,
  },
  { what: 'a movie clip', code: 'AMF_MARKER_RESERVED', body: `${name}${one}04` },
  { what: 'an unknown marker', code: 'AMF_MARKER_UNKNOWN', body: `${name}${one}7f` },
  { what: 'a string longer than its message', code: 'AMF_TRUNCATED', body: `${name}${one}02ffff61` },
  { what: 'a long string of 4 GiB', code: 'AMF_VALUE_INVALID', body: `${name}${one}0cffffffff61` },
  {
    what: 'a string of 100 KB',
    code: 'AMF_VALUE_INVALID',
    body: `${name}${one}0c00019000${'61'.repeat(0x19000)}`,
  },
  { what: 'thousands of values', code: 'AMF_TOO_MANY_VALUES', body: name + one + '05'.repeat(20_000) },
];

describe('a command with', () => {
  test.each(bodies)('$what costs its connection', async ({ code, body }) => {
    await using relay = await startRelay();
    await using attacker = await RawClient.openConnected(relay.port('rtmp'));
    attacker.message(20, Buffer.from(body, 'hex'));
    await attacker.closed;
    const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
    expect(line.fields['code']).toBe(code);
    expect(relay.log.find('bug')).toEqual([]);
  });
});

test('all of these at once, in type 17 too, leave the others alone', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  const attackers = await Promise.all(bodies.map(() => RawClient.openConnected(relay.port('rtmp'))));
  for (const [i, attacker] of attackers.entries()) {
    attacker.message(17, Buffer.concat([Buffer.of(0), Buffer.from(bodies[i]?.body ?? '', 'hex')]));
  }
  await Promise.all(attackers.map(({ closed }) => closed));
  await witness.expectUndisturbed();
});

const oddConnects: readonly { readonly what: string; readonly args: readonly AmfValue[] }[] = [
  { what: 'no command object', args: [] },
  { what: 'null', args: [null] },
  { what: 'a string', args: ['live'] },
  { what: 'an array', args: [['live']] },
  { what: 'app and tcUrl that are no strings', args: [amfObject({ app: 7, tcUrl: ['x'], flashVer: null })] },
  {
    what: 'capsEx and a path that are objects',
    args: [amfObject({ app: 'live', capsEx: amfObject({}), streampumpPath: [amfObject({}), 1] })],
  },
  { what: 'a tcUrl that is no URL', args: [amfObject({ app: 'live', tcUrl: 'rtmp://[::1' })] },
  {
    what: '__proto__ and constructor',
    args: [amfObject({ app: 'live', constructor: amfObject({}), toString: 'x' })],
  },
];

test.each(oddConnects)('connect with $what is answered', async ({ args }) => {
  await using relay = await startRelay();
  await using client = await RawClient.open(relay.port('rtmp'));
  client.connect(); // the handshake; its connect is the first of two
  client.command('connect', Number.NaN, ...args);
  await using odd = await RawClient.open(relay.port('rtmp'));
  odd.send(Buffer.concat([Buffer.of(3), Buffer.alloc(3072)]));
  odd.command('connect', 1, ...args);
  expect(await odd.heard('_result 1')).toContain('Connection succeeded');
  expect(relay.log.find('bug')).toEqual([]);
});

test.each([
  { what: 'NaN', id: Number.NaN },
  { what: 'infinite', id: Number.NEGATIVE_INFINITY },
  { what: 'negative', id: -1 },
  { what: 'a string', id: '7' },
])('a transaction id that is $what is survived', async ({ id }) => {
  await using relay = await startRelay();
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  for (const command of [
    'createStream',
    'releaseStream',
    'nonsense',
    '_checkbw',
    'getStreamLength',
    'seek',
    'pause',
  ]) {
    client.command(command, id, null, 'x');
  }
  for (const argument of [Number.NaN, -1, 1e300, null, 'x', amfObject({})])
    client.command('deleteStream', id, null, argument);
  client.command('getStreamLength', 9, null, 'x');
  await client.heard('_result 9');
});

const badNames: readonly { readonly what: string; readonly app: string; readonly name: string }[] = [
  { what: '..', app: 'live', name: '../../etc/passwd' },
  { what: '.. in the app', app: '..', name: 'x' },
  { what: 'a NUL', app: 'live', name: 'a\0b' },
  { what: 'CR and LF', app: 'live', name: 'a\r\nlevel=error all is lost' },
  { what: 'an escape sequence', app: 'live', name: '\u001b[2J\u001b]0;owned\u0007' },
  { what: 'a C1 control', app: 'live\u009b', name: 'x' },
  { what: 'a long segment', app: 'live', name: 'x'.repeat(256) },
  { what: '64 KB', app: 'live', name: 'x/'.repeat(32_000) },
  { what: 'nothing', app: '', name: '' },
];

test.each(badNames)(
  'a name with $what is refused with a sentence, in publish and in play',
  async ({ app, name: stream }) => {
    await using relay = await startRelay();
    await using client = await RawClient.openConnected(relay.port('rtmp'), app);
    client.commandOn(1, 'play', 3, null, stream);
    expect(await client.heard('onStatus NetStream.Play.StreamNotFound')).toContain(
      'the stream key is not valid: ',
    );
    client.commandOn(1, 'publish', 4, null, stream, 'live');
    expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain(
      'the stream key is not valid: ',
    );
    await client.closed;
    expect(await relay.metric('streampump_rejected_total{reason="key"}')).toBe(2);
  },
);

test('odd names that are allowed cannot forge a label or a line of the metrics', async () => {
  await using relay = await startRelay();
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  const odd = 'a"} 1 b\\%2e%2e\u202e{stream="x';
  client.commandOn(1, 'publish', 3, null, odd, 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  const keyframe = Buffer.from('1701000000aabbccdd', 'hex');
  client.message(9, keyframe, 1);
  await expect.poll(() => relay.metric('streampump_streams')).toBe(1);
  const text = await (await fetch(relay.adminUrl('/metrics'))).text();
  const escaped = odd.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  expect(text).toContain(
    `\nstreampump_stream_received_bytes_total{stream="live/${escaped}"} ${keyframe.length}\n`,
  );
  expect(
    text
      .split('\n')
      .filter((line) => line.includes('%2e'))
      .every((line) => line.startsWith('streampump_stream_')),
  ).toBe(true);
});
