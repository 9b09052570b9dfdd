import { describe, expect, test } from 'vitest';
import { ChangingScene } from '../../../../support/changing-scene.ts';
import { media } from '../../../../support/fake-media.ts';
import { startRelay } from '../../../../support/start-relay.ts';
import { TestPublisher } from '../../../../support/test-publisher.ts';

describe.each([1, 2])('with %i workers', (workers) => {
  test('a stream is pulled and forwarded as long as an operator wishes, be the configuration read again or not', async () => {
    await using parent = await startRelay();
    await using target = await startRelay();
    await using publisher = await TestPublisher.start(parent.port('rtmp'), 'live/cam');
    publisher.sendMedia(...media('VH1@0 AH1@0 K1@0:400'));
    await using scene = await ChangingScene.start(workers, {}, { hosts: ['127.0.0.1'] });
    const upstream = { stream: 'tv/one', urls: [`${parent.rtmpUrl('live/cam')}?key=secret-word`] };
    const forward = { stream: 'tv/one', url: target.rtmpUrl('live/secret-word') };
    for (const [path, body] of [
      ['upstreams', upstream],
      ['forwards', forward],
    ] as const) {
      expect((await scene.api(`POST ${path}`, body, 'nobody')).status).toBe(401);
      expect((await scene.api(`POST ${path}`, body, 'read')).status).toBe(403);
    }

    const [status, added] = await scene.answer('POST forwards', forward);
    expect([status, added]).toEqual([201, { id: expect.stringMatching(/^f/) }]);
    const { id: forwardId } = added as { readonly id: string };
    const idle = { id: forwardId, origin: 'api', stream: 'tv/one', state: 'waiting', sentBytes: 0 };
    expect(await scene.answer('GET forwards')).toMatchObject([200, { items: [idle] }]);
    const [, pull] = await scene.answer('POST upstreams', upstream);
    expect(pull).toEqual({ id: expect.stringMatching(/^u/) });
    const { id: upstreamId } = pull as { readonly id: string };
    await scene.play('tv/one').then((player) => player.mediaOf(1));
    await target.published('live/secret-word');
    const flowing = { id: upstreamId, origin: 'api', stream: 'tv/one', state: 'flowing' };
    expect(await scene.answer('GET upstreams')).toMatchObject([200, { items: [flowing] }]);

    expect(await scene.answer('POST upstreams', upstream)).toMatchObject([409, { error: 'conflict' }]);
    expect(await scene.answer('POST forwards', forward)).toMatchObject([409, { error: 'conflict' }]);
    await scene.reload();
    expect(await scene.answer('GET upstreams')).toMatchObject([200, { items: [flowing] }]);
    expect(await scene.answer('GET forwards')).toMatchObject([
      200,
      { items: [{ id: forwardId, state: 'flowing' }] },
    ]);

    expect((await scene.api(`DELETE upstreams/${upstreamId}`, undefined, 'read')).status).toBe(403);
    expect((await scene.api(`DELETE forwards/${forwardId}`, undefined, 'read')).status).toBe(403);
    expect(await scene.answer(`DELETE forwards/${forwardId}`)).toEqual([204, null]);
    await target.log.waitFor('unpublish', { stream: 'live/secret-word' });
    expect(await scene.answer(`DELETE upstreams/${upstreamId}`)).toEqual([204, null]);
    await scene.log.waitFor('play-end', { stream: 'tv/one' });
    for (const path of ['upstreams', 'forwards'])
      expect(await scene.answer(`GET ${path}`)).toEqual([200, { items: [], next: null }]);
    expect((await scene.api(`DELETE upstreams/${upstreamId}`)).status).toBe(404);
    expect((await scene.api(`DELETE forwards/${forwardId}`)).status).toBe(404);
    await scene.publish('tv/one'); // nobody pulls it any more

    const shown = parent.rtmpUrl('live/cam');
    expect(scene.log.find('audit', { outcome: 'done' }).map(({ fields }) => fields['what'])).toEqual([
      `POST /api/v1/forwards: tv/one to ${target.rtmpUrl('live/***')}`,
      `POST /api/v1/upstreams: tv/one from ${shown}`,
      `DELETE /api/v1/forwards/${forwardId}`,
      `DELETE /api/v1/upstreams/${upstreamId}`,
    ]);
    expect(JSON.stringify(scene.log.lines)).not.toContain('secret-word');
  });
});

