import { describe, expect, test } from 'vitest';
import { HookScene, replied, unreachable } from '../../../support/hook-scene.ts';

const yes = replied({ allow: true });

test('asks, and gives the answer', async () => {
  const scene = new HookScene();
  const asked = scene.ask({ query: 'x=y', identity: 'user 7', client: 'ffmpeg' });
  await scene.pass(30);
  const [{ request } = {}] = scene.sent;
  expect(request).toMatchObject({ contentType: 'application/json', timeoutMs: 2000 });
  expect(JSON.parse(request?.body ?? '')).toEqual({
    ...{ event: 'play', stream: 'live/a', session: 's1', protocol: 'rtmp', address: '192.0.2.1' },
    ...{ client: 'ffmpeg', origin: null, tls: false, query: 'x=y', identity: 'user 7', relay: 'me' },
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  scene.sent[0]?.answer(yes);
  expect(await asked).toEqual({ answer: { allow: true }, givenAt: 30, until: Number.POSITIVE_INFINITY });
  expect(scene.outcomes).toEqual(['hooks.0 allowed 30']);
});

test('204 is a yes, and nothing else without a body is', async () => {
  const scene = new HookScene({ retries: 0 });
  scene.reply = replied('', 204);
  expect(await scene.ask()).toMatchObject({ answer: { allow: true } });
  for (const status of [200, 201, 302, 401, 500]) {
    scene.reply = replied('', status);
    expect(await scene.ask()).toEqual({ unavailable: expect.stringContaining('answers') });
  }
});

test('sends again what got no answer, with the same id, later each time, while there is time', async () => {
  const scene = new HookScene({ retries: 2, timeoutMs: 1000 });
  const asked = scene.ask();
  await scene.pass(100);
  scene.sent[0]?.answer(unreachable);
  await scene.pass(24);
  expect(scene.sent.length).toBe(1);
  await scene.pass(51);
  scene.sent[1]?.answer(replied('', 503));
  await scene.pass(150);
  expect(scene.sent.map(({ request }) => request.id)).toEqual(Array(3).fill(scene.sent[0]?.request.id));
  expect(scene.sent.map(({ request }) => request.timeoutMs)).toEqual([
    1000,
    expect.any(Number),
    expect.any(Number),
  ]);
  scene.sent[2]?.answer(yes);
  expect(await asked).toMatchObject({ answer: { allow: true } });
});

test('one that is silent is left alone, too', async () => {
  const scene = new HookScene({ timeoutMs: 1000 });
  for (let i = 0; i < 5; i++) {
    const asked = scene.ask();
    await scene.pass(1000);
    expect(await asked).toEqual({ unavailable: 'no whole answer within 1000 ms' });
  }
  expect(scene.asker.breaker).toBe('open');
});

test('what was understood is not sent again, nor what had all the time there is', async () => {
  const scene = new HookScene({ retries: 5, timeoutMs: 1000 });
  for (const reply of [replied('', 404), replied('no'), replied({ allow: 'yes' })]) {
    scene.reply = reply;
    await scene.ask();
  }
  expect(scene.sent.length).toBe(3);
  scene.reply = undefined;
  const asked = scene.ask();
  await scene.pass(1000);
  expect(await asked).toEqual({ unavailable: 'no whole answer within 1000 ms' });
  expect(scene.sent.length).toBe(4);
});

describe('an answer that says how long it holds', () => {
  const cached = replied({ allow: true, cacheForMs: 1000 });

  test('is not asked for again by the same one for the same', async () => {
    const scene = new HookScene();
    scene.reply = cached;
    await scene.ask();
    scene.clock.advance(999);
    expect(await scene.ask({ session: 's2' })).toMatchObject({ answer: { allow: true }, givenAt: 0 });
    expect(scene.sent.length).toBe(1);
    expect(scene.outcomes).toEqual(['hooks.0 allowed 0', 'hooks.0 cached undefined']);
    scene.clock.advance(1);
    await scene.ask();
    expect(scene.sent.length).toBe(2);
  });

  test.each([
    { verb: 'publish', event: 'publish' },
    { stream: 'live/b' },
    { protocol: 'http-flv' },
    { address: '192.0.2.2' },
    { client: 'vlc' },
    { origin: 'https://example.com' },
    { isTls: true },
    { query: 'x=y' },
    { identity: 'user 7' },
    { shown: 'another key' },
    { event: 'recheck' },
  ] as const)('is asked for again with %j', async (other) => {
    const scene = new HookScene();
    scene.reply = cached;
    await scene.ask();
    await scene.ask(other);
    expect(scene.sent.length).toBe(2);
  });
});

test('how long somebody may counts from the answer, however late it is used', async () => {
  const scene = new HookScene();
  scene.reply = replied({ allow: true, playForMs: 500, cacheForMs: 10_000 });
  await scene.ask();
  scene.clock.advance(400);
  expect(await scene.ask()).toMatchObject({ until: 500 });
  scene.reply = replied({ allow: true, until: new Date(Date.now() + 60_000).toISOString() });
  const { until } = (await scene.ask({ stream: 'live/b' })) as { until: number };
  expect(until - 60_400).toBeLessThan(10);
  expect(60_400 - until).toBeLessThan(5000);
});

describe('no more than it may', () => {
  test('is asked at a time, the others wait, and the queue has an end', async () => {
    const scene = new HookScene({ connections: 1, queueLength: 1, timeoutMs: 1000 });
    const first = scene.ask();
    const second = scene.ask({ stream: 'live/b' });
    await scene.pass(0);
    expect([scene.sent.length, scene.asker.waiting]).toEqual([1, 1]);
    expect(await scene.ask({ stream: 'live/c' })).toEqual({ unavailable: 'too many questions wait for it' });
    scene.sent[0]?.answer(yes);
    await first;
    await scene.pass(0);
    expect([scene.sent.length, scene.asker.waiting]).toEqual([2, 0]);
    scene.sent[1]?.answer(yes);
    expect(await second).toMatchObject({ answer: { allow: true } });
  });

  test('the wait counts as time', async () => {
    const scene = new HookScene({ connections: 1, timeoutMs: 1000 });
    const first = scene.ask();
    await scene.pass(600);
    const second = scene.ask({ stream: 'live/b' });
    await scene.pass(400);
    await first;
    await scene.pass(0);
    expect(scene.sent[1]?.request.timeoutMs).toBe(600);
    await scene.pass(600);
    expect(await second).toEqual({ unavailable: 'no whole answer within 600 ms' });
  });

  test('whoever leaves gives its place back, waiting or asking', async () => {
    const scene = new HookScene({ connections: 1, queueLength: 1 });
    const leaving = [new AbortController(), new AbortController()] as const;
    const asked = leaving.map(({ signal }) => scene.ask({}, signal));
    await scene.pass(0);
    leaving[1].abort(new Error('left the queue'));
    await expect(asked[1]).rejects.toThrow('left the queue');
    leaving[0].abort(new Error('left'));
    await expect(asked[0]).rejects.toThrow('left');
    scene.reply = yes;
    expect(await scene.ask()).toMatchObject({ answer: { allow: true } });
    expect(scene.outcomes).toEqual(['hooks.0 left 0', 'hooks.0 left 0', 'hooks.0 allowed 0']);
    expect(scene.clock.pending).toBe(1); // the timer of the request that was given up, which the test's server keeps
  });
});

describe('a server that does not answer', () => {
  async function broken() {
    const scene = new HookScene({ retries: 0 });
    scene.reply = unreachable;
    for (let i = 0; i < 20; i++) await scene.ask();
    return scene;
  }

  test('is left alone, which the log says once, and once that it is back', async () => {
    const scene = await broken();
    expect([scene.sent.length, scene.asker.breaker]).toEqual([5, 'open']);
    scene.clock.advance(1000);
    scene.reply = yes;
    expect(await scene.ask()).toMatchObject({ answer: { allow: true } });
    await scene.ask();
    expect(scene.sent.length).toBe(7);
    expect(scene.log.lines.map(({ level, text }) => `${level} ${text}`)).toEqual([
      'warn hooks.0 does not work: cannot reach it',
      'info hooks.0 answers again',
    ]);
  });

  test('gets one question when it may be back, and that one can leave', async () => {
    const scene = await broken();
    scene.clock.advance(1000);
    scene.reply = undefined;
    const leaving = new AbortController();
    const first = scene.ask({}, leaving.signal);
    await scene.pass(0);
    expect(scene.asker.breaker).toBe('half-open');
    expect(await scene.ask()).toEqual({ unavailable: 'cannot reach it' });
    leaving.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    scene.reply = yes;
    expect(await scene.ask()).toMatchObject({ answer: { allow: true } });
  });

  test('one that answers nonsense is there: whoever makes it do so cannot shut others out', async () => {
    const scene = new HookScene({ retries: 0 });
    scene.reply = replied('oops', 500);
    for (let i = 0; i < 20; i++) await scene.ask();
    expect([scene.sent.length, scene.asker.breaker]).toEqual([20, 'closed']);
    expect(scene.log.lines.map(({ text }) => text)).toEqual(['hooks.0 answers 500']);
  });
});

test('an answer that was asked for before a revocation is not kept', async () => {
  const scene = new HookScene();
  const asked = scene.ask();
  await scene.pass(0);
  scene.asker.revoke({ address: '192.0.2.9' });
  scene.sent[0]?.answer(replied({ allow: true, cacheForMs: 60_000 }));
  expect(await asked).toMatchObject({ answer: { allow: true } });
  const again = scene.ask();
  await scene.pass(0);
  expect(scene.sent.length).toBe(2);
  scene.sent[1]?.answer(yes);
  await again;
});

test('closes its connections when what it was asked is answered', async () => {
  const scene = new HookScene();
  const asked = scene.ask();
  await scene.pass(0);
  scene.asker.close();
  expect(scene.closed).toBe(0);
  scene.sent[0]?.answer(yes);
  expect(await asked).toMatchObject({ answer: { allow: true } });
  expect(scene.closed).toBe(1);
});

test('what became of its questions is counted, and what went wrong last is known', async () => {
  const scene = new HookScene({ retries: 0 });
  expect(scene.asker.lastProblem).toBeUndefined();
  scene.reply = yes;
  await scene.ask();
  scene.reply = replied({ allow: false });
  await scene.ask({ stream: 'live/b' });
  scene.reply = unreachable;
  await scene.ask({ stream: 'live/c' });
  expect(scene.asker.counts).toEqual({ allowed: 1, refused: 1, cached: 0, unavailable: 1, left: 0 });
  expect(scene.asker.lastProblem).toEqual({ at: expect.any(Number), problem: 'cannot reach it' });
  scene.reply = replied('no\u0007');
  await scene.ask({ stream: 'live/d' });
  expect(scene.asker.lastProblem?.problem).toBe('it answers what is no JSON');
});
