import { expect, test } from 'vitest';
import { ComplianceScene } from '../../support/compliance-scene.ts';
import { describeOrders } from './order-compliance.ts';
import { openWs } from './peers.ts';
import { describePlay } from './play-compliance.ts';

describePlay(openWs, {
  started: /^HTTP\/1\.1 101 .*\nframe 2/s,
  refused: /\nclose 4403: not from there$/,
  challenged: /\nclose 4401: who are you$/,
  notFound: /\nclose 4404: there is no stream live\/a, and none came in time$/,
  ended: /\nclose 1000: the stream has ended$/,
  revoked: /\nclose 4403: enough$/,
  revokedWaiting: /\nclose 4403: enough$/,
  stopped: /\nclose 1001: the relay is shutting down$/,
  stoppedWaiting: /\nclose 1001: the relay is shutting down$/,
  format: /\nclose 4406: live\/a is not available in this format: it is another$/,
  formatWaiting: /\nclose 4406: live\/a is not available in this format: it is another$/,
  pings: true,
});

describeOrders('a play', openWs, (peer) => peer.play());

test('a verdict that comes when the peer has closed the WebSocket changes nothing', async () => {
  const scene = new ComplianceScene();
  const peer = await openWs(scene);
  peer.play();
  const { decide } = await scene.asked();
  peer.socket.write(Buffer.from('888000000000', 'hex'));
  await scene.settle();
  decide(scene.grant());
  await scene.settle();
  expect([scene.releases, scene.events, scene.said('play')]).toEqual([[1], [], []]);
});

test('a peer that pings and reads no pong stays, and its pongs take no memory', async () => {
  const scene = new ComplianceScene();
  const peer = await openWs(scene);
  peer.play();
  (await scene.asked()).decide(scene.grant());
  await scene.settle();
  peer.socket.pause();
  const pings = Buffer.concat(new Array<Buffer>(1000).fill(Buffer.from('898000000000', 'hex')));
  for (let i = 0; i < 50; i++) {
    peer.socket.write(pings);
    await scene.pass(50);
  }
  expect(scene.session.sentBytes).toBeLessThan(1000);
  expect(scene.events).toEqual(['accepted']);
  peer.socket.resume();
  await scene.settle();
  peer.socket.write(Buffer.from('89810000000061', 'hex'));
  for (let i = 0; i < 100 && !peer.received.endsWith('a'); i++) await scene.pass(50); // it is read slowly
  expect(peer.received.slice(-3)).toBe('\x8a\x01a');
});
