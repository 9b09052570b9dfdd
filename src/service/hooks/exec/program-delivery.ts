import {
  fillArgument,
  type Placeholder,
  type ProgramVariable,
  programVariableName,
} from '../../../config/hooks/exec-arguments.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { splitKey } from '../hook-subject.ts';
import type { Delivery, DeliveryOutcome, PreparedEvent } from '../telling/delivery.ts';
import type { ToldEvent } from '../telling/told-event.ts';
import { type ProgramEnd, runProgram } from './program-run.ts';

/** Where programs that a program starts are looked for; nothing of the relay's own environment goes to it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What it takes to keep a run besides its texts, bytes. */
const RUN_BYTES = 512;

/** How a program is run for events. */
export interface ProgramSettings {
  /** The program, and its arguments with placeholders. */
  readonly exec: readonly string[];
  readonly timeoutMs: number;
  /** Runs at a time. */
  readonly parallel: number;
}

/** One run of the program. */
export interface ProgramRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Tells events by running a program for each. */
export class ProgramDelivery implements Delivery<ProgramRun> {
  readonly parallel: number;
  readonly retries = 0;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ exec, timeoutMs, parallel }: ProgramSettings, clock: Clock, log: Log) {
    const [program = '', ...args] = exec;
    this.parallel = parallel;
    this.#program = program;
    this.#args = args;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#log = log;
  }

  prepare(event: ToldEvent): PreparedEvent<ProgramRun> | { readonly problem: string } {
    const values = valuesOf(event);
    const args: string[] = [];
    for (const argument of this.#args) {
      const filled = fillArgument(argument, values);
      if (filled === undefined) return { problem: `${argument} would be empty, or look like an option` };
      args.push(filled);
    }
    const env = { PATH, ...environmentOf(event, values) };
    const texts = [...args, ...Object.values(env)];
    return { item: { args, env }, bytes: texts.reduce((sum, { length }) => sum + 2 * length, RUN_BYTES) };
  }

  async deliver({ args, env }: ProgramRun, lost: number, signal: AbortSignal): Promise<DeliveryOutcome> {
    const program = this.#program;
    const wish = {
      program,
      args,
      env: { ...env, [programVariableName('lost')]: `${lost}` },
      timeoutMs: this.#timeoutMs,
    };
    const end = await runProgram(wish, this.#clock, signal);
    const problem = problemOf(end, this.#timeoutMs);
    const output = 'output' in end ? end.output : '';
    const text = `${program} ${problem ?? 'has ended with code 0'}${output === '' ? '' : `: ${output}`}`;
    const code = end.is === 'exit' ? end.code : null;
    this.#log.debug('hook-program', text, { code });
    return problem === undefined ? { is: 'told' } : { is: 'refused', problem };
  }

  close(): void {}
}

function problemOf(end: ProgramEnd, timeoutMs: number): string | undefined {
  switch (end.is) {
    case 'exit':
      return end.code === 0 ? undefined : `has ended with code ${end.code}`;
    case 'killed':
      return `was ended by ${end.by}`;
    case 'cut':
      return `was not done after ${timeoutMs} ms and was ended`;
    case 'not-started':
      return `could not be started: ${end.problem}`;
    default:
      return end satisfies never;
  }
}

function valuesOf(event: ToldEvent): Readonly<Record<Placeholder, string>> {
  const subject = 'subject' in event ? event.subject : undefined;
  return {
    event: event.event,
    stream: event.stream,
    ...splitKey(event.stream),
    session: subject?.session ?? '',
    protocol: subject?.protocol ?? '',
    address: subject?.address ?? '',
    identity: subject?.identity ?? '',
    reason: 'reason' in event ? event.reason : 'why' in event ? (event.why ?? '') : '',
  };
}

/** The same as in arguments, and what has no place there; what is empty is left out. */
function environmentOf(
  event: ToldEvent,
  values: Readonly<Record<Placeholder, string>>,
): Record<string, string> {
  const { id, atMs } = event;
  const variables: Readonly<Record<Exclude<ProgramVariable, 'lost'>, string>> = {
    ...values,
    id,
    time: new Date(atMs).toISOString(),
    query: 'subject' in event ? event.subject.query : '',
    client: 'subject' in event ? event.subject.client : '',
    url: 'url' in event ? event.url : '',
    durationMs: `${event.durationMs ?? ''}`,
    bytes: 'bytes' in event ? `${event.bytes}` : '',
  };
  const named = Object.entries(variables) as [ProgramVariable, string][];
  const there = named.filter(([, value]) => value !== '');
  return Object.fromEntries(there.map(([variable, value]) => [programVariableName(variable), value]));
}
