import { MAX_LINK_MESSAGE_BYTES, MAX_LISTED } from './link-limits.ts';
import type { Departure, PlayerReport, StreamReport, Telemetry } from './relay-message.ts';

/** What the lists of a message may take, bytes; the rest of it has few. */
const MAX_LIST_BYTES = MAX_LINK_MESSAGE_BYTES - 16_384;

/** Bytes of JSON of one element besides its texts: names, numbers, commas. */
const ELEMENT_BYTES = 256;

/** Most bytes of JSON that one character of a text takes. */
const CHARACTER_BYTES = 6;

type Listed = StreamReport | PlayerReport | Departure;

/** One report as the messages that it takes: each within the limits of the link, `more` in all but the last. */
export function* splitReport(report: Omit<Telemetry, 'more'>): Generator<Telemetry> {
  const { streams, joined, left, ...rest } = report;
  let part = new ReportPart();
  const parts = [part];
  const add = (list: 'streams' | 'joined' | 'left', most: number, elements: readonly Listed[]): void => {
    for (const element of elements) {
      if (!part.take(list, most, element)) {
        part = new ReportPart();
        parts.push(part);
        part.take(list, most, element);
      }
    }
  };
  add('streams', MAX_LISTED.streams, streams);
  add('joined', MAX_LISTED.players, joined);
  add('left', MAX_LISTED.players, left);
  for (const [index, { lists }] of parts.entries())
    yield {
      ...rest,
      ...(lists as Lists),
      whole: report.whole && index === 0,
      more: index < parts.length - 1,
    };
}

type Lists = Pick<Telemetry, 'streams' | 'joined' | 'left'>;

/** One message's worth of lists. */
class ReportPart {
  readonly lists: Readonly<Record<keyof Lists, Listed[]>> = { streams: [], joined: [], left: [] };
  #bytes = 0;

  /** @returns whether there was room */
  take(list: keyof Lists, most: number, element: Listed): boolean {
    const bytes = sizeOf(element);
    if (this.lists[list].length >= most || this.#bytes + bytes > MAX_LIST_BYTES) return false;
    this.#bytes += bytes;
    this.lists[list].push(element);
    return true;
  }
}

/** Its JSON has no more bytes; mostly it has far fewer, as texts are short. */
function sizeOf(element: Listed): number {
  let characters = 0;
  for (const value of Object.values(element)) if (typeof value === 'string') characters += value.length;
  return ELEMENT_BYTES + CHARACTER_BYTES * characters;
}
