import { describe, expect, test } from 'vitest';
import type { Publication } from '../../../src/stream/stream-registry.ts';
import { RawClient } from '../../support/raw-client.ts';
import { simpleClientHandshake } from '../../support/server-scene.ts';
import { SessionScene } from '../../support/session-scene.ts';

const keyframe = Buffer.from('1701000000aabbccdd', 'hex');

async function publishing(scene: SessionScene, name = 'cam'): Promise<RawClient> {
  const client = await scene.connected();
  client.commandOn(1, 'publish', 3, null, name, 'live');
  await client.heard('onStatus NetStream.Publish.Start');
  return client;
}

/** The client says something and hears the answer: what it has sent before was acted upon. */
async function settle(client: RawClient): Promise<void> {
  const count = client.said.filter((line) => line.startsWith('_result 99')).length;
  client.command('getStreamLength', 99, null, 'x');
  await client.heard('_result 99', count + 1);
}

describe('a peer is let go in time', () => {
  test('before its first byte, and within the handshake', async () => {
    await using scene = await SessionScene.start();
    await using silent = await RawClient.open(scene.port);
    await using half = await RawClient.open(scene.port);
    half.send(simpleClientHandshake.subarray(0, 700));
    await scene.log.waitFor('opened', { connection: 'c2' });
    scene.clock.advance(9999);
    expect(scene.log.find('deadline')).toEqual([]);
    scene.clock.advance(1);
    await Promise.all([silent.closed, half.closed]);
    expect(
      scene.log.find('deadline', { missed: 'handshake' }).map(({ fields }) => fields['connection']),
    ).toEqual(['c1', 'c2']);
  });

  test('after the handshake, however many messages it sends instead of connect', async () => {
    await using scene = await SessionScene.start();
    await using client = await RawClient.open(scene.port);
    client.send(simpleClientHandshake);
    for (let i = 0; i < 4; i++) {
      client.command('createStream', 5 + i, null);
      await client.heard(`_error ${5 + i}`);
      scene.clock.advance(3749);
    }
    scene.clock.advance(4);
    await client.closed;
    await scene.log.waitFor('deadline', { missed: 'connect' });
  });

  test('after connect', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    scene.clock.advance(14_000);
    await settle(client);
    scene.clock.advance(1000);
    await client.closed;
    await scene.log.waitFor('deadline', { missed: 'publish or play' });
  });

  test('before first media, and in silence', async () => {
    await using scene = await SessionScene.start();
    await using late = await publishing(scene, 'late');
    await using silent = await publishing(scene, 'silent');
    silent.message(9, keyframe, 1);
    await settle(silent);
    scene.clock.advance(11_999);
    expect(scene.log.find('deadline')).toEqual([]);
    scene.clock.advance(1);
    await silent.closed;
    await scene.log.waitFor('deadline', { missed: 'media', connection: 'c2' });
    scene.clock.advance(8000);
    await late.closed;
    await scene.log.waitFor('deadline', { missed: 'first media', connection: 'c1' });
  });

  test('a publisher that plays as well, and falls silent', async () => {
    await using scene = await SessionScene.start();
    await using client = await publishing(scene);
    client.message(9, keyframe, 1);
    client.commandOn(2, 'play', 4, null, 'cam');
    await client.heard('onStatus NetStream.Play.Start');
    scene.clock.advance(12_000);
    await client.closed;
    await scene.log.waitFor('deadline', { missed: 'media' });
  });

  test('a player that has published before is not held to send media', async () => {
    await using scene = await SessionScene.start();
    await using other = await publishing(scene, 'other');
    other.message(9, keyframe, 1);
    await settle(other);
    await using client = await publishing(scene);
    client.message(9, keyframe, 1);
    client.commandOn(2, 'play', 4, null, 'other');
    await client.heard('onStatus NetStream.Play.Start');
    client.command('deleteStream', 0, null, 1);
    for (let i = 0; i < 8; i++) {
      other.message(9, keyframe, 1, i * 2000);
      await settle(other);
      scene.clock.advance(2000);
    }
    await settle(client);
    expect(scene.log.find('deadline')).toEqual([]);
  });

  test('when it has ended what it did', async () => {
    await using scene = await SessionScene.start();
    await using client = await publishing(scene);
    client.command('deleteStream', 0, null, 1);
    await settle(client);
    scene.clock.advance(15_000);
    await client.closed;
    await scene.log.waitFor('deadline', { missed: 'publish or play' });
  });
});

