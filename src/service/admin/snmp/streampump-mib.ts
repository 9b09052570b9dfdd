/** The variables of the agent: those of any, and those of STREAMPUMP-MIB, as `deploy/snmp/STREAMPUMP-MIB.txt` has them. */
import { encodeNumber, encodeOctets, encodeOid, type Oid, Tag } from './ber.ts';
import type { Figures } from './figures.ts';
import { MibView, type Variable } from './mib-view.ts';

/** Net-SNMP's place for what has no number of its own. */
const streampump: Oid = [1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 1935];
const system: Oid = [1, 3, 6, 1, 2, 1, 1];
const scalars: Oid = [...streampump, 1, 1];
const streamEntry: Oid = [...streampump, 1, 2, 1];

const readinesses = { ready: 1, draining: 2, full: 3 } as const;

/** A key has at most so many bytes. */
const MAX_KEY_BYTES = 1024;

/** What the metrics do not tell. */
export interface AgentFacts {
  readonly name: string;
  readonly version: string;
  readonly readiness: keyof typeof readinesses;
  /** Since the agent was opened, milliseconds. */
  readonly uptimeMs: number;
  /** Requests that were not answered. */
  readonly dropped: number;
}

/** How a value is encoded: beyond what its type can say, a gauge stays at its largest value, and a counter begins again. */
const as = {
  gauge: (value: number): Buffer =>
    encodeNumber(Math.min(Math.max(0, Math.round(value)), 2 ** 32 - 1), Tag.gauge32),
  counter32: (value: number): Buffer => encodeNumber(value % 2 ** 32, Tag.counter32),
  counter64: (value: number): Buffer => encodeNumber(BigInt(Math.max(0, Math.round(value))), Tag.counter64),
  integer: (value: number): Buffer => encodeNumber(Math.min(Math.round(value), 2 ** 31 - 1)),
};

const kibibytes = (bytes: number): number => bytes / 1024;

/** In their order, from 1 on. */
const relayScalars: readonly ((figures: Figures, facts: AgentFacts) => Buffer)[] = [
  (_, { readiness }) => as.integer(readinesses[readiness]),
  (figures) => as.gauge(figures.sum('streampump_streams')),
  ...['publisher', 'player', 'relay', 'waiting', 'pending'].map(
    (role) => (figures: Figures) => as.gauge(figures.sum('streampump_sessions', `role="${role}"`)),
  ),
  (figures) => as.counter64(figures.sum('streampump_received_bytes_total')),
  (figures) => as.counter64(figures.sum('streampump_sent_bytes_total')),
  (figures) => as.counter64(figures.sum('streampump_rejected_total')),
  (figures) => as.counter64(figures.sum('streampump_disconnected_players_total')),
  (figures) => as.gauge(figures.count('streampump_upstream_up')),
  (figures) => as.gauge(figures.sum('streampump_upstream_up')),
  (figures) => as.gauge(figures.count('streampump_forward_up')),
  (figures) => as.gauge(figures.sum('streampump_forward_up')),
  (figures) => as.gauge(kibibytes(figures.sum('streampump_backlog_bytes'))),
  (figures) => as.gauge(kibibytes(figures.sum('streampump_cache_bytes'))),
  (figures) => as.gauge(kibibytes(figures.sum('process_resident_memory_bytes'))),
  (figures) => as.gauge(figures.sum('process_open_fds')),
  (_, { dropped }) => as.counter32(dropped),
];

type Column = readonly [metric: string, encoded: (value: number) => Buffer, missing: Buffer];

/** Behind the index (1) and the key (2), from 3 on. */
const streamColumns: readonly Column[] = [
  ['streampump_stream_players', as.gauge, as.gauge(0)],
  ['streampump_stream_received_bytes_total', as.counter64, as.counter64(0)],
  ['streampump_stream_sent_bytes_total', as.counter64, as.counter64(0)],
  ['streampump_stream_dropped_frames_total', as.counter64, as.counter64(0)],
  ['streampump_stream_lagging_players', as.gauge, as.gauge(0)],
  ['streampump_stream_keyframe_age_seconds', (seconds) => as.integer(seconds * 1000), as.integer(-1)],
  ['streampump_stream_cache_bytes', (bytes) => as.gauge(kibibytes(bytes)), as.gauge(0)],
];

const KEY_COLUMN = 2;

const objects: readonly Oid[] = [
  ...Array.from({ length: 7 }, (_, i) => [...system, i + 1]),
  ...relayScalars.map((_, i) => [...scalars, i + 1]),
  ...[KEY_COLUMN, ...streamColumns.map((_, i) => KEY_COLUMN + 1 + i)].map((column) => [
    ...streamEntry,
    column,
  ]),
];

/** The number of each stream in the table: it keeps it for as long as it is there, and nobody gets it after it. */
export class StreamNumbers {
  #numbers = new Map<string, number>();
  #last = 0;

  /** Those of the streams that are there now. */
  take(streams: Iterable<string>): ReadonlyMap<string, number> {
    const numbers = new Map<string, number>();
    for (const stream of streams) numbers.set(stream, this.#numbers.get(stream) ?? this.#next());
    this.#numbers = numbers;
    return numbers;
  }

  #next(): number {
    this.#last = (this.#last % (2 ** 31 - 1)) + 1;
    return this.#last;
  }
}

/** All variables, as they are now. */
export function makeView(figures: Figures, facts: AgentFacts, numbers: StreamNumbers): MibView {
  const variables: Variable[] = [
    ...systemVariables(facts),
    ...relayScalars.map((read, i) => ({ oid: [...scalars, i + 1, 0], value: read(figures, facts) })),
  ];
  const columns = streamColumns.map((column) => [column, figures.byStream(column[0])] as const);
  const streams = new Set(columns.flatMap(([, values]) => [...values.keys()]));
  for (const [stream, number] of numbers.take([...streams].sort())) {
    const key = Buffer.from(stream).subarray(0, MAX_KEY_BYTES);
    variables.push({ oid: [...streamEntry, KEY_COLUMN, number], value: encodeOctets(key) });
    for (const [i, [[, encoded, missing], values]] of columns.entries()) {
      const value = values.get(stream);
      const oid = [...streamEntry, KEY_COLUMN + 1 + i, number];
      variables.push({ oid, value: value === undefined ? missing : encoded(value) });
    }
  }
  return new MibView(variables, objects);
}

/** @see RFC 3418 */
function systemVariables({ name, version, uptimeMs }: AgentFacts): readonly Variable[] {
  const values = [
    encodeOctets(`streampump ${version}, a live-stream relay, on Node ${process.versions.node}`),
    encodeOid(streampump),
    encodeNumber(Math.floor(uptimeMs / 10) % 2 ** 32, Tag.timeTicks),
    encodeOctets(''),
    encodeOctets(name),
    encodeOctets(''),
    encodeNumber(72), // an application, end to end
  ];
  return values.map((value, i) => ({ oid: [...system, i + 1, 0], value }));
}
