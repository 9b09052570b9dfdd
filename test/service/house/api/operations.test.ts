import { describe, expect, test } from 'vitest';
import { FleetDesk } from '../../../support/fleet/fleet-desk.ts';
import { fleetPlayer, rosterEntry } from '../../../support/fleet-scene.ts';

function desk(): FleetDesk {
  const limits = { players: 100, sentBitsPerSecond: null };
  const made = new FleetDesk([
    rosterEntry('root', { title: 'Montreal' }),
    rosterEntry('edge', { parent: 'root', limits, networks: [{ cidr: '10.0.0.0/8', priority: 4 }] }),
    rosterEntry('off', { enabled: false }),
  ]);
  const { fleet, links } = made;
  const stream = { key: 'live/a', state: 'live', receivedBitsPerSecond: 3e6, keyframeAgeSeconds: 1 } as const;
  fleet.says('root', { streams: new Map([['live/a', { ...stream, players: 0, source: 'publisher' }]]) });
  fleet.says('edge', {
    ...{ players: 2, sentBitsPerSecond: 6e6, receivedBitsPerSecond: 3e6 },
    streams: new Map([['live/a', { ...stream, players: 2, source: 'pull' }]]),
  });
  fleet.seat(fleetPlayer('edge', 'c1', { uid: 'ann', address: '10.0.0.1' }));
  fleet.seat(fleetPlayer('edge', 'c2', { uid: 'bob', address: '10.9.0.1', stream: 'tv/b' }));
  links.here = ['root', 'edge'];
  links.answer = () => ({ ended: 1 });
  return made;
}

async function idsOf(made: FleetDesk, path: string): Promise<unknown[]> {
  const [status, json] = await made.ask(`GET ${path}`);
  expect(status).toBe(200);
  return (json as { items: { id?: string; stream?: string }[] }).items.map(({ id, stream }) => id ?? stream);
}

describe('relays', () => {
  test('are listed with how they stand, by page, state and words', async () => {
    const made = desk();
    expect(await idsOf(made, 'relays')).toEqual(['edge', 'off', 'root']);
    expect(await idsOf(made, 'relays?limit=1&after=edge')).toEqual(['off']);
    expect(await idsOf(made, 'relays?state=disabled')).toEqual(['off']);
    expect(await idsOf(made, 'relays?search=montr')).toEqual(['root']);
    expect(await made.ask('GET relays/edge')).toMatchObject([
      200,
      { id: 'edge', state: 'ready', parent: 'root', players: 2, streams: 1, limits: { players: 100 } },
    ]);
    made.clock.advance(10_000);
    expect(await idsOf(made, 'relays?state=offline')).toEqual(['edge', 'root']);
  });

  test('are drained and undrained, which is noted with who did it', async () => {
    const made = desk();
    expect(await made.ask('PATCH relays/edge', { draining: true })).toMatchObject([
      200,
      { state: 'draining' },
    ]);
    expect(made.store.decisions.draining).toEqual(['edge']);
    expect(await made.ask('PATCH relays/edge', { draining: false })).toMatchObject([200, { state: 'ready' }]);
    expect(
      made.log.find('audit', { identity: 'alice', outcome: 'done' }).map(({ fields }) => fields['what']),
    ).toEqual(['PATCH /api/v1/relays/edge: drain', 'PATCH /api/v1/relays/edge: undrain']);
    expect((await made.ask('PATCH relays/nobody', { draining: true }))[0]).toBe(404);
  });
});

test('a relay reads its own configuration again; one that cannot says why', async () => {
  const made = desk();
  expect(await made.ask('POST relays/edge/reload')).toEqual([204, undefined]);
  expect(made.links.orders).toEqual([{ relay: 'edge', order: { type: 'reload' } }]);
  made.links.answer = () => ({ problem: 'listen.http.port: expected a number' });
  expect(await made.ask('POST relays/edge/reload')).toMatchObject([
    422,
    { message: 'relay edge stays as it was: listen.http.port: expected a number' },
  ]);
  expect(await made.ask('POST relays/off/reload')).toMatchObject([
    503,
    { message: 'relay off is not linked' },
  ]);
  expect((await made.ask('POST relays/nobody/reload'))[0]).toBe(404);
});

test('players are found by label, address, network, stream, relay and words', async () => {
  const made = desk();
  expect(await idsOf(made, 'players')).toEqual(['edge/c1', 'edge/c2']);
  for (const [query, found] of [
    ['uid=ann', ['edge/c1']],
    ['address=10.9.0.1', ['edge/c2']],
    ['address=10.9.0.0%2F16', ['edge/c2']],
    ['stream=tv%2F**', ['edge/c2']],
    ['relay=root', []],
    ['search=EDGE%20bob', ['edge/c2']],
    ['uid=ann&relay=edge&stream=live%2Fa', ['edge/c1']],
  ] as const)
    expect(await idsOf(made, `players?${query}`), query).toEqual(found);
  expect(await made.ask('GET players/edge%2Fc1')).toMatchObject([
    200,
    { relay: 'edge', session: 'c1', uid: 'ann' },
  ]);
  expect((await made.ask('GET players/edge%2Fc9'))[0]).toBe(404);
});

test('a stream says where it is published and how many watch it everywhere', async () => {
  const [, json] = await desk().ask('GET streams');
  expect(json).toMatchObject({
    next: null,
    items: [{ stream: 'live/a', state: 'live', players: 2, publishedAt: 'root', relayCount: 2 }],
  });
});

