import { describe, expect, test } from 'vitest';
import { ChangingScene } from '../../../../support/changing-scene.ts';

describe.each([1, 2])('with %i workers', (workers) => {
  test('the ports are left to nobody who asks by TCP, whatever they show', async () => {
    await using scene = await ChangingScene.start(workers);
    const { id } = await scene.control.status();
    const request = `POST handover?relay=${id}`;
    const refusals = [
      [await scene.answer(request, undefined, 'nobody'), 401, 'unauthorized'],
      [await scene.answer(request, undefined, 'read'), 403, 'forbidden'],
      [await scene.answer(request), 403, 'forbidden'],
    ] as const;
    for (const [answer, status, error] of refusals) expect(answer).toMatchObject([status, { error }]);
    expect((await scene.control.status()).readiness).toBe('ready');
    expect(scene.log.find('audit').map(({ fields }) => fields['outcome'])).toEqual(
      refusals.map(([, , error]) => error),
    );
  });
});
