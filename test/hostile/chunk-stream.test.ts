import { describe, expect, test } from 'vitest';
import { chunkAttacks, setChunkSize } from '../support/chunk-attacks.ts';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

describe.concurrent('costs the connection that sent it, and no other', () => {
  test.each(chunkAttacks)('$name', async ({ code, wire }) => {
    await using relay = await startRelay();
    await using witness = await Witness.start(relay);
    await using attacker = await RawClient.openConnected(relay.port('rtmp'));
    attacker.send(wire);
    await attacker.closed;
    const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
    expect(line.fields).toMatchObject({ code, connection: expect.stringMatching(/^c\d+$/) });
    await witness.expectUndisturbed();
  });
});

test.concurrent('chunk sizes of 1 and of 0x7fffffff are used, between the chunks of a message too', async () => {
  await using relay = await startRelay();
  await using client = await RawClient.openConnected(relay.port('rtmp'));
  client.send(setChunkSize('00000001'));
  client.send('04000000000003ff0100000061'); // one byte of three
  client.send('42000000000004017f', 'c2ffc2ffc2ff'); // within that message, itself byte by byte
  client.send('c46263'); // the rest in one chunk
  const body = Buffer.from('02000f67657453747265616d4c656e677468004022000000000000', 'hex');
  client.send('030000000000', Buffer.of(body.length), '1400000000', body);
  await client.heard('_result 9');
  client.send(setChunkSize('00000001'));
  client.send('030000000000', Buffer.of(body.length), '1400000000');
  client.send(Buffer.from([...body].flatMap((byte, i) => (i === 0 ? [byte] : [0xc3, byte]))));
  await client.heard('_result 9', 2);
});

test('thousands of chunk streams with a byte each: the 65th is one too many', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  const before = process.memoryUsage().arrayBuffers;
  for (let id = 64; id < 4064; id++) {
    const low = ((id - 64) & 0xff).toString(16).padStart(2, '0');
    const high = ((id - 64) >> 8).toString(16).padStart(2, '0');
    attacker.send(`01${low}${high}0000000100000901000000`, Buffer.alloc(128));
  }
  const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
  expect(line.fields['code']).toBe('RTMP_CHUNK_STREAMS_TOO_MANY');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
  await witness.expectUndisturbed();
});

test.concurrent('a connection that publishes nothing may hold little', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  attacker.send(setChunkSize('00010000'));
  for (let id = 10; id < 60; id++)
    attacker.send(
      `${id.toString(16).padStart(2, '0')}00000001fff00900000000`.slice(0, 24),
      Buffer.alloc(0x10000),
    );
  const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
  expect(line.fields['code']).toBe('RTMP_PARTIAL_BYTES_TOO_MANY');
  await witness.expectUndisturbed();
});

test('a publisher may hold what the settings say, and memory follows what came, not what was announced', async () => {
  await using relay = await startRelay({ limits: { partialBytesPerSession: 4 * 2 ** 20 } });
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  attacker.commandOn(1, 'publish', 3, null, 'big', 'live');
  await attacker.heard('onStatus NetStream.Publish.Start');
  const before = process.memoryUsage().arrayBuffers;
  for (let id = 10; id < 60; id++)
    attacker.send(`${id.toString(16).padStart(2, '0')}0000007fffff0901000000`, Buffer.alloc(128));
  attacker.command('getStreamLength', 9, null, 'x');
  await attacker.heard('_result 9'); // 50 messages of 8 MiB announced, 6,400 bytes sent
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20);
  attacker.send(setChunkSize('00ffffff'));
  attacker.send('cb', Buffer.alloc(5 * 2 ** 20));
  const line = await relay.log.waitFor('protocol-error', { peer: attacker.peer });
  expect(line.fields['code']).toBe('RTMP_PARTIAL_BYTES_TOO_MANY');
  await witness.expectUndisturbed();
});

test.concurrent('many chunks of one byte, and very many empty messages, are all read and do not hold the others up', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  attacker.send(setChunkSize('00000001'));
  attacker.send('04000000020000ff01000000' + '00', Buffer.from('c400'.repeat(0x1ffff), 'hex'));
  attacker.send('0a000000000000ff01000000', Buffer.alloc(200_000, 0xca));
  attacker.send('02000000' + '000004' + '01' + '00000000' + '00' + 'c200c200c280');
  attacker.command('getStreamLength', 9, null, 'x');
  await attacker.heard('_result 9');
  await witness.expectUndisturbed();
});

test.concurrent('residual bytes at disconnect, an abort within a message and chunk stream ids of every form', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  const attacker = await RawClient.openConnected(relay.port('rtmp'));
  attacker.send('00ff' + '00000000ffff14' + '00000000', Buffer.alloc(128, 2)); // 2-byte form, 128 of 65,535 bytes
  attacker.send('0100ff' + '00000000ffff14' + '00000000', Buffer.alloc(128, 2)); // 3-byte form, id 65,344
  attacker.send('02000000000004020000000000000' + '13f', '020000000000040200000000ffffffff'); // aborts 319, and one unknown
  attacker.send('c0ff', Buffer.alloc(3));
  await relay.log.waitFor('play', { stream: 'quiet/witness' });
  await attacker[Symbol.asyncDispose]();
  await witness.expectUndisturbed();
  expect(relay.log.find('bug')).toEqual([]);
});

test.concurrent('timestamps that jump anywhere stay inside their own stream', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  await using player = await RawClient.openConnected(relay.port('rtmp'));
  player.commandOn(1, 'play', 3, null, 'jumps');
  attacker.commandOn(1, 'publish', 3, null, 'jumps', 'live');
  await attacker.heard('onStatus NetStream.Publish.Start');
  for (const timestamp of [
    0, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff, 0, 5, 0xfffffff0,
  ]) {
    attacker.message(9, Buffer.from('1701000000aabbccdd', 'hex'), 1, timestamp);
  }
  attacker.send(
    '06ffffff00000a0901000000ffffffff1701000000aabbccddee',
    '86ffffffffffffff1701000000aabbccddee',
  );
  await player.heard('type 9', 5);
  await witness.expectUndisturbed();
  expect(relay.log.find('bug')).toEqual([]);
});