test('what is live, or in the configuration, stays as it is', async () => {
  await using parent = await startRelay();
  const source = { type: 'pull', urls: [parent.rtmpUrl('live/x')], start: 'always' };
  const streams = [
    { match: 'tv/kept', source },
    { match: 'live/**', source: { type: 'push' }, forward: [`${parent.rtmpUrl('far/{name}')}`] },
  ];
  await using scene = await ChangingScene.start(1, { streams }, { hosts: ['127.0.0.1'] });
  const publisher = await scene.publish('live/cam');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0:400'));
  await expect.poll(() => scene.control.liveStreams()).toEqual(['live/cam']);
  const urls = [parent.rtmpUrl('live/y')];
  expect(await scene.answer('POST upstreams', { stream: 'live/cam', urls })).toEqual([
    409,
    { error: 'conflict', message: 'live/cam is live already: it has a source' },
  ]);
  expect(await scene.answer('POST forwards', { stream: 'none/cam', url: parent.rtmpUrl('far/z') })).toEqual([
    409,
    { error: 'conflict', message: 'no entry in streams matches none/cam: nobody may bring it' },
  ]);
  for (const list of ['upstreams', 'forwards']) {
    const [, { items }] = (await scene.answer(`GET ${list}`)) as [number, { items: { id: string }[] }];
    expect(await scene.answer(`DELETE ${list}/${items[0]?.id}`)).toMatchObject([409, { error: 'conflict' }]);
  }
});

test('no more than 256 are added', async () => {
  await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
  for (let i = 0; i < 256; i++)
    await scene.control.changes.addForward({ stream: `live/${i}`, url: 'rtmp://127.0.0.1:9/a/b' });
  expect(
    await scene.answer('POST forwards', { stream: 'live/more', url: 'rtmp://127.0.0.1:9/a/b' }),
  ).toMatchObject([429, { error: 'too-many' }]);
});

test.each([
  ['POST upstreams', { stream: 'live/a', urls: [' rtmp://ann:secret-word@127.0.0.1/live/x'] }],
  ['POST upstreams', { stream: 'live/a', urls: ['rtmp://ann:secret-word/9@127.0.0.1/live/x'] }],
  ['POST upstreams', { stream: 'live/a?key=secret-word', urls: ['rtmp://127.0.0.1/live/x'] }],
  ['POST forwards', { stream: 'live/a', url: 'h2://ann:secret-word@127.0.0.1/live/x' }],
  ['POST forwards', { stream: 'live/a', url: 'secret-word' }],
])('%s with %o is mistyped: no line has anything of it that may be secret', async (request, body) => {
  await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
  expect((await scene.answer(request, body))[0]).toBe(400);
  expect(scene.log.find('audit', { outcome: 'bad-request' })).toHaveLength(1);
  expect(JSON.stringify(scene.log.lines)).not.toContain('secret-word');
});

test.each([
  ['POST upstreams', { stream: 'live/a', urls: [] }, 400],
  ['POST upstreams', { stream: 'live/a', urls: ['ftp://127.0.0.1/x'] }, 400],
  ['POST upstreams', { stream: 'live/a', urls: ['rtmp://{app}.example/x'] }, 400],
  ['POST upstreams', { stream: 'live/*', urls: ['rtmp://127.0.0.1/live/x'] }, 400],
  ['POST upstreams', { stream: 'live/../a', urls: ['rtmp://127.0.0.1/live/x'] }, 400],
  ['POST upstreams', { stream: 'live/a?k=v', urls: ['rtmp://127.0.0.1/live/x'] }, 400],
  ['POST upstreams', { stream: 'live/a', urls: Array(17).fill('rtmp://127.0.0.1/live/x') }, 400],
  ['POST upstreams', { stream: 'live/a', urls: ['rtmp://127.0.0.1/live/x'], start: 'onDemand' }, 400],
  ['POST forwards', { stream: 'live/a', url: 'http://127.0.0.1/live/x.flv' }, 400],
  ['POST forwards', { stream: 'live/a' }, 400],
  ['POST forwards', [], 400],
  ['DELETE upstreams/none', undefined, 404],
])('%s with %o gets %i', async (request, body, status) => {
  await using scene = await ChangingScene.start(1, {}, { hosts: ['127.0.0.1'] });
  expect((await scene.answer(request, body))[0]).toBe(status);
  expect(scene.log.find('audit')).toHaveLength(1);
  expect(await scene.answer('GET upstreams')).toEqual([200, { items: [], next: null }]);
});
