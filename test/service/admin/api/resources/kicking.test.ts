import { describe, expect, test } from 'vitest';
import { ChangingScene } from '../../../../support/changing-scene.ts';

const unauthorized = [401, { error: 'unauthorized', message: expect.any(String) }];
const forbidden = [403, { error: 'forbidden', message: expect.any(String) }];

describe.each([1, 2])('with %i workers', (workers) => {
  test('sessions are ended by whoever may, their owners banned, and let in again', async () => {
    await using scene = await ChangingScene.start(workers);
    const player = await scene.play('live/a');
    await scene.play('live/b');
    const id = String(scene.log.find('play', { stream: 'live/a' })[0]?.fields['connection']);

    expect(await scene.answer(`DELETE sessions/${id}`, undefined, 'nobody')).toEqual(unauthorized);
    expect(await scene.answer(`DELETE sessions/${id}`, undefined, 'read')).toEqual(forbidden);
    expect(await scene.answer('DELETE sessions?stream=live/a', undefined, 'read')).toEqual(forbidden);
    expect(scene.log.find('play-end')).toEqual([]);

    expect(await scene.answer(`DELETE sessions/${id}?banMs=60000`)).toEqual([200, { ended: 1 }]);
    await player.refused;
    expect(await scene.answer(`DELETE sessions/${id}`)).toEqual([
      404,
      { error: 'not-found', message: `there is no session ${id}` },
    ]);
    const [, bans] = await scene.answer('GET bans', undefined, 'read');
    expect(bans).toEqual({
      items: [{ id: expect.any(String), kind: 'address', value: '127.0.0.1', until: expect.any(String) }],
      next: null,
    });
    const [ban] = (bans as { readonly items: readonly { readonly id: string }[] }).items;
    expect(await scene.answer(`DELETE bans/${ban?.id}`, undefined, 'read')).toEqual(forbidden);
    expect(await scene.answer(`DELETE bans/${ban?.id}`)).toEqual([204, null]);
    expect(await scene.answer(`DELETE bans/${ban?.id}`)).toEqual([
      404,
      { error: 'not-found', message: 'there is no ban of this id' },
    ]);
    expect(await scene.answer('DELETE sessions?stream=live/b&address=127.0.0.1')).toEqual([
      200,
      { ended: 1 },
    ]);
    expect(await scene.answer('DELETE sessions?stream=live/b')).toEqual([200, { ended: 0 }]);

    expect(scene.log.find('audit').map(({ fields }) => Object.values(fields).join(' '))).toEqual([
      `DELETE /api/v1/sessions/{id} unauthorized   127.0.0.1`,
      `DELETE /api/v1/sessions/{id} forbidden token reader 127.0.0.1`,
      `DELETE /api/v1/sessions forbidden token reader 127.0.0.1`,
      `DELETE /api/v1/sessions/${id}: banMs 60000 done token operateer 127.0.0.1`,
      `DELETE /api/v1/sessions/${id} not-found token operateer 127.0.0.1`,
      `DELETE /api/v1/bans/{id} forbidden token reader 127.0.0.1`,
      `DELETE /api/v1/bans/${ban?.id} done token operateer 127.0.0.1`,
      `DELETE /api/v1/bans/${ban?.id} not-found token operateer 127.0.0.1`,
      `DELETE /api/v1/sessions: stream live/b, address 127.0.0.1 done token operateer 127.0.0.1`,
      `DELETE /api/v1/sessions: stream live/b done token operateer 127.0.0.1`,
    ]);
  });
});

test.each([
  ['DELETE sessions', 'expected at least one of stream, address and identity'],
  ['DELETE sessions?banMs=1000', 'expected at least one of stream, address and identity'],
  ['DELETE sessions?stream=live/**', undefined], // the key of a stream that nobody can have: nobody is meant
  ['DELETE sessions?stream=/', 'stream: expected a stream key'],
  ['DELETE sessions?address=10.0.0.0/8', 'address: expected an address'],
  ['DELETE sessions?identity=', 'identity: expected'],
  ['DELETE sessions/c1?banMs=0', 'banMs: expected an integer from 1 to 604800000'],
  ['DELETE sessions/c1?banMs=604800001', 'banMs: expected an integer from 1 to 604800000'],
  ['DELETE sessions/none', 'id: expected the id of a session'],
])('%s: %s', async (request, problem) => {
  await using scene = await ChangingScene.start(1);
  const [status, answer] = await scene.answer(request);
  if (problem === undefined) expect([status, answer]).toEqual([200, { ended: 0 }]);
  else
    expect([status, answer]).toEqual([
      400,
      { error: 'bad-request', message: expect.stringContaining(problem) },
    ]);
});

test('no page of another site ends anything, and what is done is told to who follows', async () => {
  await using scene = await ChangingScene.start(1);
  await scene.play('live/a');
  const request = 'DELETE sessions?stream=live/a';
  expect(await scene.answer(request, undefined, 'operate', { origin: 'http://evil.example' })).toEqual(
    forbidden,
  );
  expect(scene.log.find('play-end')).toEqual([]);
  const leaving = new AbortController();
  const events = await fetch(`http://127.0.0.1:${scene.port('admin')}/api/v1/events?types=audit`, {
    signal: leaving.signal,
  });
  await scene.answer(request);
  let text = '';
  for await (const part of events.body ?? []) {
    text += Buffer.from(part).toString();
    if (text.includes('event: audit')) break;
  }
  leaving.abort();
  expect(text).toContain('"what":"DELETE /api/v1/sessions: stream live/a","outcome":"done","by":"token"');
});
