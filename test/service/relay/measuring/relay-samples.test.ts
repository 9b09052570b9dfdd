import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { PullLedger } from '../../../../src/service/access/joining/pull-ledger.ts';
import { SessionTable } from '../../../../src/service/listen/session-table.ts';
import { relaySamples } from '../../../../src/service/relay/measuring/relay-samples.ts';
import type { UpstreamWish } from '../../../../src/service/relay/pulling/open-upstream.ts';
import { Pulls } from '../../../../src/service/relay/pulling/pulls.ts';
import { endlessBudget, FakeStudio } from '../../../support/fake-studio.ts';
import { FakeUpstream } from '../../../support/fake-upstream.ts';
import { oneUrl } from '../../../support/pull-scene.ts';
import { RecordingLog } from '../../../support/recording-log.ts';

const { limits } = relaySettings.parse({});

test('shows the streams that have a source, and the upstreams', () => {
  const studio = new FakeStudio();
  const { clock, registry } = studio;
  const upstreams: FakeUpstream[] = [];
  const host = {
    clock,
    log: new RecordingLog(),
    relayId: 'me',
    budget: endlessBudget,
    attach: registry.attach.bind(registry),
    streamOf: () => undefined,
    originOf: () => 'config' as const,
    open: (
      { url, waiting }: Pick<UpstreamWish, 'url' | 'waiting'>,
      events: ConstructorParameters<typeof FakeUpstream>[3],
    ) => {
      const upstream = new FakeUpstream(url, waiting, clock.now(), events);
      upstreams.push(upstream);
      return upstream;
    },
  };
  const pulls = new Pulls(registry, host, new PullLedger(limits, clock));
  const table = new SessionTable(limits, 100, clock, () => {});
  const samples = relaySamples({
    registry,
    pulls,
    forwards: [],
    telling: { samples: () => [] },
    table,
    budget: endlessBudget,
    log: new RecordingLog(),
    hooks: { samples: () => [] },
    shares: undefined,
    blocked: undefined,
    bans: undefined,
    limiters: [],
    reloads: undefined,
    snmp: undefined,
    house: undefined,
    recording: { sample: () => undefined, uploads: undefined, usage: undefined },
    listeners: () => [],
  });
  studio.join();
  expect([[...samples.streams()], [...samples.upstreams()], samples.sessions().counts]).toEqual([[], [], []]);
  pulls.demand(studio.key, oneUrl);
  upstreams[0]?.send('VH1@0 K1@0');
  clock.advance(500);
  expect([...samples.streams()]).toMatchObject([
    { key: 'live/a', isCopy: false, receivedBytes: 18, droppedFrames: 0, keyframeAgeSeconds: 0.5 },
  ]);
  const url = 'rtmp://first/live/a';
  const [upstream, ...others] = samples.upstreams();
  expect([upstream, others]).toEqual([
    { stream: 'live/a', url, isUp: true, connects: expect.anything() },
    [],
  ]);
  expect([...(upstream?.connects ?? [])].filter(({ count }) => count > 0)).toEqual([
    { url, outcome: 'ok', count: 1 },
  ]);
  pulls.close();
});