describe('pings', () => {
  /** A player that has paused, so that nothing moves by itself; its publisher goes on. */
  async function paused(
    scene: SessionScene,
  ): Promise<{ player: RawClient; later(ms: number): Promise<void> }> {
    const publisher = await publishing(scene);
    publisher.message(9, keyframe, 1);
    await settle(publisher);
    const player = await scene.connected();
    player.commandOn(1, 'play', 3, null, 'cam');
    await player.heard('type 9');
    player.commandOn(1, 'pause', 0, null, true, 0);
    await player.heard('onStatus NetStream.Pause.Notify');
    const later = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        scene.clock.advance(10_000);
        publisher.message(9, keyframe, 1, passed);
        await settle(publisher);
      }
    };
    return { player, later };
  }

  test('a paused player that answers stays, one that does not goes', async () => {
    await using scene = await SessionScene.start();
    const { player, later } = await paused(scene);
    for (let i = 1; i <= 3; i++) {
      await later(60_000);
      const ping = await player.heard('ping request', i);
      const pong = Buffer.from('000700000000', 'hex');
      pong.writeUInt32BE(Number(ping.split(' ')[2]), 2);
      player.message(4, pong);
      await settle(player);
    }
    await later(120_000);
    await player.closed;
    await scene.log.waitFor('deadline', { missed: 'answer to a ping', connection: 'c2' });
  });

  test('a process that was stopped reads the answer before it judges', async () => {
    await using scene = await SessionScene.start();
    const { player, later } = await paused(scene);
    await later(60_000);
    await player.heard('ping request');
    player.message(4, Buffer.from('000700000000', 'hex'));
    scene.clock.spend(40_000);
    scene.clock.advance(0);
    await settle(player);
    scene.clock.advance(1000);
    expect(scene.log.find('deadline', { missed: 'answer to a ping' })).toEqual([]);
    player.socket.destroy();
    await player.closed;
  });
});

