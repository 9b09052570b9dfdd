import type { EventLoopUtilization } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { signaturePart, signPermit } from '../../../../src/credentials/signed-url.ts';
import { waysToPlay } from '../../../support/access-scene.ts';
import { media } from '../../../support/fake-media.ts';
import { startFleet, type TestFleet } from '../../../support/fleet/start-fleet.ts';
import { flvBody, flvHeader } from '../../../support/flv-body.ts';
import { RawHttp } from '../../../support/http-client.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

const secret = 'shared-by-the-site-and-the-house';
const ottawa = { id: 'ottawa', roster: { networks: [{ cidr: '127.0.11.0/24' }, { cidr: '127.0.0.1/32' }] } };
const toronto = { id: 'toronto', roster: { networks: [{ cidr: '127.0.12.0/24' }], parent: 'ottawa' } };
const config = {
  streams: [{ match: '**', source: { type: 'push' } }],
  permits: { houseOnly: true },
  access: {
    rules: [{ match: '**', verbs: ['play'], require: [{ type: 'signed', secrets: { k1: secret } }] }],
  },
};

function signed(identity: string, playUntil?: number): string {
  const joinUntil = Math.floor(Date.now() / 1000) + 60;
  const permit = { verb: 'play', stream: 'live/a', joinUntil, playUntil, identity } as const;
  return signaturePart(signPermit(permit, 'k1', secret));
}

/** Where the house sends somebody who comes from an address, or what it says. */
async function askHouse(fleet: TestFleet, address: string, query: string): Promise<string> {
  await using http = await RawHttp.open(fleet.house.port('http'), address);
  http.send(`GET /live/a.flv?${query} HTTP/1.1\nHost: house\nConnection: close\n\n`);
  const [head] = await http.heard(/^HTTP[\s\S]*?\r?\n\r?\n/);
  return /^location: (.*?)\r?$/im.exec(head)?.[1] ?? head.slice(9, 12);
}

/** A player at an address, whom a relay sends the stream. */
async function playAt(url: string, address: string): Promise<RawHttp> {
  const { port, pathname, search } = new URL(url);
  const http = await RawHttp.open(Number(port), address);
  http.send(`GET ${pathname}${search} HTTP/1.1\nHost: relay\n\n`);
  await http.heard(/FLV/);
  return http;
}

/** What a relay says to somebody who comes from an address with what the house gave. */
async function statusAt(url: string, address: string): Promise<string> {
  const { port, pathname, search } = new URL(url);
  await using http = await RawHttp.open(Number(port), address);
  http.send(`GET ${pathname}${search} HTTP/1.1\nHost: relay\nConnection: close\n\n`);
  const [, status = ''] = await http.heard(/^HTTP\/1\.1 (\d+)/);
  return status;
}

