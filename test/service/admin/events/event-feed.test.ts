import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { MAX_SUBSCRIBERS } from '../../../../src/service/admin/events/event-feed.ts';
import type { EventWish } from '../../../../src/service/admin/events/event-subscriber.ts';
import type { EventType, RelayEvent } from '../../../../src/service/admin/events/relay-event.ts';
import { relayFeed } from '../../../../src/service/admin/events/relay-feed.ts';
import type { RelayStatus, StreamStatus } from '../../../../src/service/admin/relay-status.ts';
import { readBlocks, type SentBlock } from '../../../support/event-text.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

/** One who follows, and takes what it is sent unless it sleeps. */
class Listener {
  text = '';
  backlogBytes = 0;
  isAsleep = false;
  end: 'ended' | 'destroyed' | undefined;
  leave: () => void = () => {};

  get blocks(): SentBlock[] {
    return readBlocks(this.text);
  }

  /** Types and facts of what it has heard. */
  get heard(): string[] {
    return this.blocks.flatMap(({ event, data }) =>
      event === undefined
        ? []
        : [`${event} ${data?.['what']} ${data?.['stream'] ?? data?.['text'] ?? ''}`.trim()],
    );
  }

  get lastId(): string | undefined {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id;
  }
}

class Scene {
  readonly clock = new FakeClock(1000);
  readonly log = new RecordingLog();
  /** How many follow what happens, and how often the status was asked for. */
  following = 0;
  asked = 0;
  status = async (): Promise<RelayStatus> => ({ name: 'edge1' }) as RelayStatus;
  readonly feed = relayFeed(
    {
      status: () => {
        this.asked++;
        return this.status();
      },
      busiestStreams: async (limit) => [{ stream: `one of ${limit}` } as StreamStatus],
    },
    {
      clock: this.clock,
      log: this.log,
      follow: () => {
        this.following++;
        return () => {
          this.following--;
        };
      },
    },
  );

  listen(wish: Partial<Omit<EventWish, 'types'>> & { types?: EventType[] } = {}): Listener {
    const listener = new Listener();
    const { types, after, mayGoOn = async () => true } = wish;
    listener.leave = this.feed.subscribe(
      { types: types && new Set(types), after, mayGoOn },
      {
        get backlogBytes() {
          return listener.backlogBytes;
        },
        write: (text) => {
          listener.text += text;
          if (listener.isAsleep) listener.backlogBytes += text.length;
        },
        end: () => {
          listener.end = 'ended';
        },
        destroy: () => {
          listener.end = 'destroyed';
        },
      },
    );
    return listener;
  }
}

function stream(key: string): RelayEvent {
  return { type: 'stream', data: { at: new Date().toISOString(), what: 'live', stream: key, source: null } };
}

test('nobody follows what happens before the first subscriber, nor long after the last', () => {
  const scene = new Scene();
  scene.feed.tell(stream('before'));
  expect([scene.following, scene.clock.pending]).toEqual([0, 0]);
  const first = scene.listen();
  const second = scene.listen();
  expect(scene.following).toBe(1);
  first.leave();
  second.leave();
  second.leave();
  scene.clock.advance(299_000);
  expect(scene.following).toBe(1);
  scene.clock.advance(1000);
  expect([scene.following, scene.clock.pending]).toEqual([0, 0]);
  expect(first.heard).toEqual([]);
});

test('whoever comes back in time hears what it has missed; later it is told that something is missing', () => {
  const scene = new Scene();
  const first = scene.listen();
  scene.feed.tell(stream('a'));
  first.leave();
  scene.feed.tell(stream('b'));
  const again = scene.listen({ after: first.lastId });
  expect(again.heard).toEqual(['stream live b']);
  again.leave();
  scene.clock.advance(300_000);
  const later = scene.listen({ after: again.lastId });
  expect(later.heard).toEqual(['gap not-kept']);
  const goesOn = later.lastId;
  scene.feed.tell(stream('c'));
  expect(scene.listen({ after: goesOn }).heard).toEqual(['stream live c']);
});

test('an id of another run is a gap; what this run has kept follows', () => {
  const scene = new Scene();
  scene.listen();
  scene.feed.tell(stream('a'));
  expect(scene.listen({ after: 'other-7', types: ['stream'] }).heard).toEqual([
    'gap not-kept',
    'stream live a',
  ]);
});

test('a new subscriber hears the latest warnings first, and one that comes back hears each once', () => {
  const scene = new Scene();
  scene.log.warn('refused', 'was refused', { peer: '192.0.2.1:5000' });
  scene.log.info('play', 'nothing to warn of');
  const first = scene.listen();
  scene.log.error('bug', 'second');
  expect(first.heard).toEqual(['warning refused 192.0.2.1:5000 was refused', 'warning bug second']);
  expect(scene.listen({ types: ['stream'] }).heard).toEqual([]);
  expect(scene.listen({ types: ['warning'] }).heard).toEqual(first.heard);
  expect(scene.listen({ after: first.lastId }).heard).toEqual([]);
});

test('each hears what it asks for; status only who names it', () => {
  const scene = new Scene();
  const all = scene.listen();
  const some = scene.listen({ types: ['audit', 'gap'] });
  scene.feed.tell(stream('a'));
  scene.feed.tell({ type: 'audit', data: { at: new Date().toISOString(), what: 'kick' } });
  expect([all.heard, some.heard, scene.asked]).toEqual([['stream live a', 'audit kick'], ['audit kick'], 0]);
});

