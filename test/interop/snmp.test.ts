import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { media } from '../support/fake-media.ts';
import { temporaryFolder } from '../support/packages.ts';
import type { RecordingLog } from '../support/recording-log.ts';
import { runTool } from '../support/run-tool.ts';
import { byCommunity, byUser, copyMibs, mibFolders, walk } from '../support/snmp-tools.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const mib = join(mibFolders[1] ?? '', 'STREAMPUMP-MIB.txt');

/** The SNMP settings that the tools of this test can ask. */
async function snmpSettings(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const secrets = { communityFile: 'open-sesame', authFile: 'auth-secret', privFile: 'priv-secret' };
  const files = Object.entries(secrets).map(async ([name, secret]) => {
    await writeFile(join(folder, name), secret);
    return [name, join(folder, name)];
  });
  const { communityFile, ...own } = Object.fromEntries(await Promise.all(files));
  return { host: '127.0.0.1', port: 0, communityFile, users: [{ name: 'ops', ...own }] };
}

function snmpPort({ lines }: RecordingLog): number {
  const line = lines.find(({ event, fields }) => event === 'listening' && fields['listener'] === 'snmp');
  return Number(line?.fields['port']);
}

/** The series of a metric added up, those of a stream or all. */
function sumOf(page: string, name: string, having = ''): number {
  const series = page
    .split('\n')
    .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
  return series
    .filter((line) => line.includes(having))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const roles = {
  spPublishers: 'publisher',
  spPlayers: 'player',
  spRelays: 'relay',
  spWaitingPlayers: 'waiting',
};

/** What the metrics say of what an agent shows, but for what changes by itself. */
function expectedOf(page: string): Readonly<Record<string, string>> {
  const ofRoles = Object.entries(roles).map(([name, role]) => [
    name,
    sumOf(page, 'streampump_sessions', `role="${role}"`),
  ]);
  const counted = {
    spStreams: 'streams',
    spReceivedBytes: 'received_bytes_total',
    spSentBytes: 'sent_bytes_total',
    spRejected: 'rejected_total',
    spDisconnectedPlayers: 'disconnected_players_total',
  };
  const ofStreams = {
    Players: 'players',
    ReceivedBytes: 'received_bytes_total',
    SentBytes: 'sent_bytes_total',
  };
  const rows = ['live/a', 'live/b'].flatMap((stream, row) => [
    [`spStreamKey.${row + 1}`, stream],
    ...Object.entries(ofStreams).map(([name, metric]) => [
      `spStream${name}.${row + 1}`,
      sumOf(page, `streampump_stream_${metric}`, `stream="${stream}"`),
    ]),
  ]);
  const scalars = Object.entries(counted).map(([name, metric]) => [
    name,
    sumOf(page, `streampump_${metric}`),
  ]);
  const all = [...[...ofRoles, ...scalars].map(([name, value]) => [`${name}.0`, value]), ...rows];
  return Object.fromEntries(all.map(([name, value]) => [name, String(value)]));
}

test.each([1, 2])(
  'what Net-SNMP walks through is what Prometheus scrapes, with %i workers',
  async (workers) => {
    await using folder = await temporaryFolder();
    const snmp = await snmpSettings(folder.path);
    await using relay =
      workers === 1 ? await startRelay({ snmp }) : await TestCluster.start({ workers, snmp });
    const rtmp = relay.port('rtmp');
    await using a = await TestPublisher.start(rtmp, 'live/a');
    await using b = await TestPublisher.start(rtmp, 'live/b');
    for (const [publisher, size] of [
      [a, 3000],
      [b, 500],
    ] as const)
      publisher.sendMedia(...media(`VH1@0 K1@0:${size} P2@40:${size} P3@80:${size}`));
    await using first = TestPlayer.play(rtmp, 'live/a');
    await using second = TestPlayer.play(rtmp, 'live/a');
    await using third = TestPlayer.play(rtmp, 'live/b');
    for (const player of [first, second, third]) await player.mediaOf(4);

    const port = snmpPort(relay.log);
    const read = async () => {
      const page = await (await fetch(relay.adminUrl('/metrics'))).text();
      const walked = await walk('snmpwalk', byCommunity, port);
      const bulk = await walk('snmpbulkwalk', byUser, port);
      const expected = expectedOf(page);
      const picked = (found: ReadonlyMap<string, string>) =>
        Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)?.replaceAll('"', '')]));
      return {
        expected,
        walked: picked(walked),
        bulk: picked(bulk),
        names: [...walked.keys()],
        all: bulk.size,
      };
    };
    // what was on its way comes to rest; what is shown is up to a second old
    await expect
      .poll(
        async () => {
          const { expected, walked, bulk } = await read();
          return [walked, bulk].map((found) => JSON.stringify(found) === JSON.stringify(expected));
        },
        { timeout: 15_000 },
      )
      .toEqual([true, true]);
    const { expected, walked, bulk, names, all } = await read();
    expect(walked).toEqual(expected);
    expect(bulk).toEqual(expected);
    expect(expected).toMatchObject({ 'spPlayers.0': '3', 'spPublishers.0': '2', 'spStreamPlayers.1': '2' });
    expect(names).toHaveLength(20 + 2 * 8);
    expect(all).toBe(names.length);
    const system = await walk('snmpwalk', byUser, port, '1.3.6.1.2.1.1');
    expect(system.size).toBe(7);
    expect([...system.values()].join()).toContain('streampump');
  },
);

test('smilint and snmptranslate find no fault in the MIB', async () => {
  await using folder = await temporaryFolder();
  await copyMibs(folder.path);
  await using lint = runTool('smilint', ['-l', '6', mib], { env: { SMIPATH: folder.path } });
  expect([await lint.exited, lint.stderr, lint.stdoutBuffer.toString()]).toEqual([
    { code: 0, signal: null },
    '',
    '',
  ]);
  const place = ['-M', folder.path, '-m', 'STREAMPUMP-MIB', '-On', 'STREAMPUMP-MIB::spStreamSentBytes'];
  await using translate = runTool('snmptranslate', place);
  expect(await translate.output).toBe('.1.3.6.1.4.1.8072.9999.9999.1935.1.2.1.5\n');
  expect(translate.stderr).toBe('');
});
