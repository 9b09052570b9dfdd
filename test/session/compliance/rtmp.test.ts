import { expect, test } from 'vitest';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import type { Refusal } from '../../../src/session/access.ts';
import { ComplianceScene, deadlines } from '../../support/compliance-scene.ts';
import { simpleClientHandshake } from '../../support/server-scene.ts';
import { describeOrders } from './order-compliance.ts';
import { openRawRtmp, openRtmp } from './peers.ts';
import { describePlay } from './play-compliance.ts';
import { describePublication } from './publication-compliance.ts';

describePlay(openRtmp, {
  started: /^onStatus NetStream\.Play\.Start on 1: playing live\/a$/m,
  refused: /^onStatus NetStream\.Play\.Failed on 1: not from there$/m,
  challenged: /^onStatus NetStream\.Play\.Failed on 1: who are you$/m,
  notFound:
    /^onStatus NetStream\.Play\.StreamNotFound on 1: there is no stream live\/a, and none came in time$/m,
  ended: /^onStatus NetStream\.Play\.UnpublishNotify on 1: live\/a has ended\nStream EOF 1$/m,
  revoked: /^onStatus NetStream\.Play\.Failed on 1: enough\nStream EOF 1$/m,
  revokedWaiting: /^onStatus NetStream\.Play\.Failed on 1: enough$/m,
  stopped: /^onStatus NetStream\.Play\.UnpublishNotify on 1: the relay is shutting down\nStream EOF 1$/m,
  stoppedWaiting: /^onStatus NetStream\.Play\.UnpublishNotify on 1: the relay is shutting down$/m,
  format:
    /^onStatus NetStream\.Play\.Failed on 1: live\/a is not available in this format: it is another\nStream EOF 1$/m,
  formatWaiting:
    /^onStatus NetStream\.Play\.Failed on 1: live\/a is not available in this format: it is another$/m,
  pings: true,
});

describePublication(openRtmp, {
  refused: /^onStatus NetStream\.Publish\.Denied on 1: not from there$/m,
  challenged: /^onStatus NetStream\.Publish\.Denied on 1: who are you$/m,
  conflict:
    /^onStatus NetStream\.Publish\.BadName on 1: stream live\/a was just taken over by another publisher/m,
  replaced: /^onStatus NetStream\.Publish\.BadName on 1: live\/a was taken over by another publisher$/m,
  revoked: /^onStatus NetStream\.Publish\.Denied on 1: enough$/m,
  stopped: /^onStatus NetStream\.Publish\.Failed on 1: the relay is shutting down$/m,
});

describeOrders('a play', openRtmp, (peer) => peer.play());
describeOrders('a publication', openRtmp, (peer) => peer.publish());

const largeChunk = encodeChunks({ type: 9, timestamp: 0, messageStreamId: 1 }, Buffer.alloc(60_000), 65_536);

test.each([
  { missed: 'handshake', ms: deadlines.handshakeMs, before: 'nothing', drip: simpleClientHandshake },
  { missed: 'connect', ms: deadlines.idleMs, before: 'handshake', drip: largeChunk },
  { missed: 'publish or play', ms: deadlines.idleMs, before: 'connect', drip: largeChunk },
  { missed: 'first media', ms: deadlines.firstMediaMs, before: 'publish', drip: largeChunk },
  { missed: 'media', ms: deadlines.silenceMs, before: 'media', drip: largeChunk },
])('drips of a byte at a time gain nothing: no $missed', async ({ missed, ms, before, drip }) => {
  const scene = new ComplianceScene();
  const client = openRawRtmp(scene);
  if (before === 'handshake') client.send(simpleClientHandshake);
  else if (before !== 'nothing') client.connect();
  if (before === 'publish' || before === 'media') {
    client.command('createStream', 2, null);
    client.commandOn(1, 'publish', 3, null, 'a', 'live');
    (await scene.asked()).decide(scene.grant());
    await scene.settle();
  }
  if (before === 'media') client.message(9, Buffer.from('1701000000aa', 'hex'), 1);
  await scene.settle();
  for (let passed = 0; passed < ms; passed += 1000) {
    expect(scene.said('deadline')).toEqual([]);
    client.send(drip.subarray(passed / 1000, passed / 1000 + 1));
    await scene.pass(1000);
  }
  expect(scene.log.find('deadline', { missed })).toHaveLength(1);
  expect(client.socket.closed || client.socket.readableEnded).toBe(true);
});

