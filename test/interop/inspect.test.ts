import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chunkAttacks } from '../support/chunk-attacks.ts';
import { bbbPath } from '../support/media.ts';
import { mayCapture, PacketCapture } from '../support/packet-capture.ts';
import { probeFlv } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  playWithRtmpdump,
  publishWithFfmpeg,
  publishWithRtmp2Sink,
  publishWithRtmpSink,
} from '../support/real-clients.ts';
import { startRelay } from '../support/start-relay.ts';
import { expectAsTshark, runInspect } from '../support/tshark.ts';

describe.skipIf(!mayCapture)(
  'what real clients and the relay say to each other (needs root, to capture it)',
  () => {
    test('messages, media and counts are those of tshark and of the media', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-inspect-'));
      const capture = `${folder.path}/capture.pcapng`;
      const port = await captureScene(capture);

      await expectAsTshark(capture, port);
      const extracted = await runInspect('--stats', '--extract', `${folder.path}/out.flv`, capture);
      expect(extracted.join('\n')).toMatch(/keyframes +\d+, every/);
      const source = await probeFlv(readFileSync(bbbPath));
      for (const name of ['out.flv', 'out-2.flv', 'out-3.flv', 'out-4.flv', 'out-5.flv']) {
        const { codecs } = await probeFlv(readFileSync(`${folder.path}/${name}`));
        expect(codecs, name).toEqual(source.codecs);
      }
    }, 60_000);

    test('hostile sessions have the messages that tshark shows, where it shows what was sent', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-inspect-'));
      const capture = `${folder.path}/hostile.pcapng`;
      await using relay = await startRelay();
      const port = relay.port('rtmp');
      await using capturing = await PacketCapture.start(capture, [port]);
      const flows = new Map<string, string>();
      for (const { name, wire } of [...chunkAttacks, ...oddities]) {
        await using attacker = await RawClient.openConnected(port);
        flows.set(`${flows.size + 1}>`, name);
        attacker.send(wire);
        if (chunkAttacks.some((attack) => attack.name === name)) await attacker.closed;
        else {
          attacker.command('getStreamLength', 9, null, 'x');
          await attacker.answerTo(9);
        }
      }
      await capturing.finish();
      const differing = await expectAsTshark(capture, port, true);
      expect(differing.map((flow) => flows.get(flow))).toEqual(tsharkIsWrong);
    }, 60_000);
  },
);

/** What is allowed, and hardly anybody does. */
const oddities: readonly { readonly name: string; readonly wire: string }[] = [
  { name: 'a type that nobody knows', wire: '04000000000003ff01000000616263' },
  {
    name: 'chunk stream 5 within a message',
    wire: `04000000000082090100000022${'55'.repeat(127)}0500000000000308010000002f5555c45555`,
  },
  {
    name: 'a message that is aborted',
    wire: `04000000000082090100000022${'55'.repeat(127)}02000000000004020000000000000004`,
  },
  {
    name: 'extended timestamps, in each chunk',
    wire: `04ffffff00008209010000000100000022${'55'.repeat(127)}c4010000005555`,
  },
  { name: 'messages without a byte', wire: '040000000000000801000000c4c4' },
  { name: 'chunk stream 100', wire: '002400000000000108010000002f' },
  { name: 'chunk stream 1000', wire: '01a80300000000000108010000002f' },
];

/** Of these tshark 4.0 shows something else than was sent. */
const tsharkIsWrong: readonly string[] = [
  'chunk stream 100', // of an id in two or three bytes it shows the low six bits of the last one
  'chunk stream 1000',
];

/** Captures publishers, a player and another relay that come to a relay. @returns the port of the relay */
async function captureScene(capture: string): Promise<number> {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using capturing = await PacketCapture.start(capture, [port]);
  await using player = playWithRtmpdump(relay.rtmpUrl('live/a'));
  const source = { type: 'pull', urls: [relay.rtmpUrl('{key}')], start: 'always' };
  await using edge = await startRelay({ streams: [{ match: 'live/a', source }] });
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: 2 });
  await using tools = new AsyncDisposableStack();
  const publishers = [
    publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 2 }),
    publishWithRtmp2Sink(relay.rtmpUrl('live/b')),
    publishWithRtmpSink(relay.rtmpUrl('live/c')),
  ].map((publisher) => tools.use(publisher));
  for (const publisher of publishers) await publisher.output;
  await player.exited;
  await relay.log.waitFor('unpublish', {}, { count: 3 });
  await edge.relay.close();
  await capturing.finish();
  return port;
}
