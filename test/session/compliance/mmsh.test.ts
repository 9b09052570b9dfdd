import { expect, test } from 'vitest';
import { ComplianceScene } from '../../support/compliance-scene.ts';
import { describeOrders } from './order-compliance.ts';
import { openMmsh } from './peers.ts';
import { describePlay } from './play-compliance.ts';

/** A head without an end of the stream behind it: the connection was closed in the middle. */
const cut = /^HTTP\/1\.1 200 (?!.*\$E)/s;

describePlay(openMmsh, {
  started: /^HTTP\/1\.1 200 OK\r\n.*Content-Type: application\/x-mms-framed\r\n.*\r\n\r\n\$H/s,
  refused: /^HTTP\/1\.1 403 .*Server: Rex\//s,
  challenged: /^HTTP\/1\.1 401 .*www-authenticate: Basic realm="x"/s,
  notFound: /^HTTP\/1\.1 503 .*retry-after: 5\r\n.*there is no stream live\/a, and none came in time\n$/s,
  ended: /\$E.{6}$/s,
  revoked: cut,
  revokedWaiting: /^HTTP\/1\.1 403 .*enough\n$/s,
  stopped: cut,
  stoppedWaiting: /^HTTP\/1\.1 503 .*the relay is shutting down\n$/s,
  format: /\$E.{6}$/s,
  formatWaiting: /^HTTP\/1\.1 406 .*live\/a is not available in this format: it is another\n$/s,
  path: /\$N..here/s,
  pings: false,
});

describeOrders('a play', openMmsh, (peer) => peer.play());
describeOrders('a describe', openMmsh, (peer) => peer.describe());

test('a play of MMSH is one in the log, and a describe is none', async () => {
  const scene = new ComplianceScene();
  const peer = await openMmsh(scene);
  const { publication } = scene.publish('VH1@0 K1@0');
  peer.describe();
  (await scene.asked()).decide(scene.grant());
  await scene.pass(100);
  expect(peer.heard).toMatch(/^HTTP\/1\.1 200 .*\r\nContent-Length: \d+\r\n.*\r\n\r\n\$H/s);
  expect([scene.said('play'), scene.events, scene.releases]).toEqual([
    [],
    ['accepted', 'idle', 'closed'],
    [1],
  ]);
  expect(peer.socket.readableEnded).toBe(true);
  publication.leave('ended');
  expect([...scene.registry.streams()]).toEqual([]);
});

test('a relay that asks what a stream is says how far it is: it may be the one for whom the stream is fetched', async () => {
  const scene = new ComplianceScene();
  const peer = await openMmsh(scene, 'frame;0-9f86d081884c7d65');
  peer.describe();
  (await scene.asked()).decide(scene.grant('live/a', { path: ['downstream'] }));
  await scene.settle();
  expect(scene.plays).toMatchObject([
    { resume: { from: 'frame', marks: [{ timestamp: 0, hash: '9f86d081884c7d65' }] } },
  ]);
});
