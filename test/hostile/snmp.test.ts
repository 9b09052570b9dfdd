import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgentScene, communityPacket } from '../support/snmp-scene.ts';

const get = communityPacket(0xa0);

/** A packet cut at every place, and with every bit turned. */
function* spoilt(packet: Buffer): Generator<Buffer> {
  for (let length = 0; length < packet.length; length++) yield packet.subarray(0, length);
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const copy = Buffer.from(packet);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    yield copy;
  }
}

/** Sends packets one by one, each as soon as it is known what has become of the last one. */
async function send(scene: AgentScene, packets: Iterable<Buffer>): Promise<void> {
  const noted = (): number => [...scene.counts].reduce((sum, [, count]) => sum + count, 0);
  for (const packet of packets) {
    const before = noted();
    await scene.send(packet);
    while (noted() === before) await new Promise((resolve) => setImmediate(resolve));
    scene.clock.advance(1);
  }
}

describe('an SNMP agent, asked by version 2c', () => {
  test.each([
    { name: 'GET', packet: get },
    { name: 'GETNEXT', packet: communityPacket(0xa1) },
    { name: 'GETBULK', packet: communityPacket(0xa5) },
    { name: 'SET', packet: communityPacket(0xa3) },
  ])('survives every spoilt $name', async ({ packet }) => {
    await using scene = await AgentScene.open();
    await send(scene, spoilt(packet));
    expect(scene.outcomes).not.toHaveProperty('failed');
    expect(scene.outcomes.malformed).toBeGreaterThan(packet.length);
    expect(scene.outcomes.unauthorized).toBeGreaterThanOrEqual(8 * 'open-sesame'.length);
    expect((await scene.ask(get)).toString('latin1')).toContain('ottawa');
  });
});

test('asked by version 3 it answers no spoilt packet, and is as good as before', async () => {
  await using scene = await AgentScene.open();
  const packet = await scene.userPacket();
  await send(scene, spoilt(packet));
  expect(scene.outcomes).toEqual({ malformed: expect.any(Number), unauthorized: expect.any(Number) });
  await scene.ask(packet);
  expect(scene.outcomes.answered).toBe(1);
});

test('any bytes at all are harmless', async () => {
  await using scene = await AgentScene.open();
  const bytes = fc.uint8Array({ maxLength: 120 }).map((one) => Buffer.from(one));
  const tagged = bytes.map((one) => Buffer.concat([Buffer.from([0x30, one.length]), one]));
  await send(scene, fc.sample(fc.oneof(bytes, tagged), 500));
  expect(scene.outcomes).toEqual({ malformed: 500 });
});

test('a message of version 3 that is too old is not answered: nobody can say it again', async () => {
  await using scene = await AgentScene.open();
  const packet = await scene.userPacket();
  expect(scene.reportRatio).toBeLessThan(2.1); // of the bytes that were sent to learn which agent it is
  scene.clock.advance(151_000);
  await send(scene, [packet]);
  expect(scene.outcomes).toEqual({ unauthorized: 2 });
});
