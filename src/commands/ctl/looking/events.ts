import type { EventPosition } from '../api/admin-client.ts';
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
  const position: EventPosition = { after };
  let hasBegun = false;
  while (!closed.aborted) {
    try {
      for await (const event of client.events({ types }, position, closed)) {
        hasBegun = true;
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

/** An event as one line: when, of what type, what has happened, and the facts that are there. */
export function eventLine({ type, data }: ServerEvent, nowMs: number): Line {
  const { at, what, text, fields: _fields, ...facts } = factsOf(data);
  const named = Object.entries(facts).flatMap(([name, value]) => {
    const said = factText(value);
    return said === '' ? [] : [[` ${name}=${said}`, 'quiet'] as const];
  });
  return line(
    [typeof at === 'string' ? clockTime(at, nowMs) : '', 'quiet'],
    ` ${type.padEnd(8)} `,
    [factText(text ?? what), toneOf(type, what)],
    ...(type === 'warning' ? [] : named), // its text has them
  );
}

/** A fact in as few words as it has; empty where there is none. */
function factText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Object.values(value).map(factText).filter(Boolean).join(' ');
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
