/** Of metrics as text. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What a metric is called and what it is. */
export interface MetricHead {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** What its values in several threads are together. */
  readonly together: 'sum' | 'min' | 'max' | 'first';
}

/** A metric with its values at one moment. */
export interface MetricFamily extends MetricHead {
  /** By what stands behind the name in the text: a suffix and labels, such as `_bucket{le="1"}`. */
  readonly values: ReadonlyMap<string, number>;
}

/** Whose series they are: those of a stream, of its upstream or of a forward. */
export type StreamFamilyKind = 'stream' | 'upstream' | 'forward';

/** A metric of streams with its values at one moment, row by row: there may be thousands. */
export interface StreamFamily extends MetricHead {
  readonly kind: StreamFamilyKind;
  readonly streams: readonly string[];
  /** The other labels of each row, as {@link labelList} writes them. */
  readonly labels: readonly string[];
  readonly values: readonly number[];
}

/** Labels as they stand in the text, without braces. */
export function labelList(labels: Readonly<Record<string, string | number | undefined>>): string {
  const written: string[] = [];
  for (const [name, value] of Object.entries(labels))
    if (value !== undefined) written.push(`${name}="${escaped(String(value))}"`);
  return written.join(',');
}

/** The same with braces; nothing where there are no labels. */
export function labelText(labels: Readonly<Record<string, string | number | undefined>>): string {
  const list = labelList(labels);
  return list === '' ? '' : `{${list}}`;
}

/** A metric as Prometheus text, without a line break at its end. */
export function familyText(family: MetricFamily | StreamFamily): string {
  const { name, type } = family;
  const lines = [`# HELP ${name} ${family.help}`, `# TYPE ${name} ${type}`];
  if ('streams' in family) {
    for (const [labels, value] of rows(family)) lines.push(`${name}${labels} ${numberText(value)}`);
  } else {
    for (const [behind, value] of family.values) lines.push(`${name}${behind} ${numberText(value)}`);
  }
  return lines.join('\n');
}

/** A metric of streams as any other. Rows with the same labels are added up. */
export function flattened({ streams, labels, values, kind, ...head }: StreamFamily): MetricFamily {
  const sums = new Map<string, number>();
  for (const [behind, value] of rows({ streams, labels, values }))
    sums.set(behind, (sums.get(behind) ?? 0) + value);
  return { ...head, values: sums };
}

/** All labels of each row, and its value. */
function* rows(family: Pick<StreamFamily, 'streams' | 'labels' | 'values'>): Generator<[string, number]> {
  for (const [at, stream] of family.streams.entries()) {
    const labels = family.labels[at];
    const behind = labels === '' || labels === undefined ? '' : `,${labels}`;
    yield [`{stream="${escaped(stream)}"${behind}}`, family.values[at] ?? 0];
  }
}

/** A name cannot end its label. */
function escaped(value: string): string {
  if (!/[\\\n"]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
