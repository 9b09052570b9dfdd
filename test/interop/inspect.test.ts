import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bbbPath } from '../support/media.ts';
import { mayCapture, PacketCapture } from '../support/packet-capture.ts';
import { probeFlv } from '../support/probe.ts';
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

      const records = (await inspect('--json', capture)).map((text): MessageTold => JSON.parse(text));
      expect(records.filter(({ is }) => is === 'fault')).toEqual([]);
      const ours = byFlow(records.filter(({ is }) => is === 'message'));
      const theirs = await tsharkMessages(capture, port);
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [flow, told] of ours) {
        const heads = told.map(({ format, chunkStreamId }) => `fmt ${format} cs ${chunkStreamId}`);
        expect(heads, flow).toEqual(theirs.get(flow)?.map(({ head }) => head));
        // tshark shows type and length where the header has them, which those of format 2 and 3 have not
        const typed = told.filter(({ format }) => format < 2);
        expect(
          typed.map(({ type, length }) => `type ${type}, ${length} B`),
          flow,
        ).toEqual(theirs.get(flow)?.flatMap(({ typed: text }) => text ?? []));
      }

      const extracted = await inspect('--stats', '--extract', `${folder.path}/out.flv`, capture);
      expect(extracted.join('\n')).toMatch(/keyframes +\d+, every/);
      const source = await probeFlv(readFileSync(bbbPath));
      for (const name of ['out.flv', 'out-2.flv', 'out-3.flv', 'out-4.flv']) {
        const { codecs } = await probeFlv(readFileSync(`${folder.path}/${name}`));
        expect(codecs, name).toEqual(source.codecs);
      }
    }, 60_000);
  },
);

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

async function inspect(...args: string[]): Promise<string[]> {
  await using tool = runTool(process.execPath, [cliPath, 'inspect', ...args]);
  return (await tool.output).trim().split('\n');
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

function byFlow(records: readonly MessageTold[]): ByFlow<MessageTold> {
  return Map.groupBy(records, ({ flow }) => flow);
}
