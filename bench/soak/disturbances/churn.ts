import type { EventEmitter } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { media } from '../../../test/support/fake-media.ts';
import { flvBody, flvHeader } from '../../../test/support/flv-body.ts';
import { bbbAsfPath, bbbPath } from '../../../test/support/media.ts';
import { TestPublisher } from '../../../test/support/test-publisher.ts';
import { publishFile } from '../programme.ts';
import type { SoakedRelay } from '../soaked-relay.ts';
import type { Stage, StageRelay } from '../stage.ts';

const HOST = '127.0.0.1';
/** So many come one after the other, beside as many others. */
const LANES = 6;
const MOST_STAY_MS = 600;
/** Names that publishers take in turn: metrics have a series for each. */
const NAMES = 12;
/** Of so many visits one is that of a publisher, and one of somebody who is no client. */
const PER_PUBLISHER = 6;
const PER_RUDE = 9;

/** Ways to publish for a moment and to end: each resolves when nothing is left of it. */
const publications: readonly ((relay: SoakedRelay, name: string, forMs: number) => Promise<void>)[] = [
  async (relay, name, forMs) =>
    publishFor(bbbPath, `rtmp://${HOST}:${relay.port('rtmp')}/${relay.key('live', name)}`, forMs),
  async (relay, name, forMs) =>
    publishFor(bbbPath, `rtmps://${HOST}:${relay.port('rtmps')}/${relay.key('live', name)}`, forMs),
  async (relay, name, forMs) =>
    publishFor(bbbAsfPath, `http://${HOST}:${relay.port('http')}/${relay.key('streams', name)}_push`, forMs),
  async (relay, name, forMs) => {
    const publisher = await TestPublisher.start(relay.port('rtmp'), relay.key('live', name));
    publisher.sendMedia(...media('M1@0 VH1@0 AH1@0 K1@0:5000 P2@40:1000'));
    await sleep(forMs);
    await publisher.cut();
  },
  async (relay, name, forMs) => {
    const post = request({
      host: HOST,
      port: relay.port('http'),
      path: `/${relay.key('live', name)}.flv`,
      method: 'POST',
    });
    post.on('error', () => {});
    const closed = closeOf(post);
    post.write(Buffer.concat([flvHeader, flvBody('M1@0 VH1@0 AH1@0 K1@0:5000 P2@40:1000')]));
    await sleep(forMs);
    post.destroy();
    await closed;
  },
];

/** What comes in and is no client, or asks for what is not there. */
const rudenesses: readonly ((relay: SoakedRelay) => Promise<void>)[] = [
  (relay) => knock(relay.port('rtmp'), Buffer.from('GET / HTTP/1.0\r\n\r\n')),
  (relay) => knock(relay.port('rtmps'), Buffer.from('160301', 'hex')),
  (relay) => knock(relay.port('https'), Buffer.alloc(100, 0xff)),
  (relay) => knock(relay.port('http'), Buffer.from('GET /live/steady.flv HTTP/1.1\r\nHost: x\r\n')),
  (relay) => ask(`http://${HOST}:${relay.port('http')}/${relay.key('live', 'nobody')}.flv`),
  (relay) => ask(`https://${HOST}:${relay.port('https')}/watch/${relay.key('live', 'steady')}`),
  (relay) => ask(`http://${HOST}:${relay.port('admin')}/api/v1/sessions`),
  (relay) => ask(`http://${HOST}:${relay.port('admin')}/api/v1/streams`),
];

/** Players and publishers of every protocol that come and go, and some who are no clients. */
export async function churn(stage: Stage, to: StageRelay, visits: number): Promise<readonly string[]> {
  let left = visits;
  let unserved = 0;
  const ways = [
    ...to.relay.waysTo(to.relay.key('live', 'steady'), 'flv'),
    ...to.relay.waysTo(to.relay.key('streams', 'steady'), 'asf'),
  ];
  const lane = async (): Promise<void> => {
    for (let visit = left--; visit > 0; visit = left--) {
      await stage.budget.turn();
      const stayMs = stage.random.between(50, MOST_STAY_MS);
      const url = ways[visit % ways.length] ?? '';
      if (!(await to.guests.visit(url, stayMs))) unserved++;
      const name = `guest-${visit % NAMES}`;
      if (visit % PER_PUBLISHER === 0) await publishSomehow(to.relay, visit / PER_PUBLISHER, name, stayMs);
      if (visit % PER_RUDE === 0) await rudenesses[(visit / PER_RUDE) % rudenesses.length]?.(to.relay);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return unserved === 0 ? [] : [`${unserved} of ${visits} players who came were not served`];
}

async function publishSomehow(relay: SoakedRelay, count: number, name: string, forMs: number): Promise<void> {
  await publications[count % publications.length]?.(relay, name, forMs);
}

async function publishFor(file: string, url: string, forMs: number): Promise<void> {
  const published = await publishFile(file, url);
  await sleep(forMs);
  await published.close();
}

/** Says something and hangs up. */
async function knock(port: number, bytes: Buffer): Promise<void> {
  const socket = connect(port, HOST);
  socket.on('error', () => {});
  const closed = closeOf(socket);
  socket.once('connect', () => socket.write(bytes, () => socket.resetAndDestroy()));
  await closed;
}

/** Resolves however it closes. */
function closeOf(connection: EventEmitter): Promise<void> {
  return new Promise((resolve) => connection.once('close', () => resolve()));
}

async function ask(url: string): Promise<void> {
  await (await fetch(url, { headers: { connection: 'close' } })).arrayBuffer();
}