describe('a verdict that takes a while', () => {
  /** Verdicts on publish and play come when the test lets them; those on connect at once. */
  function pendingVerdicts(scene: SessionScene): { asked: Promise<AbortSignal>; decide(): void } {
    const { ask } = scene.gate;
    const decision = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<AbortSignal>();
    scene.gate.ask = async (request, signal) => {
      if (request.verb !== 'connect') {
        asked.resolve(signal);
        await decision.promise;
      }
      return ask(request, signal);
    };
    return { asked: asked.promise, decide: decision.resolve };
  }

  test.each(['publish', 'play'] as const)('%s: the peer leaves before it', async (does) => {
    await using scene = await SessionScene.start();
    const { asked, decide } = pendingVerdicts(scene);
    const client = await scene.connected();
    client.commandOn(1, does, 3, null, 'cam', 'live');
    const signal = await asked;
    client.socket.end();
    await scene.log.waitFor('closed', { connection: 'c1' });
    expect(signal.aborted).toBe(true);
    decide();
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.registry.get('live/cam')).toBeUndefined();
    expect(scene.events).toEqual(['c1 closed']);
  });

  test('what the peer has sent behind waits, and counts', async () => {
    await using scene = await SessionScene.start();
    const { asked, decide } = pendingVerdicts(scene);
    await using client = await scene.connected();
    client.commandOn(1, 'publish', 3, null, 'cam', 'live');
    client.message(9, keyframe, 1);
    client.command('getStreamLength', 99, null, 'x');
    await asked;
    await using other = await scene.connected();
    expect(client.said).not.toContain('_result 99 on 0');
    expect(scene.sessions[0]?.role).toBe('pending');
    decide();
    await client.heard('_result 99');
    expect(scene.registry.get('live/cam')?.state).toBe('live');
    await settle(other);
  });

  test('a gate that never answers costs the connection in time, one that fails costs it at once', async () => {
    await using scene = await SessionScene.start();
    const { ask } = scene.gate;
    const reached: string[] = [];
    scene.gate.ask = (request, signal) => {
      reached.push(request.verb);
      if (request.verb === 'play') return new Promise(() => {});
      if (request.verb === 'publish') return Promise.reject(new Error('the hook is broken'));
      return ask(request, signal);
    };
    await using waiting = await scene.connected();
    waiting.commandOn(1, 'play', 3, null, 'cam');
    await using failing = await scene.connected();
    failing.commandOn(1, 'publish', 3, null, 'cam', 'live');
    await failing.closed;
    expect(scene.log.find('bug', { connection: 'c2' })[0]?.text).toContain('the hook is broken');
    scene.clock.advance(15_000);
    await waiting.closed;
    await scene.log.waitFor('deadline', { missed: 'decision about the request', connection: 'c1' });
    expect(reached).toEqual(['connect', 'play', 'connect', 'publish']);
  });

  test('nothing of what was held is acted on once the session has failed', async () => {
    await using scene = await SessionScene.start();
    const { ask } = scene.gate;
    const broken = Promise.withResolvers<never>();
    const reached: string[] = [];
    scene.gate.ask = (request, signal) => {
      reached.push(`${request.verb} ${request.readings[0]?.key ?? ''}`);
      return request.verb === 'publish' ? broken.promise : ask(request, signal);
    };
    await using client = await scene.connected();
    client.commandOn(1, 'publish', 3, null, 'cam', 'live');
    client.commandOn(2, 'play', 4, null, 'other');
    await using other = await scene.connected();
    await settle(other);
    broken.reject(new Error('the hook is broken'));
    await client.closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(reached).toEqual(['connect ', 'publish live/cam', 'connect ']);
    expect([...scene.registry.streams()]).toEqual([]);
  });

  test('a publication that was taken over before it came is let go', async () => {
    await using scene = await SessionScene.start();
    const { publish } = scene.streams;
    const decision = Promise.withResolvers<void>();
    const granted = Promise.withResolvers<Publication>();
    scene.streams.publish = async (...asked) => {
      const publication = await publish(...asked);
      granted.resolve(publication as Publication);
      await decision.promise;
      return publication;
    };
    await using first = await scene.connected();
    first.commandOn(1, 'publish', 3, null, 'cam', 'live');
    await granted.promise;
    scene.streams.publish = publish;
    await using second = await scene.connected();
    second.commandOn(1, 'publish', 3, null, 'cam', 'live');
    await second.heard('onStatus NetStream.Publish.Start');
    decision.resolve();
    expect(await first.heard('onStatus NetStream.Publish.BadName')).toMatch(
      /live\/cam was taken over by another publisher$/,
    );
    await first.closed;
    second.message(9, keyframe, 1);
    await settle(second);
    expect(scene.registry.get('live/cam')?.state).toBe('live');
  });
});

describe('one connection', () => {
  test('publishes four streams at a time and is refused a fifth, until one has ended', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    for (const id of [1, 2, 3, 4]) {
      client.commandOn(id, 'publish', 3, null, `cam${id}`, 'live');
      await client.heard(`onStatus NetStream.Publish.Start on ${id}`);
    }
    client.commandOn(5, 'publish', 3, null, 'cam5', 'live');
    expect(await client.heard('onStatus NetStream.Publish.Denied on 5')).toBe(
      'onStatus NetStream.Publish.Denied on 5: this connection already publishes 4 streams, the most that is allowed',
    );
    expect(scene.events).toContain('rejected: publication-limit');
    client.message(9, keyframe, 1);
    client.commandOn(6, 'play', 3, null, 'cam1');
    await client.heard('onStatus NetStream.Play.Start on 6');
    client.command('deleteStream', 0, null, 2);
    client.commandOn(5, 'publish', 3, null, 'cam5', 'live');
    await client.heard('onStatus NetStream.Publish.Start on 5');
    expect(scene.registry.isPublished('live/cam2')).toBe(false);
  });

  test('that asks for many at once is given no more', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    for (let id = 1; id <= 12; id++) client.commandOn(id, 'publish', 3, null, `cam${id}`, 'live');
    await settle(client);
    expect(client.said.filter((line) => line.startsWith('onStatus NetStream.Publish.Start'))).toHaveLength(4);
    expect([...scene.registry.streams()]).toHaveLength(4);
  });
});

