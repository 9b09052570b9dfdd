import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import { freePort } from '../support/free-port.ts';
import { HouseFolder } from '../support/house-folder.ts';
import { runTool } from '../support/run-tool.ts';
import { startHouse } from '../support/start-house.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import type { MediaMessage } from '../support/test-client.ts';
import { backwardSteps, publishPattern } from '../support/test-pattern.ts';
import { TestPlayer } from '../support/test-player.ts';

const key = 'live/a';

/** What tells one frame from any other. */
function frame({ type, payload }: MediaMessage): string {
  return `${type} ${payload.toString('latin1')}`;
}

/** Coded frames of video that came to one player and not to another, from its first to its last. */
function missing(all: readonly MediaMessage[], some: readonly MediaMessage[]): string[] {
  const videoOf = (messages: readonly MediaMessage[]): string[] =>
    messages.filter(({ type, payload }) => type === MessageType.video && payload[1] === 1).map(frame);
  const [wanted, got] = [videoOf(all), videoOf(some)];
  const seen = new Set(got);
  const between = wanted.slice(wanted.indexOf(got[0] ?? ''), wanted.indexOf(got.at(-1) ?? '') + 1);
  expect(between.length).toBeGreaterThan(60);
  expect(seen.size).toBe(got.length); // none came twice
  return between.filter((one) => !seen.has(one));
}

/** What ffmpeg says of each packet that it takes, as stream and DTS. */
function packetsOf(framecrc: string): (readonly [stream: number, dts: number])[] {
  return framecrc
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [stream = '', dts = ''] = line.split(',');
      return [Number(stream), Number(dts)] as const;
    });
}

/** How the stream comes to a relay. */
async function upstreamOf(relay: TestRelay): Promise<unknown> {
  const { items } = (await (await fetch(relay.adminUrl('/api/v1/upstreams'))).json()) as { items: unknown[] };
  expect(items).toHaveLength(1);
  return items[0];
}

test('a relay is hung under another parent, and away from one that drains, while ffmpeg plays from it: nobody is disconnected, no frame is lost, no time goes back', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await HouseFolder.make());
  const port = await freePort();
  const origin = stack.use(await startRelay());
  stack.use(publishPattern(origin.rtmpUrl(key)));
  await origin.published(key);
  const reference = stack.use(TestPlayer.play(origin.port('rtmp'), key));

  // they start while the house is away
  const member = (id: string): Promise<TestRelay> =>
    startRelay({
      name: id,
      house: folder.settings(`http://127.0.0.1:${port}`, { id, copyFile: join(folder.path, `${id}.json`) }),
    });
  const relays = {
    one: stack.use(await member('one')),
    other: stack.use(await member('other')),
    edge: stack.use(await member('edge')),
  };
  const roster = (parent: string): string =>
    JSON.stringify(
      Object.entries(relays).map(([id, relay]) => ({
        ...{ id, key: folder.key, networks: [{ cidr: '127.0.0.0/8' }] },
        ...(id === 'edge' ? { parent } : {}),
        urls: { rtmp: `rtmp://127.0.0.1:${relay.port('rtmp')}` },
      })),
    );
  const house = stack.use(
    await startHouse({
      config: {
        listen: { http: { host: '127.0.0.1', port } },
        streams: [{ match: '**', source: { type: 'pull', urls: [origin.rtmpUrl('{key}')] } }],
        telemetryIntervalMs: 200,
      },
      roster: JSON.parse(roster('one')),
    }),
  );
  for (const relay of Object.values(relays))
    await relay.log.waitFor('house-order', { what: 'config', outcome: 'done' });

  const { edge, one, other } = relays;
  const player = stack.use(TestPlayer.play(edge.port('rtmp'), key));
  const ffmpeg = stack.use(
    runTool('ffmpeg', [
      '-v',
      'warning',
      '-i',
      edge.rtmpUrl(key),
      '-t',
      '8',
      '-c',
      'copy',
      '-f',
      'framecrc',
      '-',
    ]),
  );
  await player.mediaOf(80);
  await one.log.waitFor('play', { stream: key });
  expect(other.log.find('play')).toEqual([]);

  await writeFile(join(house.folder, 'roster.json'), roster('other'));
  await other.log.waitFor('play', { stream: key });
  await one.log.waitFor('play-end', { stream: key });
  await player.mediaOf(player.media.length + 80);
  expect(await upstreamOf(edge)).toMatchObject({ url: other.rtmpUrl(key), state: 'flowing', reconnects: 0 });

  // and when that parent is to be empty
  const drained = await fetch(house.adminUrl('/api/v1/relays/other'), {
    method: 'PATCH',
    headers: { ...house.token, 'content-type': 'application/json' },
    body: JSON.stringify({ draining: true }),
  });
  expect(drained.status).toBeLessThan(300);
  await other.log.waitFor('play-end', { stream: key });
  await player.mediaOf(player.media.length + 40);
  expect(await upstreamOf(edge)).toMatchObject({ url: origin.rtmpUrl(key), state: 'flowing', reconnects: 0 });

  expect(edge.log.find('play-end')).toEqual([]);
  expect(backwardSteps(player.media)).toEqual([]);
  expect(missing(reference.media, player.media)).toEqual([]);
  const packets = packetsOf(await ffmpeg.output);
  expect(packets.length).toBeGreaterThan(200);
  for (const stream of [0, 1]) {
    const times = packets.filter(([of]) => of === stream).map(([, dts]) => dts);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const gaps = times.slice(1).map((dts, index) => dts - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(100); // frames are 40 ms apart, or 23
  }
}, 60_000);
