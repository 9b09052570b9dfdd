import { describe, expect, test } from 'vitest';
import { shareSettings } from '../../../../src/config/share-settings.ts';
import type { SentReport } from '../../../../src/service/access/joining/join.ts';
import { SENT_SWEEP_MS, SentSweep } from '../../../../src/service/access/joining/sent-sweep.ts';
import { ShareList } from '../../../../src/service/access/joining/share-list.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { joinOf } from '../../../support/joins.ts';

function scene(...shares: object[]) {
  const clock = new FakeClock(1000);
  const sessions = new Map<string, number>();
  const streams = new Map<string, number>();
  const reports: SentReport[] = [];
  const counters = { sessionBytes: (id: string) => sessions.get(id), streamBytes: () => streams };
  const sweep = new SentSweep(clock, counters, (report) => reports.push(report));
  sweep.configure(new ShareList(shareSettings.parse(shares)));
  /** Lets two seconds pass in which so many bytes are sent to, or come of, each. */
  const measure = (bytes: Record<string, number> = {}): SentReport | undefined => {
    for (const [name, more] of Object.entries(bytes)) {
      const counted = name.includes('/') ? streams : sessions;
      counted.set(name, (counted.get(name) ?? 0) + more);
    }
    clock.advance(SENT_SWEEP_MS);
    return reports.pop();
  };
  return { clock, sweep, sessions, streams, measure };
}

const all = 'all\n**\n';

test('where no bit rate is limited nothing is measured', () => {
  const { clock, sweep } = scene({ players: 1 });
  sweep.add(1, joinOf(), 0);
  expect(clock.pending).toBe(0);
});

describe('what is sent', () => {
  test('is what a session got since the measurement before; of one too young, what its stream has', () => {
    const { sweep, measure } = scene({ bitsPerSecond: 1 });
    sweep.add(1, joinOf(), 7000);
    expect(measure({ s1: 500 })).toMatchObject({ upTo: 1, shares: new Map([[all, 7000]]) });
    expect(measure({ s1: 1000 })?.shares).toEqual(new Map([[all, 4000]]));
    sweep.add(2, joinOf({ session: 's2' }), 7000);
    expect(measure({ s1: 1000, s2: 10 })).toMatchObject({ upTo: 2, shares: new Map([[all, 11_000]]) });
    expect(measure({ s1: 1000, s2: 2000 })?.shares).toEqual(new Map([[all, 12_000]]));
    sweep.remove(1);
    expect(measure({ s2: 0 })?.shares).toEqual(new Map([[all, 0]]));
  });

  test('counts once for a session that plays several streams, and goes by where each play counts', () => {
    const { sweep, measure } = scene({ bitsPerSecond: 1 }, { per: 'stream', bitsPerSecond: 1 });
    sweep.add(1, joinOf({ key: 'a/1' }), 0);
    sweep.add(2, joinOf({ key: 'a/2' }), 0);
    measure({ s1: 0 });
    expect(measure({ s1: 250 })?.shares).toEqual(
      new Map([
        [all, 1000],
        ['stream\n**\na/1', 1000],
        ['stream\n**\na/2', 1000],
      ]),
    );
  });

  test('of a session that is gone, or goes on as another one, is never below nothing', () => {
    const { sweep, sessions, measure } = scene({ bitsPerSecond: 1 });
    sweep.add(1, joinOf(), 0);
    measure({ s1: 5000 });
    sessions.set('s1', 10);
    expect(measure()?.shares).toEqual(new Map([[all, 0]]));
    sessions.delete('s1');
    expect(measure()?.shares).toEqual(new Map());
  });
});

test('what streams have is told where they are kept', () => {
  const { streams, measure } = scene({ bitsPerSecond: 1 });
  expect(measure({ 'live/a': 1 })?.streams).toEqual(new Map());
  expect(measure({ 'live/a': 250 })?.streams).toEqual(new Map([['live/a', 1000]]));
  streams.delete('live/a');
  expect(measure()?.streams).toEqual(new Map());
});

test('a play whose credentials have a bit rate is measured, and nothing any more when it is over', () => {
  const { clock, sweep, measure } = scene();
  sweep.add(1, joinOf({ identity: 'ann', limits: { bitsPerSecond: 5 } }), 0);
  measure({ s1: 0 });
  expect(measure({ s1: 250 })?.shares).toEqual(new Map([['grant\n\nidentity ann', 1000]]));
  sweep.remove(1);
  expect(measure()).toEqual({ upTo: 1, shares: new Map(), streams: new Map() });
  expect(clock.pending).toBe(0);
});

test('new limits are measured with those who are there, and none any more ends it', () => {
  const { clock, sweep, measure } = scene({ per: 'address', players: 1 });
  sweep.add(1, joinOf(), 0);
  sweep.configure(new ShareList(shareSettings.parse([{ per: 'address', bitsPerSecond: 1 }])));
  measure({ s1: 0 });
  expect(measure({ s1: 250 })?.shares).toEqual(new Map([['address\n**\n192.0.2.1', 1000]]));
  sweep.configure(new ShareList([]));
  expect([measure()?.shares, clock.pending]).toEqual([new Map(), 0]);
  sweep.configure(new ShareList(shareSettings.parse([{ bitsPerSecond: 1 }])));
  sweep.close();
  expect(clock.pending).toBe(0);
});
