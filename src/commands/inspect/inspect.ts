import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { fileReason, PlainError } from '../../errors.ts';
import { Inspection, type InspectionSink } from '../../inspect/inspection.ts';
import type { InspectRecord } from '../../inspect/record.ts';
import { InspectionStats } from '../../inspect/stream-stats.ts';
import type { TcpCounts } from '../../protocol/capture/tcp-stream.ts';
import { line } from '../ctl/terminal/line.ts';
import { type Output, openOutput, safeJson } from '../ctl/terminal/output.ts';
import type { Endpoint, InspectRequest } from '../inspect-command.ts';
import { forwarding } from './forwarder.ts';
import { listenUntilStopped, nameOf } from './live-listener.ts';
import { MediaFiles } from './media-files.ts';
import { receiving } from './receiver.ts';
import { recordJson } from './record-json.ts';
import { recordLine } from './record-lines.ts';
import { statsJson } from './stats-json.ts';
import { statsLines } from './stats-lines.ts';

const STANDARD_INPUT = '-';
/** What connections are called that are not from a file. */
const LIVE = 'live';

/**
 * Shows what is inside captures, or inside connections as they happen, until it is stopped.
 * @returns whether nothing was wrong with them
 */
export async function inspect(
  { files, options }: InspectRequest,
  stream: WriteStream,
  stopped: AbortSignal,
): Promise<boolean> {
  const output = openOutput(stream);
  const report = new RecordOutput(output, stream, options.json === true, options.stats === true);
  const media = options.extract === undefined ? undefined : new MediaFiles(options.extract, files);
  const transports = new Map<string, TcpCounts>();
  const sink: InspectionSink = {
    found: (record) => report.found(record),
    media: (flow, piece) => media?.write(flow, piece),
    transported: (flow, counts) => transports.set(flow.id, { ...counts }),
  };
  const inspection = new Inspection(sink, {
    tellsChunks: options.chunks === true,
    showsSecrets: options.showSecrets === true,
  });
  let areAllRead = true;
  try {
    for (const file of files) {
      const problem = await readFile(file, inspection, report, AbortSignal.any([stopped, output.closed]));
      if (problem === undefined) continue;
      output.note(`cannot read ${file}: ${problem}`);
      areAllRead = false;
    }
    if (options.listen !== undefined)
      await inspectLive(
        options.listen,
        options.to,
        inspection,
        report,
        AbortSignal.any([stopped, output.closed]),
      );
  } finally {
    media?.close();
  }
  report.end(transports);
  for (const { name, flow, messageStreamId } of media?.files ?? [])
    output.note(`wrote ${name}: ${flow.id} message stream ${messageStreamId}`);
  return areAllRead && report.stats.faults === 0;
}

/** Shows connections as they happen: passed on to a server, or answered here. */
async function inspectLive(
  listen: Endpoint,
  to: Endpoint | undefined,
  inspection: Inspection,
  report: RecordOutput,
  stopped: AbortSignal,
): Promise<void> {
  const [purpose, onConnection] =
    to === undefined
      ? (['taking what is published', receiving(LIVE, inspection, report)] as const)
      : ([`passing on to ${nameOf(to.host, to.port)}`, forwarding(LIVE, to, inspection, report)] as const);
  await listenUntilStopped(listen, purpose, report, stopped, onConnection);
  inspection.ended(LIVE);
}

/** @returns why the file could not be read to its end; undefined when it was */
async function readFile(
  name: string,
  inspection: Inspection,
  report: RecordOutput,
  stopped: AbortSignal,
): Promise<string | undefined> {
  const source = inspection.source(name);
  const chunks: AsyncIterable<Buffer> = name === STANDARD_INPUT ? process.stdin : createReadStream(name);
  let problem: string | undefined;
  try {
    for await (const chunk of chunks) {
      source.push(chunk);
      await report.flush();
      if (stopped.aborted) break;
    }
  } catch (error) {
    if (error instanceof PlainError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    problem = fileReason(error);
  }
  if (problem === undefined || source.hasBegun) source.end(stopped.aborted);
  await report.flush();
  return problem;
}

/** Writes what is found as it is found, or what it comes to in the end. */
class RecordOutput {
  readonly stats: InspectionStats = new InspectionStats();
  readonly #output: Output;
  readonly #stream: WriteStream;
  readonly #isJson: boolean;
  readonly #isStats: boolean;
  #waiting: InspectRecord[] = [];
  #startMs: number | undefined;

  constructor(output: Output, stream: WriteStream, isJson: boolean, isStats: boolean) {
    this.#output = output;
    this.#stream = stream;
    this.#isJson = isJson;
    this.#isStats = isStats;
  }

  found(record: InspectRecord): void {
    this.stats.add(record);
    this.#startMs ??= record.timeMs;
    const isShown = !this.#isStats || ['fault', 'resumed', 'flow'].includes(record.is);
    if (isShown) this.#waiting.push(record);
    if (this.#waiting.length >= MAX_WAITING) this.#write();
  }

  note(text: string): void {
    this.#output.note(text);
  }

  /** Resolves when what was found is on its way. */
  async flush(): Promise<void> {
    this.#write();
    if (!this.#stream.writableNeedDrain) return;
    await once(this.#stream, 'drain', { signal: this.#output.closed }).catch(() => {}); // nobody reads any more
  }

  end(transports: ReadonlyMap<string, TcpCounts>): void {
    this.#write();
    if (!this.#isStats) return;
    const { streams } = this.stats;
    for (const stream of streams) {
      const transport = transports.get(/^\d+[<>]?/.exec(stream.flow.id)?.[0] ?? '');
      if (this.#isJson) this.#json([statsJson(stream, transport)]);
      else this.#output.lines([line(''), ...statsLines(stream, transport)]);
    }
  }

  #write(): void {
    if (this.#waiting.length === 0) return;
    const records = this.#waiting;
    this.#waiting = [];
    if (this.#isJson) this.#json(records.map(recordJson));
    else this.#output.lines(records.map((record) => recordLine(record, this.#startMs)));
  }

  #json(values: readonly unknown[]): void {
    this.#stream.write(values.map((value) => `${safeJson(value, false)}\n`).join(''));
  }
}

/** So many records are written at a time. */
const MAX_WAITING = 1024;
