import { describe, expect, test } from 'vitest';
import type { ProcessControl, ReloadOutcome } from '../../../../../src/service/admin/process-control.ts';
import { ChangingScene } from '../../../../support/changing-scene.ts';

/** A process that notes what it is told. */
class NotedProcess implements ProcessControl {
  readonly told: unknown[] = [];
  outcome: ReloadOutcome = { restartNeeded: [] };

  drain(...wish: Parameters<ProcessControl['drain']>): void {
    this.told.push(wish);
  }

  async reload(): Promise<ReloadOutcome> {
    this.told.push('reload');
    return this.outcome;
  }
}

describe.each([1, 2])('with %i workers', (workers) => {
  test('who may drains and reloads the process, and has it log more', async () => {
    const process = new NotedProcess();
    await using scene = await ChangingScene.start(workers, {}, { process });
    for (const request of ['POST drain', 'POST reload'] as const) {
      expect((await scene.api(request, undefined, 'nobody')).status).toBe(401);
      expect((await scene.api(request, undefined, 'read')).status).toBe(403);
    }
    expect((await scene.api('PUT log-level', { level: 'debug' }, 'read')).status).toBe(403);
    expect(process.told).toEqual([]);
    expect(await scene.answer('GET log-level', undefined, 'nobody')).toEqual([200, { level: 'info' }]);

    expect(await scene.answer('POST reload')).toEqual([200, { restartNeeded: [] }]);
    process.outcome = { restartNeeded: ['workers'] };
    expect(await scene.answer('POST reload')).toEqual([200, { restartNeeded: ['workers'] }]);
    process.outcome = { faults: ['limits.sessions: expected an integer', 'name: unknown'] };
    expect(await scene.answer('POST reload')).toEqual([
      422,
      {
        error: 'config',
        message: expect.any(String),
        faults: ['limits.sessions: expected an integer', 'name: unknown'],
      },
    ]);
    expect(await scene.answer('PUT log-level', { level: 'debug' })).toEqual([200, { level: 'debug' }]);
    expect(await scene.answer('GET log-level')).toEqual([200, { level: 'debug' }]);
    expect((await scene.control.status()).logLevel).toBe('debug');
    const wish = { timeoutMs: 500, reconnectUrl: 'rtmp://next.example' };
    expect(await scene.answer('POST drain', wish)).toEqual([202, {}]);
    expect(await scene.answer('POST drain')).toEqual([202, {}]);
    const by = 'POST /api/v1/drain';
    expect(process.told).toEqual(['reload', 'reload', 'reload', [wish, by], [{}, by]]);
    const done = scene.log.find('audit', { outcome: 'done' }).map(({ fields }) => fields['what']);
    expect(done).toEqual([
      ...['POST /api/v1/reload', 'POST /api/v1/reload', 'PUT /api/v1/log-level: level debug'],
      ...['POST /api/v1/drain: timeoutMs 500, reconnectUrl rtmp://next.example', 'POST /api/v1/drain'],
    ]);
    expect(scene.log.find('audit', { outcome: 'config' })).toHaveLength(1);
  });

  test('a relay drains by other figures than its settings where it is told so', async () => {
    await using scene = await ChangingScene.start(workers, { drain: { timeoutMs: 60_000 } });
    await scene.play('live/a');
    expect(await scene.control.drain({ timeoutMs: 100 })).toBe(1);
  });
});

test.each([
  ['POST drain', { timeoutMs: -1 }, 'timeoutMs: expected an integer from 0 to 86400000'],
  [
    'POST drain',
    { reconnectUrl: 'http://next.example' },
    'reconnectUrl: expected a URL that begins with rtmp://',
  ],
  ['POST drain', { signal: 'SIGKILL' }, 'unknown field signal'],
  ['POST reload', {}, 'no body is expected here'],
  ['PUT log-level', { level: 'all' }, 'level: expected'],
  ['PUT log-level', {}, 'level: expected'],
])('%s with %o: %s', async (request, body, problem) => {
  const process = new NotedProcess();
  await using scene = await ChangingScene.start(1, {}, { process });
  const [status, answer] = await scene.answer(request, body);
  expect([status, answer]).toEqual([
    400,
    { error: 'bad-request', message: expect.stringContaining(problem) },
  ]);
  expect(process.told).toEqual([]);
});

test('a relay that is no process of its own says so; one that drains drains already', async () => {
  await using scene = await ChangingScene.start(1, { drain: { timeoutMs: 60_000 } });
  expect((await scene.api('POST drain')).status).toBe(503);
  expect((await scene.api('POST reload')).status).toBe(503);
  const player = await scene.play('live/a');
  const drained = scene.control.drain();
  expect((await scene.api('POST drain')).status).toBe(409);
  await player.cut();
  await drained;
});
