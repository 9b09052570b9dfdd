import { expect, test } from 'vitest';
import type { Acknowledgement } from '../../../../src/service/fleet-link/relay-message.ts';
import { LastingOrders } from '../../../../src/service/house/links/lasting-orders.ts';
import type { Order } from '../../../../src/service/house/links/relay-links.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A link that notes what goes out; a test says when it is acknowledged. */
function scene(bytes: number) {
  const clock = new FakeClock();
  const sent: Order[] = [];
  const acknowledge: (() => void)[] = [];
  const link = {
    sentBytes: 0,
    order: (id: string, order: Order) => {
      link.sentBytes += bytes;
      sent.push(order);
      const { promise, resolve } = Promise.withResolvers<Acknowledgement>();
      acknowledge.push(() => resolve({ type: 'ack', id, problem: null }));
      return promise;
    },
  };
  const orders = new LastingOrders({ clock, link, nextId: () => `${sent.length}` });
  return { clock, sent, acknowledge, orders };
}

const bans = (value: string): Order => ({ type: 'bans', bans: [{ kind: 'identity', value, until: 1 }] });

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

test('while one is on its way, only the latest of its kind waits; other kinds do not wait for it', async () => {
  const { sent, acknowledge, orders } = scene(100);
  const first = orders.tell(bans('1'));
  const second = orders.tell(bans('2'));
  const third = orders.tell(bans('3'));
  void orders.tell({ type: 'resume' });
  void orders.tell({ type: 'drain', reconnectUrl: null });
  expect(sent).toEqual([bans('1'), { type: 'resume' }]);
  expect(await second).toBeUndefined();
  acknowledge[0]?.();
  expect(await first).toMatchObject({ problem: null });
  await settled();
  acknowledge[2]?.();
  expect(await third).toMatchObject({ problem: null });
  acknowledge[1]?.();
  await settled();
  expect(sent.slice(2)).toEqual([bans('3'), { type: 'drain', reconnectUrl: null }]);
});

test('however large they are and however fast they are acknowledged, no more goes out than a relay takes', async () => {
  const { clock, sent, acknowledge, orders } = scene(2 ** 20);
  let told = 0;
  for (let ms = 0; ms < 60_000; ms += 100) {
    void orders.tell(bans(`${told++}`));
    for (const done of acknowledge.splice(0)) done();
    await settled();
    clock.advance(100);
  }
  expect(sent.length).toBeGreaterThan(30); // half a mebibyte a second
  expect(sent.length).toBeLessThan(40);
  expect(sent.at(-1)).toEqual(bans(`${told - 1}`));
});

test('nothing waits for a link that is over', async () => {
  const { clock, sent, orders } = scene(8 * 2 ** 20);
  void orders.tell(bans('1'));
  const drain = orders.tell({ type: 'drain', reconnectUrl: null });
  const next = orders.tell(bans('2'));
  orders.close();
  expect([await drain, await next]).toEqual([undefined, undefined]);
  expect(clock.pending).toBe(0);
  clock.advance(60_000);
  expect(sent).toEqual([bans('1')]);
});
