import { describe, expect, test } from 'vitest';
import { requestOf } from '../../../support/access-question.ts';
import { EntranceScene } from '../../../support/entrance-scene.ts';

const withQuery = (query: string) => ({ readings: [{ key: 'live/a', query }] });

describe('over HTTP', () => {
  test('everybody who may is redirected: what was meant for the house stays here, the rest goes along', async () => {
    const scene = new EntranceScene();
    const asked = requestOf({ protocol: 'http-flv', ...withQuery('uid=7&key=hush&permit=forged&x=1') });
    expect(await scene.ask(asked)).toEqual({
      refused: 'redirected',
      description: 'the stream is at relay paris: ask there',
      redirect: 'http-flv://paris/live/a?uid=7&x=1&permit=signed',
    });
    expect(scene.signed).toEqual([
      {
        ...{ verb: 'play', stream: 'live/a', relay: 'paris', address: '192.0.2.1' },
        ...{ identity: undefined, until: Number.POSITIVE_INFINITY },
      },
    ]);
    expect(scene.released).toBe(1);
  });

  test('who may not is told what the rules say, and nobody is chosen', async () => {
    const scene = new EntranceScene();
    scene.judge = () => ({ refused: 'banned', description: 'you are banned' });
    expect(await scene.ask(requestOf({ protocol: 'http-flv' }))).toMatchObject({ refused: 'banned' });
    expect(scene.sought).toEqual([]);
  });

  test('a look takes nothing', async () => {
    const scene = new EntranceScene();
    const looks = Array.from({ length: 300 }, () =>
      scene.ask(requestOf({ protocol: 'http-flv', intent: 'look' })),
    );
    expect(new Set((await Promise.all(looks)).map((one) => 'refused' in one && one.refused))).toEqual(
      new Set(['redirected']),
    );
    expect(scene.sought[0]).toBe('?play live/a from 192.0.2.1 by http-flv');
  });

  test('a list of streams is by the right to play, and sends nobody anywhere', async () => {
    const scene = new EntranceScene();
    const verdict = await scene.ask(requestOf({ protocol: 'http', intent: 'look', session: '' }));
    expect(verdict).toMatchObject({ key: 'live/a' });
    expect(scene.sought).toEqual([]);
  });

  test.each([
    { isTls: false, ways: ['http-flv', 'https-flv'] },
    { isTls: true, ways: ['https-flv'] },
  ])('nobody goes from TLS to none (TLS: $isTls)', async ({ isTls, ways }) => {
    const scene = new EntranceScene();
    scene.choice = () => ({ refused: 'unreachable', sentence: 'not by this way' });
    expect(await scene.ask(requestOf({ protocol: 'http-flv', isTls }))).toEqual({
      refused: 'not-found',
      description: 'not by this way',
    });
    expect(scene.sought).toEqual(ways.map((way) => `play live/a from 192.0.2.1 by ${way}`));
  });

  test.each([
    { refused: 'full', as: 'capacity-limit' },
    { refused: 'offline', as: 'capacity-limit' },
    { refused: 'outside', as: 'not-found' },
  ] as const)('nobody to go to: $refused', async ({ refused, as }) => {
    const scene = new EntranceScene();
    scene.choice = () => ({ refused, sentence: 'why' });
    const verdict = await scene.ask(requestOf({ protocol: 'http-flv', verb: 'publish' }));
    expect(verdict).toEqual({ refused: as, description: 'why' });
  });
});

