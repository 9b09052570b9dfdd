import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { startRelay } from '../support/start-relay.ts';
import { Witness } from '../support/witness.ts';

test('a peer that sends chunks of one byte is slowed and told of in the log, and nobody else notices', async () => {
  await using relay = await startRelay();
  await using witness = await Witness.start(relay);
  await using attacker = await RawClient.openConnected(relay.port('rtmp'));
  const chunks = Buffer.from('c4aa'.repeat(500_000), 'hex');
  attacker.send(Buffer.from('02000000000004010000000000000001', 'hex'));
  attacker.send(Buffer.from('0400000001ff000901000000aa', 'hex'));
  attacker.send(chunks);
  await relay.log.waitFor('slowed', { peer: attacker.peer });
  expect(relay.log.find('slowed', { peer: attacker.peer })).toHaveLength(1);
  await witness.expectUndisturbed();
});
