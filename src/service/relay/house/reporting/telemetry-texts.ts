import type { Clock } from '../../../../stream/clock.ts';
import type { Readiness } from '../../../admin/relay-status.ts';
import { MAX_REPORTED } from '../../../fleet-link/link-limits.ts';
import type { Departure, PlayerReport, StreamReport, Telemetry } from '../../../fleet-link/relay-message.ts';
import type { MemberReport } from '../house-member.ts';

/** So much of a report goes into one message: bytes, and items of all lists. Both are well below what a message may have. */
const MAX_BYTES = 2 ** 18;
const MAX_ITEMS = 500;

/** What is said beside what a relay's threads say. */
export interface TelemetryFacts {
  readonly state: Readiness;
  readonly config: Telemetry['config'];
}

type Lists = Pick<Telemetry, 'streams' | 'joined' | 'left'>;
type Part = { readonly [L in keyof Lists]: string[] };

/**
 * A report as the messages that it takes, as JSON and in their order. Each item is written once, and other work is let in between two
 * messages.
 */
export async function* telemetryTexts(
  report: MemberReport,
  { state, config }: TelemetryFacts,
  clock: Clock,
): AsyncGenerator<string> {
  const { players, publishers, isWhole } = report;
  const sentBitsPerSecond = Math.round(report.sentBitsPerSecond);
  const receivedBitsPerSecond = Math.round(report.receivedBitsPerSecond);
  const totals = { players, publishers, sentBitsPerSecond, receivedBitsPerSecond };
  let part = emptyPart();
  let bytes = 0;
  let count = 0;
  let isFirst = true;
  const textOf = (more: boolean): string => {
    const head = { type: 'telemetry', whole: isWhole && isFirst, more, state, ...totals, config };
    const lists = Object.entries(part).map(([name, items]) => `,"${name}":[${items.join()}]`);
    isFirst = false;
    return `${JSON.stringify(head).slice(0, -1)}${lists.join('')}}`;
  };
  for (const [list, item] of itemsOf(report)) {
    const text = JSON.stringify(item);
    const size = Buffer.byteLength(text) + 1;
    if (count === MAX_ITEMS || bytes + size > MAX_BYTES) {
      yield textOf(true);
      await new Promise<void>((resolve) => clock.soon(resolve));
      part = emptyPart();
      bytes = 0;
      count = 0;
    }
    part[list].push(text);
    bytes += size;
    count++;
  }
  yield textOf(false);
}

function emptyPart(): Part {
  return { streams: [], joined: [], left: [] };
}

function* itemsOf(
  report: MemberReport,
): Generator<readonly [list: keyof Lists, item: StreamReport | PlayerReport | Departure]> {
  for (const { isCopy: _, ...stream } of report.streams.slice(0, MAX_REPORTED.streams))
    yield ['streams', stream];
  for (const player of report.joined.slice(0, MAX_REPORTED.players)) yield ['joined', player];
  for (const departure of report.left) yield ['left', departure];
}
