import type { MeasuredCase, RowRecord } from './record.ts';
import type { Sample } from './sample.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What is said of a case: medians with their spread, or why there are none. */
export interface CaseFigures {
  /** CPU time of the server for one player or stream in one second, microseconds. */
  readonly cpuUs: Spread | undefined;
  /** The same as a ratio to the reference of its row in the same round. */
  readonly ratio: Spread | undefined;
  /** Of one core, percent. */
  readonly corePercent: Spread | undefined;
  readonly latencyP50Ms: Spread | undefined;
  readonly latencyP99Ms: Spread | undefined;
  readonly firstFrameP99Ms: Spread | undefined;
  readonly residentMiB: Spread | undefined;
  readonly generatorPercent: Spread | undefined;
  readonly handshakeP50Ms: Spread | undefined;
  /** Of rounds that do not count, what happened in the first of them. */
  readonly refused: string | undefined;
}

/** Computes the figures of a case; where a single round does not count, the case has none. */
export function figuresOf(record: RowRecord, one: MeasuredCase): CaseFigures {
  const refused = one.samples.filter((sample) => sample.refused !== undefined);
  const reason = refused[0]?.refused;
  const samples = reason === undefined ? one.samples : [];
  const of = (read: (sample: Sample) => number | null | undefined): Spread | undefined =>
    spreadOf(samples.map(read).filter((value) => value !== null && value !== undefined));
  const units = unitsOf(record, one);
  return {
    cpuUs: units === 0 ? undefined : of(({ core }) => core && (core / units) * 1e6),
    ratio: ratioOf(record, one, samples),
    corePercent: of(({ core }) => core && core * 100),
    latencyP50Ms: of(({ latencyMs }) => latencyMs?.p50),
    latencyP99Ms: of(({ latencyMs }) => latencyMs?.p99),
    firstFrameP99Ms: of(({ firstFrameMs }) => firstFrameMs?.p99),
    residentMiB: of(({ residentMiB }) => residentMiB),
    generatorPercent: of(({ generatorCore }) => generatorCore && generatorCore * 100),
    handshakeP50Ms: of(({ handshakeMs }) => handshakeMs?.p50),
    refused:
      reason === undefined ? undefined : `refused in ${refused.length} of ${one.samples.length}: ${reason}`,
  };
}

/** The case that the others of a row are related to. */
export function referenceOf(record: RowRecord): MeasuredCase | undefined {
  return record.cases.find(({ server }) => server === record.reference);
}

function unitsOf({ unit }: RowRecord, { load }: MeasuredCase): number {
  return unit === 'nothing' ? 0 : unit === 'stream' ? load.streams : load.players;
}

function ratioOf(record: RowRecord, one: MeasuredCase, samples: readonly Sample[]): Spread | undefined {
  const reference = referenceOf(record);
  if (reference === undefined || unitsOf(record, one) === 0) return undefined;
  if (reference.samples.some(({ refused }) => refused !== undefined)) return undefined;
  const share = unitsOf(record, reference) / unitsOf(record, one);
  return spreadOf(
    samples.flatMap(({ core }, round) => {
      const other = reference.samples[round]?.core ?? null;
      return core === null || other === null || other === 0 ? [] : (core / other) * share;
    }),
  );
}
