import { describe, expect, test } from 'vitest';
import type { HookStatus, ListPart } from '../../../../../src/service/admin/relay-status.ts';
import { ApiRelay } from '../../../../support/api-relays.ts';
import { HookServer } from '../../../../support/hook-server.ts';

describe.each([1, 2])('a relay of %i workers', (workers) => {
  test('shows how its hooks do, and no secret of theirs', async () => {
    await using server = await HookServer.start();
    await using relay = await ApiRelay.start({
      workers,
      hooks: [
        {
          events: ['publish', 'unpublish'],
          match: 'live/**',
          url: server.url.replace('://', '://me:s3cret@'),
        },
        { events: ['play'], url: 'http://127.0.0.1:1/ask?token=s3cret', onUnavailable: 'allow' },
        { events: ['streamDown'], exec: ['/bin/true', '--token', 's3cret'] },
      ],
    });
    const publisher = await relay.publish('live/a');
    await publisher.cut();
    const list = async (query = ''): Promise<ListPart<HookStatus>> => relay.get(`hooks${query}`);
    await expect.poll(async () => (await list()).items[1]?.counts['told'], { timeout: 10_000 }).toBe(1);
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(JSON.stringify(items)).not.toContain('s3cret');
    const [asked, told, silent, program] = items;
    expect(asked).toMatchObject({
      ...{ id: 'hooks.0-asked', hook: 'hooks.0', kind: 'asked', match: 'live/**', events: ['publish'] },
      ...{ target: server.url.replace(/[^/]+$/, '***'), breaker: 'closed', waiting: 0, lastProblem: null },
      counts: { allowed: 1, refused: 0, cached: 0, unavailable: 0, left: 0 },
    });
    expect(told).toMatchObject({ id: 'hooks.0-told', kind: 'told', events: ['unpublish'] });
    expect(silent).toMatchObject({
      hook: 'hooks.1',
      target: 'http://127.0.0.1:1/***',
      counts: { unavailable: 1 },
    });
    expect(silent?.lastProblem?.problem).toMatch(/refused|bad port/i);
    expect(Date.parse(silent?.lastProblem?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(program).toMatchObject({ kind: 'exec', target: '/bin/true' });
    const first = await list('?limit=2');
    expect([first.items.map(({ id }) => id), first.next]).toEqual([
      ['hooks.0-asked', 'hooks.0-told'],
      'hooks.0-told',
    ]);
    const rest = await list(`?limit=2&after=${first.next}`);
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([['hooks.1-asked', 'hooks.2-exec'], null]);
  });
});
