import type { FastifyRequest } from 'fastify';
import type { Log } from '../../../log.ts';
import type { Operator } from '../../access/operating/operators.ts';
import type { ServiceControl } from '../service-control.ts';
import { ApiError, type ApiErrorCode, errorCodeOf } from './api-error.ts';
import type { ApiRequest, Operation } from './operation.ts';
import { addressOf } from './visitors.ts';

/** By which an operation is known. */
type OperationName = Pick<Operation, 'method' | 'path'>;

/** What became of a change. */
type Outcome = 'done' | ApiErrorCode;

/** Keeps account of who has changed what, or was not let: a line of log and an event for each request that is to change something. */
export class Audit {
  readonly #log: Log;
  readonly #service: Pick<ServiceControl, 'events'>;
  readonly #operators = new WeakMap<FastifyRequest, Operator>();
  /** What requests wish, where that is known in more words than those of the path. */
  readonly #wishes = new WeakMap<FastifyRequest, string>();

  constructor(log: Log, service: Pick<ServiceControl, 'events'>) {
    this.#log = log;
    this.#service = service;
  }

  /** It is known who asks. */
  onAdmitted(request: FastifyRequest, operator: Operator): void {
    this.#operators.set(request, operator);
  }

  /** It is known what for. */
  onRead<C extends ServiceControl>(
    request: FastifyRequest,
    { method, path, audit }: Operation<C>,
    asked: ApiRequest<C>,
  ): void {
    const params = asked.params as Readonly<Record<string, string>>;
    const place = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
    const query = Object.entries(asked.query as object).map(([name, value]) => `${name} ${String(value)}`);
    const more = [...query, audit?.(asked) ?? ''].filter((part) => part !== '').join(', ');
    this.#wishes.set(request, more === '' ? `${method} ${place}` : `${method} ${place}: ${more}`);
  }

  onDone(request: FastifyRequest, operation: OperationName): void {
    this.#note(request, operation, 'done');
  }

  onFailed(request: FastifyRequest, operation: OperationName, error: Error): void {
    const { statusCode = 500 } = error as { readonly statusCode?: number };
    if (error instanceof ApiError) this.#note(request, operation, error.code, error);
    else this.#note(request, operation, errorCodeOf(statusCode));
  }

  /** @param refusal - its message is for people, without secrets */
  #note(
    request: FastifyRequest,
    { method, path }: OperationName,
    outcome: Outcome,
    refusal?: Pick<ApiError, 'message' | 'operator'>,
  ): void {
    const admitted = this.#operators.get(request);
    const { by = null, identity = null } = admitted ?? refusal?.operator ?? {};
    const address = addressOf(request.raw);
    const what = this.#wishes.get(request) ?? `${method} ${path}`;
    const fields = { what, outcome, by, identity, address };
    const who = identity ?? address ?? 'the Unix socket';
    const text = `${who}: ${what}: ${outcome}${refusal === undefined ? '' : `: ${refusal.message}`}`;
    // who is not let in takes no line from those who are
    const log = admitted === undefined ? this.#log.of('peer', address ?? '') : this.#log.of('operator', who);
    if (outcome === 'done') log.info('audit', text, fields);
    else log.warn('audit', text, fields);
    this.#service.events.tell({ type: 'audit', data: { at: new Date().toISOString(), ...fields } });
  }
}