describe('messages without a byte', () => {
  test('are a sign of life, and passed on once at most', async () => {
    await using scene = await SessionScene.start();
    await using client = await publishing(scene);
    client.message(9, keyframe, 1);
    client.message(8, Buffer.from('af01aa', 'hex'), 1);
    await settle(client);
    for (let passed = 0; passed < 60_000; passed += 6000) {
      for (const type of [8, 9, 18]) client.message(type, Buffer.alloc(0), 1);
      await settle(client);
      scene.clock.advance(6000);
    }
    expect(scene.log.find('deadline')).toEqual([]);
    const { cache } = scene.registry.get('live/cam')?.broadcast ?? {};
    expect([...(cache?.frames ?? [])].map(({ tag, payload }) => [tag, payload.length])).toEqual([
      [9, keyframe.length],
      [8, 3],
      [8, 0],
    ]);
  });
});

describe('connect', () => {
  test('asks access; what that refuses is told, with where to go instead', async () => {
    await using scene = await SessionScene.start();
    scene.gate.ask = async ({ verb, readings, path, isTls }) => {
      expect({ verb, readings, path, isTls }).toEqual({
        verb: 'connect',
        readings: [],
        path: [],
        isTls: false,
      });
      return { refused: 'access', description: 'go there', redirect: 'rtmp://other.example/live' };
    };
    await using client = await RawClient.open(scene.port);
    let heard = Buffer.alloc(0);
    client.socket.on('data', (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
    });
    client.connect();
    await client.closed;
    expect(client.said.at(-1)).toBe('_error 1 on 0: go there');
    expect(heard.includes('rtmp://other.example/live')).toBe(true);
    await scene.log.waitFor('closed', { connection: 'c1' });
    expect(scene.events).toEqual(['rejected: access', 'c1 closed']);
  });

  test('can be revoked like anything else that was granted', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    const [activity] = scene.sessions[0]?.activities() ?? [];
    expect(activity?.verb).toBe('connect');
    activity?.revoke('the time that was granted is over');
    await client.closed;
  });

  test('takes along what is done on the connection, each with a word', async () => {
    await using scene = await SessionScene.start();
    scene.registry.publish('live/a', { address: 'there', onReplaced: () => {} });
    await using client = await scene.connected();
    client.commandOn(1, 'play', 0, null, 'a');
    client.command('createStream', 3, null);
    client.commandOn(2, 'play', 0, null, 'b');
    await scene.log.waitFor('play', {}, { count: 2 });
    const [activity] = scene.sessions[0]?.activities() ?? [];
    activity?.revoke('enough');
    await client.closed;
    const failed = client.said.filter((line) => line.startsWith('onStatus NetStream.Play.Failed'));
    expect(failed).toEqual([
      'onStatus NetStream.Play.Failed on 1: enough',
      'onStatus NetStream.Play.Failed on 2: enough',
    ]);
  });
});

