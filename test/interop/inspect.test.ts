import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
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
import { runTool } from '../support/run-tool.ts';
import { startRelay } from '../support/start-relay.ts';

const cliPath = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** What is told of a message of RTMP. */
interface MessageTold {
  readonly is: string;
  readonly flow: string;
  readonly format: number;
  readonly chunkStreamId: number;
  readonly type: number;
  readonly length: number;
}

/** By connection and direction, as `1>`. */
type ByFlow<T> = ReadonlyMap<string, readonly T[]>;

describe.skipIf(!mayCapture)(
  'what real clients and the relay say to each other (needs root, to capture it)',
  () => {
    test('messages, media and counts are those of tshark and of the media', async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'streampump-inspect-'));
      const capture = `${folder.path}/capture.pcapng`;
      const port = await captureScene(capture);

      await expectAsTshark(capture, port);
      const extracted = await inspect('--stats', '--extract', `${folder.path}/out.flv`, capture);
      expect(extracted.join('\n')).toMatch(/keyframes +\d+, every/);
      const source = await probeFlv(readFileSync(bbbPath));
      for (const name of ['out.flv', 'out-2.flv', 'out-3.flv', 'out-4.flv']) {
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

/**
 * Messages and their headers are those that tshark shows.
 * @param mayDiffer - then flows that differ are given
 */
async function expectAsTshark(capture: string, port: number, mayDiffer = false): Promise<string[]> {
  const records = (await inspect('--json', capture)).map((text): MessageTold => JSON.parse(text));
  if (!mayDiffer) expect(records.filter(({ is }) => is === 'fault')).toEqual([]);
  const ours = Map.groupBy(
    records.filter(({ is }) => is === 'message'),
    ({ flow }) => flow,
  );
  const theirs = await tsharkMessages(capture, port);
  const differing: string[] = [];
  for (const flow of new Set([...ours.keys(), ...theirs.keys()])) {
    // tshark shows type and length where the header has them, which those of format 2 and 3 have not
    const told = ours.get(flow)?.map(({ format, chunkStreamId, type, length }) => ({
      head: `fmt ${format} cs ${chunkStreamId}`,
      typed: format < 2 ? `type ${type}, ${length} B` : undefined,
    }));
    if (!mayDiffer) expect(told, flow).toEqual(theirs.get(flow));
    else if (!isDeepStrictEqual(told, theirs.get(flow))) differing.push(flow);
  }
  return differing;
}

/** Captures publishers and a player of a relay. @returns the port of the relay */
async function captureScene(capture: string): Promise<number> {
  await using relay = await startRelay();
  const port = relay.port('rtmp');
  await using capturing = await PacketCapture.start(capture, [port]);
  await using player = playWithRtmpdump(relay.rtmpUrl('live/a'));
  await relay.log.waitFor('play', { stream: 'live/a' });
  await using tools = new AsyncDisposableStack();
  const publishers = [
    publishWithFfmpeg(relay.rtmpUrl('live/a'), { seconds: 2 }),
    publishWithRtmp2Sink(relay.rtmpUrl('live/b')),
    publishWithRtmpSink(relay.rtmpUrl('live/c')),
  ].map((publisher) => tools.use(publisher));
  for (const publisher of publishers) await publisher.output;
  await player.exited;
  await relay.log.waitFor('unpublish', {}, { count: 3 });
  await capturing.finish();
  return port;
}

/** @returns what it writes, also where it has found faults */
async function inspect(...args: string[]): Promise<string[]> {
  await using tool = runTool(process.execPath, [cliPath, 'inspect', ...args]);
  await tool.exited;
  expect(tool.stderr).not.toMatch(/Error|cannot/);
  return tool.stdoutBuffer.toString().trim().split('\n');
}

/** What tshark makes of the same capture: for each message its header. */
async function tsharkMessages(
  capture: string,
  port: number,
): Promise<ByFlow<{ readonly head: string; readonly typed: string | undefined }>> {
  const fields = [
    'tcp.stream',
    'tcp.srcport',
    ...['format', 'csid', 'typeid', 'bodysize'].map((name) => `rtmpt.header.${name}`),
  ];
  await using tshark = runTool('tshark', [
    ...['-r', capture, '-Y', 'rtmpt', '-d', `tcp.port==${port},rtmpt`],
    // tshark 4.0 takes no chunk of more than 32,768 bytes by itself: behind a Set Chunk Size of 65,536 it is lost
    ...['-o', 'rtmpt.max_packet_size:16777215'],
    // packets of a busy machine are captured in another order than they were sent in
    ...['-o', 'tcp.reassemble_out_of_order:TRUE'],
    ...['-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
  ]);
  const messages = new Map<string, { head: string; typed: string | undefined }[]>();
  for (const text of (await tshark.output).trimEnd().split('\n')) {
    const [stream = '', source = '', ...rest] = text.split('\t');
    const [formats = [], chunkStreamIds = [], types = [], lengths = []] = rest.map((field) =>
      field.split(',').filter(Boolean),
    );
    const flow = `${Number(stream) + 1}${Number(source) === port ? '<' : '>'}`;
    const told = messages.get(flow) ?? [];
    let typed = 0;
    for (const [i, format] of formats.entries()) {
      const isTyped = Number(format) < 2;
      const type = Number(types[typed]);
      const length = lengths[typed];
      if (isTyped) typed++;
      told.push({
        head: `fmt ${format} cs ${chunkStreamIds[i]}`,
        typed: isTyped ? `type ${type}, ${length} B` : undefined,
      });
    }
    if (told.length > 0) messages.set(flow, told);
  }
  return messages;
}
