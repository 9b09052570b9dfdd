import { Refused } from '../api/refused.ts';
import type { ServerEvent } from '../api/server-event-reader.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { clockTime } from '../terminal/figures.ts';
import { type Line, line, type Tone } from '../terminal/line.ts';

/** Which events are asked for. */
export interface EventOptions {
  readonly types?: string;
  readonly after?: string;
}

/** A relay that was there once is asked again after so long, milliseconds. */
const AGAIN_MS = 2000;

/** Writes events as they come, a line each, until nobody reads them; when the relay is away it waits for it to come back. */
export async function followEvents(
  { client, output, isJson, pause }: CtlCall,
  { types, after }: EventOptions,
): Promise<void> {
  const { closed } = output;
  let last = after;
  let hasBegun = false;
  while (!closed.aborted) {
    try {
      for await (const event of client.events({ types }, closed, last)) {
        hasBegun = true;
        last = event.id || last;
        if (isJson) output.json(eventJson(event));
        else output.lines([eventLine(event, Date.now())]);
      }
    } catch (error) {
      const mayComeBack = hasBegun && error instanceof CtlFailure && !(error instanceof Refused);
      if (closed.aborted) return;
      if (!mayComeBack) throw error;
      output.note(error.message);
    }
    hasBegun = true;
    await pause(AGAIN_MS);
  }
}

/** An event as one JSON object: what it says is `data`. */
export function eventJson({ id, type, data }: ServerEvent): unknown {
  return { id, type, data: factsOf(data) };
}

/** An event as one line: when, of what type, what, and the facts that are there. */
export function eventLine({ type, data }: ServerEvent, nowMs: number): Line {
  const { at, what, ...facts } = factsOf(data);
  const known = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  return line(
    [typeof at === 'string' ? clockTime(at, nowMs) : '', 'quiet'],
    ` ${type.padEnd(8)}`,
    [String(what ?? ''), toneOf(type, what)],
    ...known.map(
      ([name, value]) =>
        [` ${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`, 'quiet'] as const,
    ),
  );
}

function factsOf(data: string): Readonly<Record<string, unknown>> {
  try {
    const facts: unknown = JSON.parse(data);
    return typeof facts === 'object' && facts !== null ? (facts as Record<string, unknown>) : { what: facts };
  } catch {
    return { what: data };
  }
}

function toneOf(type: string, what: unknown): Tone | undefined {
  if (type === 'warning' || type === 'gap') return 'warning';
  if (what === 'down' || what === 'away') return 'bad';
  return what === 'up' || what === 'live' ? 'good' : undefined;
}
