/** What ends and reloads the process that a relay runs in: signals, and operators by its API. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RelaySettings } from './config/relay-settings.ts';
import type { Log } from './log.ts';
import type { RelayStop } from './relay-life.ts';
import type { ProcessControl } from './service/admin/process-control.ts';
import type { RelayControl } from './service/admin/relay-control.ts';
import { inTurn, reconfigure } from './service/relay/configuring/reconfigure.ts';

/** A signal that comes again so soon is the same one: a terminal sends Ctrl-C to npm as well, which passes it on. Milliseconds. */
const SAME_SIGNAL_MS = 500;

/** A second signal leaves so much time to tell those who are still there, and the log, milliseconds. */
const FAREWELL_MS = 500;

/** What a relay's process is ended and reloaded with. */
export interface RelayProcessParts {
  /** The relay, once it runs; rejects when it cannot, which is told elsewhere. */
  starting(): Promise<RelayControl>;
  /** Reads the configuration. */
  load(): RelaySettings;
  readonly log: Log;
  /** Ends the process in good order. */
  exit(stop: RelayStop): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** The process of a relay: signals end and reload it, and so do operators. */
export class RelayProcess implements ProcessControl {
  readonly #parts: RelayProcessParts;
  readonly reload: ProcessControl['reload'];
  #state: 'running' | 'draining' = 'running';
  /** The signal that came while it drained. */
  #again: string | undefined;

  constructor(parts: RelayProcessParts) {
    this.#parts = parts;
    const { starting, load, log } = parts;
    this.reload = inTurn(() =>
      starting().then(
        (relay) => reconfigure(relay, load, log),
        () => ({ faults: ['the relay has not started'] }), // the start itself tells
      ),
    );
  }

  drain(wish: Parameters<ProcessControl['drain']>[0], by: string): void {
    if (this.#state === 'running') this.#drain(by, null, wish);
  }

  /** SIGTERM and SIGINT drain and stop, a second one stops at once, as does one while it drains; SIGHUP reads the configuration again. */
  obeySignals(): void {
    onStopSignals(
      (signal) => {
        if (this.#state === 'draining') this.#stopNow(signal);
        else {
          const text = `${signal} received: draining; send it again to exit immediately`;
          this.#parts.log.info('signal', text, { signal });
          this.#drain(signal, signal);
        }
      },
      (signal) => this.#stopNow(signal),
    );
    process.on('SIGHUP', () => void this.reload());
  }

  /** @param signal - by which it was told to; null for an operator */
  #drain(by: string, signal: string | null, wish: Parameters<ProcessControl['drain']>[0] = {}): void {
    const { starting, exit, fail } = this.#parts;
    this.#state = 'draining';
    void starting()
      .then((relay) => relay.drain(wish))
      .then((sessions) => exit(this.#cause(by, signal, sessions)), fail);
  }

  #stopNow(signal: string): void {
    const { starting, exit } = this.#parts;
    this.#again ??= signal;
    const closed = starting()
      .then((relay) => relay.close())
      .catch(() => {});
    void Promise.race([closed, delay(FAREWELL_MS)]).then(() => exit(this.#cause(signal, signal, 0)));
  }

  #cause(by: string, signal: string | null, sessions: number): RelayStop {
    return this.#again === undefined
      ? { why: 'drained', by, signal, sessions }
      : { why: 'second-signal', signal: this.#again };
  }
}

/** Calls `first` for the first SIGTERM or SIGINT, and `again` for every later one. */
export function onStopSignals(first: (signal: string) => void, again: (signal: string) => void): void {
  let heard: { readonly signal: string; readonly atMs: number } | undefined;
  const hear = (signal: string): void => {
    const atMs = performance.now();
    if (heard === undefined) {
      heard = { signal, atMs };
      first(signal);
    } else if (signal !== heard.signal || atMs - heard.atMs > SAME_SIGNAL_MS) again(signal);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, hear);
}
