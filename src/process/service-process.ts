/** What ends and reloads the process that a service runs in: signals, and operators by its API. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { ProcessControl } from '../service/admin/process-control.ts';
import type { ServiceControl } from '../service/admin/service-control.ts';
import {
  type Configurable,
  inTurn,
  reconfigure,
  type SettingsSource,
} from '../service/serving/reconfigure.ts';
import type { ServiceStop } from './service-life.ts';
import { onStopSignals } from './stop-signals.ts';

/** A second signal leaves so much time to tell those who are still there, and the log, milliseconds. */
const FAREWELL_MS = 500;

/** What a service's process is ended and reloaded with. */
export interface ServiceProcessParts<S> {
  /** The service, once it runs; rejects when it cannot, which is told elsewhere. */
  starting(): Promise<RunningService<S>>;
  readonly source: SettingsSource<S>;
  readonly log: Log;
  /** Ends the process in good order. */
  exit(stop: ServiceStop): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A service that takes settings over, and ends. */
export type RunningService<S> = Configurable<S> & Pick<ServiceControl, 'drain' | 'close'>;

/** The process of a service: signals end and reload it, and so do operators. */
export class ServiceProcess<S> implements ProcessControl {
  readonly #parts: ServiceProcessParts<S>;
  readonly reload: ProcessControl['reload'];
  #state: 'running' | 'draining' = 'running';
  /** The signal that came while it drained. */
  #again: string | undefined;

  constructor(parts: ServiceProcessParts<S>) {
    this.#parts = parts;
    const { starting, source, log } = parts;
    this.reload = inTurn(() =>
      starting().then(
        (service) => reconfigure(service, source, log),
        () => ({ faults: ['it has not started'] }), // the start itself tells
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
      .then((service) => service.drain(wish))
      .then((sessions) => exit(this.#cause(by, signal, sessions)), fail);
  }

  #stopNow(signal: string): void {
    const { starting, exit } = this.#parts;
    this.#again ??= signal;
    const closed = starting()
      .then((service) => service.close())
      .catch(() => {});
    void Promise.race([closed, delay(FAREWELL_MS)]).then(() => exit(this.#cause(signal, signal, 0)));
  }

  #cause(by: string, signal: string | null, sessions: number): ServiceStop {
    return this.#again === undefined
      ? { why: 'drained', by, signal, sessions }
      : { why: 'second-signal', signal: this.#again };
  }
}
