/** What tshark shows of a capture, and whether `streampump inspect` shows the same. */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { runTool } from './run-tool.ts';

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

/**
 * Messages and their headers are those that tshark shows.
 * @param mayDiffer - then flows that differ are given
 */
export async function expectAsTshark(capture: string, port: number, mayDiffer = false): Promise<string[]> {
  const records = (await runInspect('--json', capture)).map((text): MessageTold => JSON.parse(text));
  if (!mayDiffer) expect(records.filter(({ is }) => is === 'fault')).toEqual([]);
  const ours = Map.groupBy(
    records.filter(({ is }) => is === 'message'),
    ({ flow }) => flow,
  );
  const theirs = await tsharkMessages(capture, port);
  expect(ours.size).toBeGreaterThan(1);
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

/** Runs `streampump inspect`. @returns the lines that it writes, also where it has found faults */
export async function runInspect(...args: string[]): Promise<string[]> {
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