describe('an MMS player', () => {
  const asked = (follows: 'http' | 'mmsh' | 'nothing', more: object = {}) =>
    requestOf({ protocol: 'mmsh', follows, ...more });

  test.each([
    { follows: 'http', ways: ['asf-http', 'asf-https'] },
    { follows: 'mmsh', ways: ['mmsh', 'asf-https'] },
  ] as const)('that follows $follows:// is redirected to such a URL', async ({ follows, ways }) => {
    const scene = new EntranceScene();
    expect(await scene.ask(asked(follows, withQuery('uid=7&key=hush')))).toMatchObject({
      refused: 'redirected',
      redirect: `${ways[0]}://paris/live/a?uid=7&permit=signed`,
    });
    scene.choice = () => ({ refused: 'unreachable', sentence: 'not by this way' });
    scene.sought.length = 0;
    await scene.ask(asked(follows));
    await scene.ask(asked(follows, { isTls: true }));
    expect(scene.sought).toEqual([...ways, 'asf-https'].map((way) => `play live/a from 192.0.2.1 by ${way}`));
  });

  test('that follows none is brought to its relay by plain HTTP, or over TLS where there is nothing else', async () => {
    const scene = new EntranceScene();
    expect(await scene.ask(asked('nothing'))).toMatchObject({
      key: 'live/a',
      destination: { relay: 'paris', url: 'asf-http://paris/live/a?permit=signed' },
    });
    expect(scene.signed[0]?.address).toBeUndefined(); // the relay sees the house
    scene.choice = () => ({ refused: 'unreachable', sentence: 'not by this way' });
    expect(await scene.ask(asked('nothing'))).toMatchObject({ refused: 'not-found' });
    expect(scene.sought.slice(1).map((text) => text.split(' by ')[1])).toEqual(['asf-http', 'asf-https']);
  });

  test('is brought nowhere for a look, or with mmshMode redirect', async () => {
    const looking = new EntranceScene();
    expect(await looking.ask(asked('nothing', { intent: 'look' }))).toMatchObject({
      redirect: 'mmsh://paris/live/a?permit=signed',
    });
    const redirecting = new EntranceScene('proxy', 'redirect');
    expect(await redirecting.ask(asked('nothing'))).toMatchObject({ refused: 'redirected' });
    redirecting.gate.configure({ rtmpMode: 'proxy', mmshMode: 'proxy' });
    expect(await redirecting.ask(asked('nothing'))).toMatchObject({ destination: { relay: 'paris' } });
  });

  test('an encoder that pushes is told the place for that, whatever it follows', async () => {
    const scene = new EntranceScene();
    scene.choice = () => ({ refused: 'unreachable', sentence: 'not by this way' });
    await scene.ask(asked('http', { verb: 'publish' }));
    await scene.ask(asked('nothing', { verb: 'publish', isTls: true }));
    expect(scene.sought.map((text) => text.split(' by ')[1])).toEqual([
      ...['mmsh-push', 'mmsh-push-tls'],
      'mmsh-push-tls',
    ]);
  });
});

test('raw ASF is redirected as FLV is', async () => {
  const scene = new EntranceScene();
  expect(await scene.ask(requestOf({ protocol: 'asf-http' }))).toMatchObject({
    redirect: 'asf-http://paris/live/a?permit=signed',
  });
});

test('a WebSocket is told to ask first, and takes no place', async () => {
  const scene = new EntranceScene();
  expect(
    await scene.ask(requestOf({ protocol: 'ws-flv', readings: [{ key: 'live/ä b', query: '' }] })),
  ).toEqual({
    refused: 'redirected',
    description:
      'ask first at which relay the stream is: GET /api/v1/resolve?protocol=ws-flv&stream=live/%C3%A4%20b',
  });
  expect(scene.sought).toEqual([]);
});

test('one address cannot take all places: two hundred at once, then twenty a second; its neighbours can', async () => {
  const scene = new EntranceScene();
  const ask = async (address: string) => {
    const verdict = await scene.ask(requestOf({ protocol: 'http-flv', address }));
    return 'refused' in verdict ? verdict.refused : 'granted';
  };
  const outcomes = [];
  for (let i = 0; i < 250; i++) outcomes.push(await ask(`2001:db8::${i.toString(16)}`));
  expect(outcomes.filter((one) => one === 'redirected')).toHaveLength(200);
  expect(outcomes.at(-1)).toBe('address-limit');
  expect(await ask('2001:db8:1::1')).toBe('redirected');
  scene.clock.advance(1000);
  const later = [];
  for (let i = 0; i < 30; i++) later.push(await ask('2001:db8::1'));
  expect(later.filter((one) => one === 'redirected')).toHaveLength(20);
});

