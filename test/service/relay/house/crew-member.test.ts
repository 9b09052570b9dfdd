import { expect, test } from 'vitest';
import { BanLedger } from '../../../../src/service/access/bans/ban-ledger.ts';
import { CrewMember } from '../../../../src/service/relay/house/crew-member.ts';
import type { MemberReport, MemberStream } from '../../../../src/service/relay/house/house-member.ts';
import type { WorkerCrew } from '../../../../src/service/relay/workers/worker-crew.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const none: MemberReport = {
  ...{ players: 0, publishers: 0, sentBitsPerSecond: 0, receivedBitsPerSecond: 0, streams: [] },
  ...{ isWhole: false, joined: [], left: [] },
};

/** Workers of these numbers, each of which answers what it is told to. */
function scene(): {
  member: CrewMember;
  numbers: number[];
  asked: boolean[];
  told: unknown[];
  answers: Partial<MemberReport>[];
} {
  const numbers = [0, 1];
  const asked: boolean[] = [];
  const told: unknown[] = [];
  const answers: Partial<MemberReport>[] = [{}, {}];
  const crew = {
    get ready() {
      return numbers.map((number) => ({ number }));
    },
    ask: async (_question: string, isWhole: boolean) => {
      asked.push(isWhole);
      return answers.map((answer) => ({ ...none, isWhole, ...(isWhole ? { ...answer, isWhole } : answer) }));
    },
    tell: (message: unknown) => told.push(message),
  };
  const member = new CrewMember(crew as unknown as WorkerCrew, new BanLedger(new FakeClock()));
  return { member, numbers, asked, told, answers };
}

test('adds up what all workers say; the worker that keeps a stream knows it best', async () => {
  const { member, answers } = scene();
  const stream: MemberStream = {
    ...{ key: 'live/a', state: 'live', players: 2, receivedBitsPerSecond: 0, keyframeAgeSeconds: 9 },
    ...{ source: 'publisher', isCopy: true },
  };
  answers[0] = { players: 2, sentBitsPerSecond: 10, streams: [stream] };
  const home = { ...stream, players: 3, receivedBitsPerSecond: 5, keyframeAgeSeconds: 1, isCopy: false };
  answers[1] = {
    players: 3,
    publishers: 1,
    sentBitsPerSecond: 15,
    receivedBitsPerSecond: 5,
    streams: [home],
  };
  const report = await member.report(true);
  expect(report).toMatchObject({
    players: 5,
    publishers: 1,
    sentBitsPerSecond: 25,
    receivedBitsPerSecond: 5,
  });
  expect(report.streams).toEqual([{ ...home, players: 5 }]);
});

test('asks for all again where a worker has died, started, or lost count', async () => {
  const { member, numbers, asked, answers } = scene();
  await member.report(true);
  await member.report(false);
  expect(asked).toEqual([true, false]);
  numbers[1] = 2; // one has died, with its players, and another is in its place
  expect(await member.report(false)).toMatchObject({ isWhole: true });
  await member.report(false);
  expect(asked.splice(2)).toEqual([true, false]);
  answers[0] = { isWhole: true }; // it could not keep all that has happened
  expect(await member.report(false)).toMatchObject({ isWhole: true });
  expect(asked.splice(2)).toEqual([false, true]);
});

test('tells all workers whom to let in and whom to keep out', () => {
  const { member, told } = scene();
  member.welcome('relays', 'rtmp://next:1935');
  expect(member.welcomes).toBe('relays');
  member.keepOut([[{ kind: 'identity', value: 'ann' }, 5000]]);
  expect(told).toEqual([
    { say: 'welcome', whom: 'relays', reconnectUrl: 'rtmp://next:1935' },
    { say: 'bans', bans: { relay: [], house: [[{ kind: 'identity', value: 'ann' }, 5000]] } },
  ]);
});
