import { describe, expect, test } from 'vitest';
import { AgentScene, communityPacket } from '../../../support/snmp-scene.ts';

const packet = communityPacket;
const get = packet(0xa0);

describe('an SNMP agent', () => {
  test('answers who knows the community, or the secrets of a user', async () => {
    await using scene = await AgentScene.open();
    expect((await scene.ask(get)).toString('latin1')).toContain('ottawa');
    expect(await scene.byUser()).toBe('ottawa');
    expect(scene.outcomes).toEqual({ answered: 2, unauthorized: 1 }); // to find out which agent it is
  });

  test.each([
    { who: 'another community', bytes: packet(0xa0, 'open-sesam'), outcome: 'unauthorized' },
    { who: 'version 1', bytes: packet(0xa0, 'open-sesame', 0), outcome: 'malformed' },
    { who: 'a response', bytes: packet(0xa2), outcome: 'malformed' },
    { who: 'a trap', bytes: packet(0xa7), outcome: 'malformed' },
    { who: 'much too much', bytes: Buffer.alloc(3000, get), outcome: 'malformed' },
  ])('does not answer $who', async ({ bytes, outcome }) => {
    await using scene = await AgentScene.open();
    await scene.send(bytes);
    expect((await scene.ask(get)).toString('latin1')).toContain('ottawa'); // and nothing before that
    expect(scene.outcomes).toEqual({ answered: 1, [outcome]: 1 });
  });

  test('does not answer who is in none of the networks, whatever is asked', async () => {
    await using scene = await AgentScene.open({ networks: ['192.0.2.0/24'] });
    for (const bytes of [get, Buffer.from('x')]) await scene.send(bytes);
    await expect.poll(() => scene.outcomes).toEqual({ foreign: 2 });
  });

  test('tells who has a wrong secret so, and nothing else', async () => {
    await using scene = await AgentScene.open();
    await expect(scene.byUser('wrong-secret')).rejects.toThrow('Wrong Digest');
    await expect(scene.byUser('auth-secret', 'wrong-secret')).rejects.toThrow();
    expect(scene.outcomes).not.toHaveProperty('answered');
  });

  test('takes so many requests a second', async () => {
    await using scene = await AgentScene.open({ requestsPerSecond: 2 });
    await scene.ask(get);
    await scene.ask(get);
    await scene.send(get);
    await expect.poll(() => scene.outcomes).toEqual({ answered: 2, 'too-many': 1 });
    scene.clock.advance(1000);
    await scene.ask(get);
    expect(scene.outcomes).toEqual({ answered: 3, 'too-many': 1 });
  });

  test('a port that somebody has is an error that names it', async () => {
    await using scene = await AgentScene.open();
    await expect(AgentScene.open({ port: scene.agent.port })).rejects.toThrow(
      `cannot listen on snmp 127.0.0.1:${scene.agent.port}: another program already uses this port`,
    );
  });
});
