import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Load } from './load.ts';
import type { Row } from './rows.ts';
import type { Sample } from './sample.ts';

/** A server under a load, as often as it was measured. */
export interface MeasuredCase {
  readonly server: string;
  readonly load: Load;
  /** One of each round, in their order. */
  readonly samples: readonly Sample[];
}

/** A row that was measured, and on what. */
export interface RowRecord {
  readonly row: string;
  readonly title: string;
  readonly unit: Row['unit'];
  readonly reference?: string;
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  /** Of each server. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly cases: readonly MeasuredCase[];
}

/** Everything that was measured into this file, in that order. */
export function readRecords(file: string): RowRecord[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RowRecord[]) : [];
}

/** Adds a record to a file; a process that is ended meanwhile leaves the file as it was. */
export function appendRecord(file: string, record: RowRecord): void {
  writeRecords(file, [...readRecords(file), record]);
}

/** Makes a file of these records. */
export function writeRecords(file: string, records: readonly RowRecord[]): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(records, undefined, 1)}\n`);
  renameSync(`${file}.new`, file);
}

/** The last record of each row, in the order of the rows. */
export function latestRecords(
  records: readonly RowRecord[],
  order: readonly Pick<Row, 'name'>[],
): RowRecord[] {
  return order.flatMap(({ name }) => records.findLast(({ row }) => row === name) ?? []);
}