/** Publishes live/a by the house, which brings it to its relay. */
async function publish(fleet: TestFleet): Promise<TestPublisher> {
  const publisher = await TestPublisher.start(fleet.house.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 K1@0'));
  await fleet.relay('ottawa').published('live/a');
  return publisher;
}

/** What comes of a kick that an operator asks for. @param what - `kick`, or that of one player */
async function kick(fleet: TestFleet, wish: object, what = 'kick'): Promise<unknown> {
  const response = await fetch(fleet.house.adminUrl(`/api/v1/${what}`), {
    method: 'POST',
    headers: { ...fleet.house.token, 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  });
  return response.json();
}

/** How long this process, in which house and relays are, has had nothing to do since then: on a busy machine its work takes longer. */
function waitedMs(since: EventLoopUtilization): number {
  return performance.eventLoopUtilization(since).idle;
}

test('who is kicked is gone from every relay within a second, and stays out: by permit, by signature, by address', async () => {
  await using fleet = await startFleet([ottawa, toronto], config);
  await using _publisher = await publish(fleet);
  const urls: string[] = [];
  for (const address of ['127.0.11.1', '127.0.12.1', '127.0.12.2'])
    urls.push(await askHouse(fleet, address, `uid=7&${signed(address === '127.0.12.2' ? 'bob' : 'ann')}`));
  const [atOttawa = '', atToronto = '', ofBob = ''] = urls;
  expect(atOttawa).toContain(`${fleet.relay('ottawa').port('http')}/live/a.flv?uid=7&permit=`);
  expect(atToronto).toContain(`${fleet.relay('toronto').port('http')}/live/a.flv?uid=7&permit=`);
  await using one = await playAt(atOttawa, '127.0.11.1');
  await using other = await playAt(atToronto, '127.0.12.1');
  await using bob = await playAt(ofBob, '127.0.12.2');

  const since = performance.eventLoopUtilization();
  expect(await kick(fleet, { identity: 'ann', reason: 'spam', banSeconds: 60 })).toMatchObject({ ended: 2 });
  await Promise.all([one.closed, other.closed]);
  expect(waitedMs(since)).toBeLessThan(1000);

  expect(await statusAt(atOttawa, '127.0.11.1')).toBe('403');
  expect(await statusAt(atToronto, '127.0.12.1')).toBe('403');
  expect(await askHouse(fleet, '127.0.11.9', signed('ann'))).toBe('403');
  expect(await statusAt(ofBob, '127.0.12.2')).toBe('200');
  expect(bob.socket.closed).toBe(false);
});

test('a player that is found by its label is kicked by its id, and gone within a second', async () => {
  await using fleet = await startFleet([ottawa, toronto], config);
  const joined = new Promise<string>((resolve) => {
    fleet.house.house.fleet.follow((event) => {
      if (event.what === 'joined' && event.player.uid === 'seat-7') resolve(event.player.player);
    });
  });
  await using _publisher = await publish(fleet);
  const [url, of] = await Promise.all(
    ['seat-7', 'seat-8'].map((uid) => askHouse(fleet, '127.0.12.1', `uid=${uid}&${signed(uid)}`)),
  );
  await using player = await playAt(String(url), '127.0.12.1');
  await using other = await playAt(String(of), '127.0.12.1');
  const player7 = await joined;
  expect(await fleet.house.get('/api/v1/players?uid=seat-7')).toMatchObject({
    items: [{ id: player7, relay: 'toronto', stream: 'live/a', address: '127.0.12.1', protocol: 'http-flv' }],
  });
  const since = performance.eventLoopUtilization();
  const outcome = await kick(fleet, {}, `players/${encodeURIComponent(player7)}/kick`);
  expect(outcome).toEqual({ ended: 1, unreached: [] });
  await player.closed;
  expect(waitedMs(since)).toBeLessThan(1000);
  expect(other.socket.closed).toBe(false);
});

test('a relay plays from its parent by its own permit, and takes nobody else for a relay', async () => {
  await using fleet = await startFleet([ottawa, toronto], config);
  await using _publisher = await publish(fleet);
  await using _player = await playAt(await askHouse(fleet, '127.0.12.1', signed('ann')), '127.0.12.1');
  const sessions = await (await fetch(fleet.relay('ottawa').adminUrl('/api/v1/sessions'))).text();
  expect(sessions).toContain('relay:toronto');
  expect(await waysToPlay['http-flv']?.(fleet.relay('ottawa'), 'live/a')).toContain('ask the house');
  const lines = JSON.stringify([...fleet.relays.values()].map(({ log }) => log.lines));
  expect(lines + JSON.stringify(fleet.house.log.lines)).not.toMatch(/permit=|signature=/);
});

test('a relay whose key is in wrong hands is kept from the others by a ban of who it is', async () => {
  await using fleet = await startFleet([ottawa, toronto], config);
  await using _publisher = await publish(fleet);
  await using player = await playAt(await askHouse(fleet, '127.0.12.1', signed('ann')), '127.0.12.1');
  await kick(fleet, { identity: 'relay:toronto', reason: 'stolen', banSeconds: 60 });
  await fleet.relay('toronto').log.waitFor('upstream', { reason: 'refused' });
  expect(player.socket.closed).toBe(false); // it waits for a stream that does not come
  const sessions = await (await fetch(fleet.relay('ottawa').adminUrl('/api/v1/sessions'))).text();
  expect(sessions).not.toContain('relay:toronto');
});

describe('what was proven to the house', () => {
  test('ends the session at the relay when its own time is over', async () => {
    await using fleet = await startFleet([ottawa], config);
    await using _publisher = await publish(fleet);
    const until = Math.floor(Date.now() / 1000) + 2;
    const url = await askHouse(fleet, '127.0.11.1', signed('ann', until));
    await using player = await playAt(url, '127.0.11.1');
    await fleet.relay('ottawa').log.waitFor('play-end', { reason: 'revoked' });
    await player.closed;
    expect(Date.now()).toBeGreaterThan(until * 1000 - 20);
  });

  test('is who somebody is at the relay', async () => {
    await using fleet = await startFleet([ottawa], config);
    await using _publisher = await publish(fleet);
    await using _player = await playAt(await askHouse(fleet, '127.0.11.1', signed('ann')), '127.0.11.1');
    const sessions = await (await fetch(fleet.relay('ottawa').adminUrl('/api/v1/sessions'))).text();
    expect(sessions).toContain('"identity":"ann"');
  });
});

test('who publishes over HTTP is sent to a relay that takes it, and by nobody else', async () => {
  await using fleet = await startFleet([ottawa], config);
  const body = Buffer.concat([flvHeader, flvBody('VH1@0 K1@0')]);
  const sent = await fetch(fleet.house.url('/live/b.flv'), { method: 'PUT', body, redirect: 'manual' });
  const location = sent.headers.get('location') ?? '';
  expect(sent.status).toBe(307);
  expect(location).toContain('/live/b.flv?permit=');
  expect((await fetch(location, { method: 'PUT', body })).ok).toBe(true);
  expect((await fetch(location.replace('/b.', '/c.'), { method: 'PUT', body })).status).toBe(403);
  expect((await fetch(location.split('?')[0] ?? '', { method: 'PUT', body })).status).toBe(403);
});

test('when all keys are renewed, what the old ones let in ends, and relays find each other again', async () => {
  await using fleet = await startFleet([ottawa, toronto], config);
  await using _publisher = await publish(fleet);
  await using player = await playAt(await askHouse(fleet, '127.0.12.1', signed('ann')), '127.0.12.1');
  const url = fleet.house.adminUrl('/api/v1/permit-keys/renew');
  expect((await fetch(url, { method: 'POST', headers: fleet.house.token })).status).toBe(200);
  await player.closed;
  await using again = await TestPublisher.start(fleet.house.port('rtmp'), 'live/a').catch(async () => {
    await fleet.relay('ottawa').log.waitFor('house-order', { what: 'config' }, { count: 2 });
    return TestPublisher.start(fleet.house.port('rtmp'), 'live/a');
  });
  again.sendMedia(...media('VH1@0 K1@0'));
  await using _later = await playAt(await askHouse(fleet, '127.0.12.1', signed('ann')), '127.0.12.1');
});