test('a player is kicked and kept out, and let in again', async () => {
  const made = desk();
  const kicked = await made.ask('POST players/edge%2Fc1/kick', { reason: 'spam', banSeconds: 60 });
  expect(kicked).toEqual([200, { ended: 1, unreached: [] }]);
  const [, bans] = await made.ask('GET bans');
  const { items } = bans as { items: { id: string }[] };
  expect(items).toMatchObject([
    { kind: 'address', value: '10.0.0.1', until: '2026-03-01T18:01:00.000Z', reason: 'spam' },
  ]);
  expect(await made.ask(`DELETE bans/${items[0]?.id}`)).toEqual([204, undefined]);
  expect((await made.ask(`DELETE bans/${items[0]?.id}`))[0]).toBe(404);
  expect(await made.ask('POST kick', { reason: 'all' })).toMatchObject([
    400,
    { message: 'expected at least one of uid, address, identity and stream' },
  ]);
  expect(await made.ask('POST kick', { uid: 'bob' })).toEqual([200, { ended: 2, unreached: [] }]);
});

test('why says which relay and which rule, relay by relay', async () => {
  const [status, json] = await desk().ask('GET why?stream=live%2Fa&address=10.1.1.1');
  expect(status).toBe(200);
  expect(json).toMatchObject({ relay: 'edge', by: 'priority', refused: null, protocol: 'http-flv' });
  expect((json as { relays: object[] }).relays).toHaveLength(3);
});

test('why says that somebody is refused, whatever relay there is', async () => {
  const made = desk();
  made.objection = 'you are banned';
  expect((await made.ask('GET why?stream=live%2Fa&address=10.1.1.1'))[1]).toMatchObject({
    access: 'you are banned',
    verdict: expect.stringMatching(
      /^10\.1\.1\.1 is sent to edge: .*\. But whoever shows nothing is refused: you are banned\.$/,
    ),
  });
});

test('why says where a player is sent by TLS whose relay has nothing else, as players are', async () => {
  const tls = { rtmp: null, rtmps: null, http: null, https: 'https://tls:8443', mmsh: null };
  const made = new FleetDesk([rosterEntry('tls', { urls: tls })]);
  made.fleet.says('tls');
  const [, json] = await made.ask('GET why?stream=live%2Fa&address=10.1.1.1');
  expect(json).toMatchObject({ relay: 'tls', protocol: 'http-flv', url: 'https://tls:8443/live/a.flv' });
  const [, none] = await made.ask('GET why?stream=live%2Fa&address=10.1.1.1&protocol=rtmp');
  expect(none).toMatchObject({ relay: null, refused: 'unreachable' });
});

test('the house says how it and its fleet are doing, and hides what is secret of its settings', async () => {
  const made = desk();
  const [, house] = await made.ask('GET house');
  expect(house).toMatchObject({
    links: 2,
    store: { type: 'file', isThere: true },
    fleet: { players: 2, relays: { ready: 2, disabled: 1 } },
    config: { at: 'settled', relay: null },
  });
  made.rollout = { at: 'rolled-back', relay: 'edge', why: 'it is offline', since: made.wallMs };
  const config = {
    ...{ at: 'rolled-back', relay: 'edge', reason: 'it is offline' },
    since: '2026-03-01T18:00:00.000Z',
  };
  expect((await made.ask('GET house'))[1]).toMatchObject({ config });
  expect((await made.ask('GET config'))[0]).toBe(200);
  expect((await made.ask('GET openapi.json'))[1]).toMatchObject({ openapi: '3.1.1' });
});

test('routes are listed as they are and as they had better be, page by page', async () => {
  const made = desk();
  const edge = {
    relay: 'edge',
    parent: 'root',
    isFixed: true,
    roundTripMs: 5,
    proposed: 'root',
    proposedRoundTripMs: 5,
  };
  const root = {
    relay: 'root',
    parent: null,
    isFixed: false,
    roundTripMs: null,
    proposed: null,
    proposedRoundTripMs: null,
  };
  made.routes = [root, edge];
  expect(await made.ask('GET routes?limit=1')).toEqual([200, { items: [edge], next: 'edge' }]);
  expect(await made.ask('GET routes?after=edge')).toEqual([200, { items: [root], next: null }]);
});

test('a relay is invited, brings its key once, and belongs to the fleet when it is approved', async () => {
  const made = desk();
  const [status, given] = await made.ask('POST invitations', {
    id: 'new',
    parent: 'root',
    urls: { http: 'http://new:8080' },
  });
  const { token } = given as { token: string };
  expect([status, token.length]).toEqual([201, 43]);
  expect(await idsOf(made, 'invitations')).toEqual(['new']);
  const keyHash = 'ab'.repeat(32);
  expect(await made.ask('POST provision', { token, keyHash })).toEqual([202, { id: 'new' }]);
  expect(await made.ask('POST provision', { token, keyHash })).toMatchObject([403, { error: 'forbidden' }]);
  expect(await idsOf(made, 'relays?state=unapproved')).toEqual(['new']);
  await made.ask('POST relays/new/approve');
  expect(made.store.decisions.provisioned).toMatchObject([{ isApproved: true }]);
  expect(await made.ask('DELETE relays/new')).toEqual([204, undefined]);
  expect((await made.ask('POST invitations', { id: 'x', key: 'a key that is no secret' }))[0]).toBe(400);
  expect(JSON.stringify(made.log.lines)).not.toContain(token);
});
