import { expect, test } from 'vitest';
import type { Publication } from '../../../src/stream/stream-registry.ts';
import { ComplianceScene, deadlines } from '../../support/compliance-scene.ts';
import { media } from '../../support/fake-media.ts';
import { chunk, flvBody, flvTag } from '../../support/flv-body.ts';
import { describeOrders } from './order-compliance.ts';
import { openHttp } from './peers.ts';
import { describePlay } from './play-compliance.ts';
import { describePublication } from './publication-compliance.ts';

describePlay(openHttp, {
  started: /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nd\r\nFLV/s,
  refused: /^HTTP\/1\.1 403 /,
  challenged: /^HTTP\/1\.1 401 .*www-authenticate: Basic realm="x"/s,
  notFound:
    /^HTTP\/1\.1 404 .*content-type: text\/plain; charset=utf-8\r\n.*access-control-allow-origin: \*\r\n.*there is no stream live\/a, and none came in time\n$/s,
  ended: /\r\n0\r\n\r\n$/,
  revoked: /^HTTP\/1\.1 200 (?!.*\r\n0\r\n\r\n$)/s,
  revokedWaiting: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: /^HTTP\/1\.1 200 (?!.*\r\n0\r\n\r\n$)/s,
  stoppedWaiting: /^HTTP\/1\.1 503 .*the relay is shutting down\n$/s,
  format: /\r\n0\r\n\r\n$/,
  formatWaiting: /^HTTP\/1\.1 406 .*live\/a is not available in this format: it is another\n$/s,
  pings: false,
});

describePublication(openHttp, {
  refused: /^HTTP\/1\.1 403 .*not from there\n$/s,
  challenged: /^HTTP\/1\.1 401 .*www-authenticate: Basic realm="x"\r\n/s,
  conflict: /^HTTP\/1\.1 409 .*stream live\/a was just taken over by another publisher/s,
  replaced: /^HTTP\/1\.1 409 .*live\/a was taken over by another publisher\n$/s,
  revoked: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: /^HTTP\/1\.1 503 .*the relay is shutting down\n$/s,
});

describeOrders('a play', openHttp, (peer) => peer.play());
describeOrders('a publication', openHttp, (peer) => peer.publish());

test('no media in time is 408', async () => {
  const scene = new ComplianceScene();
  const peer = await openHttp(scene);
  peer.publish();
  (await scene.asked()).decide(scene.grant());
  await scene.settle();
  await scene.pass(deadlines.firstMediaMs);
  expect(peer.heard).toMatch(/^HTTP\/1\.1 408 .*no first media in time\n$/s);
});

test('bytes that are no tag yet are no media: a large tag that drips is cut', async () => {
  const scene = new ComplianceScene();
  const peer = await openHttp(scene);
  peer.publish();
  (await scene.asked()).decide(scene.grant());
  peer.send('VH1@0 K1@0');
  const [large] = media('P2@40:100000');
  if (large !== undefined) peer.socket.write(chunk(flvTag(large).subarray(0, 11)));
  await scene.settle();
  for (let passed = 0; passed < deadlines.silenceMs; passed += 1000) {
    peer.socket.write(chunk(Buffer.alloc(1)));
    await scene.pass(1000);
  }
  expect(peer.heard).toMatch(/^HTTP\/1\.1 408 .*no media in time\n$/s);
});

test('a connection on which nothing is asked for is closed, at first and after an answer', async () => {
  const scene = new ComplianceScene();
  const silent = await openHttp(scene);
  await scene.pass(deadlines.handshakeMs);
  expect([silent.heard, scene.events]).toEqual(['', ['closed']]);
  const used = await openHttp(scene);
  used.play();
  (await scene.asked()).decide({ refused: 'access', description: 'no' });
  await scene.settle();
  await scene.pass(deadlines.idleMs - 1);
  expect(used.socket.readableEnded).toBe(false);
  await scene.pass(1);
  expect(used.socket.readableEnded).toBe(true);
  expect(scene.log.lines.filter(({ level }) => level !== 'debug').map(({ event }) => event)).toEqual([
    'refused',
  ]);
});

test('of a publication that fails nothing else of the same read is taken', async () => {
  const scene = new ComplianceScene();
  const peer = await openHttp(scene);
  let received = 0;
  const publish = async (): Promise<Publication> => ({
    key: 'live/a',
    counts: true,
    receive() {
      received++;
      throw new Error('planned');
    },
    leave: () => {},
    announcePath: () => {},
  });
  Object.assign(scene.streams, { publish });
  peer.publish();
  (await scene.asked()).decide(scene.grant());
  await scene.settle();
  peer.socket.write(Buffer.concat([chunk(flvBody('VH1@0 K1@0')), chunk(flvBody('P2@40'))]));
  await scene.settle();
  expect([received, scene.said('bug').length, scene.events]).toEqual([1, 1, ['accepted', 'closed']]);
});

test('a relay that says twice where it left off begins as any', async () => {
  const scene = new ComplianceScene();
  const point = 'frame;0-9f86d081884c7d65';
  const peer = await openHttp(scene, `${point}\nStreampump-Resume: ${point}`);
  peer.play();
  (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
  await scene.settle();
  expect(scene.plays).toMatchObject([{ resume: undefined }]);
});
