import { expect, test } from 'vitest';
import { EventBatches } from '../../../../src/service/admin/events/event-batches.ts';
import type { RelayEvent } from '../../../../src/service/admin/events/relay-event.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('events of a moment go together, in their order, and none after the end', () => {
  const clock = new FakeClock();
  const sent: unknown[][] = [];
  const batches = new EventBatches(clock, (events) =>
    sent.push(events.map(({ data }) => data['stream' as never])),
  );
  const tell = (stream: string): void => {
    const event: RelayEvent = { type: 'stream', data: { at: '', what: 'live', stream, source: null } };
    batches.tell(event);
  };
  tell('a');
  clock.advance(60);
  tell('b');
  clock.advance(40);
  tell('c');
  clock.advance(1000);
  tell('d');
  batches.close();
  clock.advance(1000);
  expect([sent, clock.pending]).toEqual([[['a', 'b'], ['c']], 0]);
});