describe('a peer that asks too much', () => {
  test('what follows a refusal in the same packet is not acted on', async () => {
    await using scene = await SessionScene.start();
    const { ask } = scene.gate;
    let count = 0;
    scene.gate.ask = async (request, signal) => {
      if (request.verb !== 'publish' || count++ > 0) return ask(request, signal);
      return { refused: 'access', description: 'not from there' };
    };
    await using client = await scene.connected();
    client.socket.cork();
    client.commandOn(1, 'publish', 3, null, 'cam', 'live');
    client.commandOn(1, 'publish', 4, null, 'cam', 'live');
    client.message(9, keyframe, 1);
    client.socket.uncork();
    expect(await client.heard('onStatus NetStream.Publish.Denied')).toContain('not from there');
    await client.closed;
    expect(count).toBe(1);
    expect(scene.registry.get('live/cam')).toBeUndefined();
  });

  test('refused plays come to an end', async () => {
    await using scene = await SessionScene.start();
    const { ask } = scene.gate;
    scene.gate.ask = async (request, signal) => {
      if (request.verb !== 'play') return ask(request, signal);
      return { refused: 'no-source', description: 'there is no such stream' };
    };
    await using client = await scene.connected();
    for (let i = 0; i < 1000; i++) client.commandOn(1, 'play', 3, null, `cam${i}`);
    await client.closed;
    expect(scene.log.find('refused')).toHaveLength(16);
  });

  test('more plays at a time than a connection may have are refused in so many words', async () => {
    await using scene = await SessionScene.start();
    await using publisher = await publishing(scene);
    publisher.message(9, keyframe, 1);
    await settle(publisher);
    await using client = await scene.connected();
    for (let id = 1; id <= 8; id++) client.commandOn(id, 'play', 3, null, id % 2 === 0 ? 'cam' : 'not-there');
    await client.heard('onStatus NetStream.Play.Start on 8');
    client.commandOn(9, 'play', 3, null, 'cam');
    expect(await client.heard('onStatus NetStream.Play.Failed on 9')).toBe(
      'onStatus NetStream.Play.Failed on 9: this connection already plays 8 streams, the most that is allowed',
    );
    expect(scene.events).toContain('rejected: play-limit');
    client.commandOn(8, 'play', 3, null, 'cam'); // takes the place of the one before
    await client.heard('onStatus NetStream.Play.Start on 8', 2);
    client.commandOn(9, 'publish', 3, null, 'own', 'live');
    await client.heard('onStatus NetStream.Publish.Start on 9');
    client.commandOn(1, 'closeStream', 0, null);
    client.commandOn(10, 'play', 3, null, 'cam');
    await client.heard('onStatus NetStream.Play.Start on 10');
  });

  test('play and stop without end costs the connection', async () => {
    await using scene = await SessionScene.start();
    await using client = await scene.connected();
    for (let i = 0; i < 1000; i++) client.commandOn(1, 'play', 3, null, `cam${i}`);
    await client.closed;
    expect(scene.log.find('protocol-error')[0]?.fields['code']).toBe('RTMP_REQUESTS_TOO_MANY');
    expect([...scene.registry.streams()]).toEqual([]);
  });
});

test('a refusal made at the door is told in answer to connect', async () => {
  await using scene = await SessionScene.start();
  scene.refusal = { refused: 'session-limit', description: 'the server is full: it has 5 sessions' };
  await using client = await RawClient.open(scene.port);
  client.connect();
  await client.closed;
  expect(client.said.at(-1)).toBe('_error 1 on 0: the server is full: it has 5 sessions');
  expect(scene.log.find('refused', { reason: 'session-limit', connection: 'c1' })).toHaveLength(1);
});

describe('a message of more messages than are taken in a turn of the loop', () => {
  const part = Buffer.concat([
    Buffer.from('0800012c00000000000000', 'hex'),
    Buffer.alloc(300, 0xaf),
    Buffer.alloc(4),
  ]);
  const parts = 3000;

  /** A publisher who has sent such a message, and what of it has come so far. */
  async function sending(scene: SessionScene) {
    let frames = 0;
    scene.streams.publish = async () => ({
      key: 'live/cam',
      counts: true,
      receive: () => frames++,
      leave: () => {},
      announcePath: () => {},
    });
    const client = await publishing(scene);
    client.message(22, Buffer.alloc(part.length * parts, part), 1);
    client.command('getStreamLength', 99, null, 'x');
    await expect.poll(() => frames).toBeGreaterThan(0);
    return { client, frames: () => frames };
  }

  test('goes on in the next, and what is behind it waits', async () => {
    await using scene = await SessionScene.start();
    const { client, frames } = await sending(scene);
    expect(frames()).toBeLessThan(parts);
    expect(client.said.filter((line) => line.startsWith('_result 99'))).toEqual([]);
    scene.clock.advance(0);
    await client.heard('_result 99');
    expect(frames()).toBe(parts);
    expect(scene.log.find('slowed')).toEqual([]);
    await client[Symbol.asyncDispose]();
  });

  test('is not acted on any more when the session is over', async () => {
    await using scene = await SessionScene.start();
    const { client, frames } = await sending(scene);
    const before = frames();
    scene.sessions[0]?.dismiss('the relay is shutting down');
    scene.clock.advance(0);
    expect(frames()).toBe(before);
    scene.sessions[0]?.destroy();
    await client.closed;
    scene.clock.advance(20_000);
    expect(frames()).toBe(before);
  });
});