test('a peer that asks and reads no answer is cut before they fill the memory', async () => {
  const scene = new ComplianceScene();
  const { socket } = await openRtmp(scene);
  socket.pause();
  const ping = encodeChunks(
    { type: 4, timestamp: 0, messageStreamId: 0 },
    Buffer.from('000600000001', 'hex'),
    128,
  );
  const pings = Buffer.concat(new Array<Buffer>(1000).fill(ping));
  for (let i = 0; i < 200 && scene.said('protocol-error').length === 0; i++) {
    socket.write(pings);
    await scene.pass(50);
  }
  expect(scene.log.find('protocol-error', { code: 'RTMP_ANSWERS_UNREAD' })).toHaveLength(1);
  expect(scene.session.sentBytes).toBeLessThan(512 * 1024);
  expect(scene.events).toEqual(['closed']);
});

test.each(['verdict', "home's answer"])(
  'what follows a publish that is revoked before the %s is acted on',
  async (missing) => {
    const scene = new ComplianceScene();
    const client = openRawRtmp(scene);
    client.connect();
    client.command('createStream', 2, null);
    client.command('createStream', 3, null);
    client.commandOn(1, 'play', 4, null, 'b');
    (await scene.asked()).decide(scene.grant('live/b'));
    await scene.settle();
    client.commandOn(2, 'publish', 5, null, 'a', 'live');
    client.command('createStream', 6, null);
    const { decide } = await scene.asked();
    if (missing !== 'verdict') {
      Object.assign(scene.streams, { publish: () => new Promise(() => {}) });
      decide(scene.grant());
    }
    await scene.settle();
    expect(client.said.join('\n')).not.toContain('_result 6');
    for (const activity of scene.session.activities())
      if (activity.verb === 'publish') activity.revoke('enough');
    await scene.settle();
    expect(client.said.join('\n')).toMatch(/NetStream\.Publish\.Denied on 2: enough\n_result 6/);
  },
);

test('a relay that is denied the format of a dry stream hears nothing of it being dry', async () => {
  const scene = new ComplianceScene();
  const peer = await openRtmp(scene);
  scene.publish('VH1@0 K1@0', { name: 'another' });
  await scene.pass(1000);
  expect(scene.registry.get('live/a')?.broadcast.isDry).toBe(true);
  peer.play();
  (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
  await scene.settle();
  expect(peer.heard).toMatch(/Failed on 1: live\/a is not available in this format: it is another$/);
});

test('a refusal at the door that comes when the session is closing is not counted', async () => {
  const scene = new ComplianceScene();
  const { promise: refusal, resolve } = Promise.withResolvers<Refusal>();
  const client = openRawRtmp(scene, { refusal });
  client.connect();
  await scene.settle();
  scene.session.dismiss('the relay is shutting down');
  resolve({ refused: 'session-limit', description: 'full' });
  await scene.settle();
  expect([scene.events, scene.said('refused')]).toEqual([[], []]);
});

test.each([
  { what: 'a long text', value: 'frame;0-9f86d081884c7d65'.repeat(2600) },
  { what: 'no text', value: { from: 'frame' } },
])('a relay that says with $what where it left off begins as any', async ({ value }) => {
  const scene = new ComplianceScene();
  const client = openRawRtmp(scene);
  client.connect('live', { streampumpPath: ['downstream'], streampumpResume: value });
  client.command('createStream', 2, null);
  client.commandOn(1, 'play', 3, null, 'a');
  for (let i = 0; i < 10; i++) await scene.pass(100); // so many bytes are read in several turns
  (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
  await scene.settle();
  expect(scene.plays).toMatchObject([{ resume: undefined }]);
});