test('a flood of attempts to change something does not push out what is kept', () => {
  const scene = new Scene();
  const listener = scene.listen({ types: ['audit', 'stream'] });
  const at = new Date().toISOString();
  scene.feed.tell(stream('a'));
  for (let i = 0; i < 6000; i++) scene.feed.tell({ type: 'audit', data: { at, what: 'kick' } });
  scene.clock.advance(1000);
  expect([listener.heard.length, listener.blocks.at(-1)?.data?.['count']]).toEqual([52, 5950]);
  expect(scene.listen({ types: ['stream'], after: `${listener.blocks[0]?.id}` }).heard).toEqual([
    'stream live a',
  ]);
});

test('that events were left out is told to those who follow such', () => {
  const scene = new Scene();
  const sessions = scene.listen({ types: ['session'] });
  const streams = scene.listen({ types: ['stream'] });
  const at = new Date().toISOString();
  scene.feed.tell({ type: 'gap', data: { at, what: 'left-out', of: 'session', count: 300 } });
  expect([sessions.heard, streams.heard]).toEqual([['gap left-out'], []]);
});

describe('status', () => {
  test('is found out once for all, every two seconds, and at once for the first', async () => {
    const scene = new Scene();
    const first = scene.listen({ types: ['status'] });
    await settled();
    const second = scene.listen({ types: ['status', 'stream'] });
    expect([first.heard, second.heard, scene.asked]).toEqual([['status status'], ['status status'], 1]);
    scene.clock.advance(2000);
    await settled();
    expect([first.heard.length, second.heard.length, scene.asked]).toEqual([2, 2, 2]);
    expect(first.blocks.at(-1)?.data).toMatchObject({
      ...{ what: 'status', relay: { name: 'edge1' }, streams: [{ stream: 'one of 200' }] },
    });
    first.leave();
    second.leave();
    scene.clock.advance(20_000);
    expect(scene.asked).toBe(2);
  });

  test('that takes long is not asked for twice, and one that fails comes again', async () => {
    const scene = new Scene();
    const slow = Promise.withResolvers<RelayStatus>();
    scene.status = () => slow.promise;
    const listener = scene.listen({ types: ['status'] });
    scene.clock.advance(6000);
    expect(scene.asked).toBe(1);
    scene.status = async () => ({}) as RelayStatus;
    slow.reject(new Error('too busy'));
    await settled();
    scene.clock.advance(2000);
    await settled();
    expect([scene.asked, listener.heard]).toEqual([2, ['status status']]);
  });

  test('is not kept for those who come back', async () => {
    const scene = new Scene();
    const listener = scene.listen({ types: ['status'] });
    await settled();
    expect(listener.blocks.at(-1)?.id).toBeUndefined();
  });
});

test('more than so many do not follow at a time', () => {
  const scene = new Scene();
  const listeners = Array.from({ length: MAX_SUBSCRIBERS }, () => scene.listen());
  expect(scene.feed.hasRoom).toBe(false);
  expect(scene.listen().end).toBe('ended');
  listeners[0]?.leave();
  expect(scene.feed.hasRoom).toBe(true);
});

test('one that does not read is let go, and the others go on', () => {
  const scene = new Scene();
  const sleeper = scene.listen();
  const reader = scene.listen();
  sleeper.isAsleep = true;
  const long = 'x'.repeat(2 ** 17);
  for (let i = 0; i < 9; i++) scene.feed.tell(stream(long));
  expect([sleeper.end, sleeper.heard.length, reader.heard.length]).toEqual(['destroyed', 7, 9]);
});

test('what it is sent at its beginning does not count against one that is about to read it', () => {
  const scene = new Scene();
  scene.listen();
  const long = 'x'.repeat(2 ** 17);
  for (let i = 0; i < 7; i++) scene.feed.tell(stream(long));
  const late = scene.listen({ after: 'other-1' });
  late.backlogBytes = late.text.length;
  scene.feed.tell(stream('a'));
  expect(late.end).toBeUndefined();
});

test('a comment comes every 15 seconds', () => {
  const scene = new Scene();
  const listener = scene.listen();
  const before = listener.text.length;
  scene.clock.advance(45_000);
  expect(listener.text.slice(before)).toBe(': \n\n'.repeat(3));
});

test('whoever may not follow any more is let go at the next look', async () => {
  const scene = new Scene();
  let mayGoOn = true;
  const listener = scene.listen({ mayGoOn: async () => mayGoOn });
  const broken = scene.listen({ mayGoOn: () => Promise.reject(new RangeError('broken')) });
  scene.feed.recheck();
  await settled();
  expect([listener.end, broken.end, scene.log.find('bug').length]).toEqual([undefined, 'ended', 1]);
  mayGoOn = false;
  scene.clock.advance(60_000);
  await settled();
  expect(listener.end).toBe('ended');
});

test('all are let go when the relay stops, and nobody may come any more', () => {
  const scene = new Scene();
  const listener = scene.listen({ types: ['status', 'stream'] });
  scene.feed.close();
  scene.feed.tell(stream('a'));
  expect([listener.end, scene.feed.hasRoom, scene.following, scene.clock.pending]).toEqual([
    'ended',
    false,
    0,
    0,
  ]);
});