describe('over RTMP, brought by the house', () => {
  test('whoever comes by RTMPT goes on as who comes by RTMP', async () => {
    const scene = new EntranceScene();
    expect(await scene.ask(requestOf({ protocol: 'rtmpt' }))).toMatchObject({
      destination: { relay: 'paris', url: 'rtmp://paris/live/a?permit=signed' },
    });
  });

  test('a grant says where to, by plain RTMP where there is that', async () => {
    const scene = new EntranceScene();
    expect(await scene.ask(requestOf({ isTls: true, ...withQuery('uid=7&key=hush') }))).toMatchObject({
      key: 'live/a',
      destination: { relay: 'paris', url: 'rtmp://paris/live/a?uid=7&permit=signed', expiresInMs: 60_000 },
    });
    expect(scene.signed[0]?.address).toBeUndefined(); // the relay sees the house
    expect(scene.released).toBe(0);
    scene.toldWhom = true;
    await scene.ask(requestOf());
    expect(scene.signed[1]?.address).toBe('192.0.2.1');
  });

  test('what goes on is asked again without being sent again; a relay gets a permit for relays', async () => {
    const scene = new EntranceScene();
    await scene.ask(requestOf({ intent: 'again' }));
    expect(scene.sought).toEqual([]);
    await scene.ask(requestOf({ path: ['far'] }));
    expect(scene.signed[0]?.verb).toBe('relay');
    await scene.ask(requestOf({ path: ['far'], verb: 'publish' }));
    expect(scene.signed[1]?.verb).toBe('publish');
    expect(await scene.ask(requestOf({ verb: 'connect', readings: [] }))).toMatchObject({ key: '' });
  });
});

describe('over RTMP, redirected at connect', () => {
  const connect = (application: { name: string; seeks: 'play' | 'publish'; stream?: string }) =>
    requestOf({ verb: 'connect', readings: [{ key: '', query: 'uid=7' }], application });

  test('by application, without a permit: nobody knows for which stream', async () => {
    const scene = new EntranceScene('redirect');
    expect(await scene.ask(connect({ name: 'live', seeks: 'publish' }))).toMatchObject({
      refused: 'redirected',
      redirect: 'rtmp://paris/live?uid=7',
    });
    expect(scene.sought).toEqual(['publish live from 192.0.2.1 by rtmp']);
    expect(scene.signed).toEqual([]);
  });

  test('by the key that relays say, with a permit, if the rules let it play that', async () => {
    const scene = new EntranceScene('redirect');
    const asked = connect({ name: 'live', seeks: 'play', stream: 'live/a' });
    expect(await scene.ask(asked)).toMatchObject({
      refused: 'redirected',
      redirect: 'rtmp://paris/live/a?uid=7&permit=signed',
    });
    const { judge } = scene;
    scene.judge = (request) =>
      request.verb === 'play' ? { refused: 'credentials', description: 'a key' } : judge(request);
    expect(await scene.ask(asked)).toMatchObject({ refused: 'credentials' });
  });
});

describe('for operators', () => {
  const user = { verb: 'play', stream: 'live/a', address: '192.0.2.7', way: 'ws-flv' } as const;

  test('the user of a front end is sent on its word, unless he is banned', () => {
    const scene = new EntranceScene();
    scene.judge = () => ({ refused: 'credentials', description: 'a key' });
    expect(scene.gate.resolveFor({ ...user, uid: 'a b', identity: 'ann' })).toMatchObject({
      relay: 'paris',
      url: 'ws-flv://paris/live/a?uid=a%20b&permit=signed',
    });
    expect(scene.signed[0]).toMatchObject({ identity: 'ann', address: '192.0.2.7' });
    scene.bans.add({ kind: 'identity', value: 'ann' }, 1000);
    expect(scene.gate.resolveFor({ ...user, identity: 'ann' })).toMatchObject({ refused: 'banned' });
  });

  test.each([
    { verb: 'play', way: 'mmsh' },
    { verb: 'publish', way: 'mmsh-push' },
  ] as const)('by mmsh somebody who is to $verb is sent by $way', ({ verb, way }) => {
    const scene = new EntranceScene();
    scene.gate.resolveFor({ ...user, verb, way: 'mmsh' });
    expect(scene.sought).toEqual([`${verb} live/a from 192.0.2.7 by ${way}`]);
  });

  test('what the rules have against somebody is told, and nothing is taken', async () => {
    const scene = new EntranceScene();
    expect(await scene.gate.objectionTo(user)).toBeUndefined();
    expect(scene.released).toBe(1);
    scene.judge = ({ protocol, isTls }) => ({ refused: 'access', description: `${protocol} ${isTls}` });
    expect(await scene.gate.objectionTo({ ...user, way: 'wss-flv' })).toBe('ws-flv true');
    expect(await scene.gate.objectionTo({ ...user, way: 'mmsh' })).toBe('mmsh false');
    expect(scene.sought).toEqual([]);
  });
});
