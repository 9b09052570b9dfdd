import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { AdminRole } from '../../../config/admin/admin-settings.ts';
import type { Operator } from '../../access/operating/operators.ts';
import type { RelayControl } from '../relay-control.ts';
import type { ServiceControl } from '../service-control.ts';

/** A request that may be answered: of which service, who asks, and what for, as the operation's schemas have found it. */
export interface ApiRequest<C extends ServiceControl = RelayControl, P = unknown, Q = unknown, B = unknown> {
  readonly service: C;
  readonly operator: Operator;
  /** From where it comes, normalized; null for the Unix socket. */
  readonly address: string | null;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The client has gone, or has its answer. */
  readonly signal: AbortSignal;
  /** Whether who asks may still do so, by the settings as they are by then: for an answer that takes long. */
  mayGoOn(): Promise<boolean>;
}

/** One answer that an operation can give, for the OpenAPI document. */
export interface AnswerKind {
  readonly description: string;
  /** Of the JSON; undefined where there is none. */
  readonly schema?: z.ZodType;
  /** What it is, where it is no JSON. */
  readonly contentType?: string;
}

/** One thing that can be asked of a service beyond metrics and health: a method and a path. */
export interface Operation<C extends ServiceControl = RelayControl, P = unknown, Q = unknown, B = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A name in braces is a parameter: `/api/v1/sessions/{id}`. */
  readonly path: string;
  /** Who may; `anyone` is for what shows nothing of the service, such as the files of a page. */
  readonly may: AdminRole | 'anyone';
  /** A name of one word or several in camel case, unique in the OpenAPI document; one without is not in it. */
  readonly id?: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** Of the parameters in its path. */
  readonly params?: z.ZodType<P>;
  /** Of the parameters behind the `?`: numbers are written in digits, each parameter stands there once. */
  readonly query?: z.ZodType<Q>;
  /** Of the JSON that comes with it; without a schema none may come. */
  readonly body?: z.ZodType<B>;
  /** By status; the first is the one of a value that `handle` returns. Those of {@link ApiError} follow by themselves. */
  readonly answers: Readonly<Record<number, AnswerKind>>;
  /** What the audit line says besides path and parameters; nothing that is secret. */
  audit?(asked: ApiRequest<C, P, Q, B>): string;
  /**
   * @param reply - for what is no JSON: send it there and return it
   * @returns the JSON to answer; undefined where there is none
   * @throws ApiError
   */
  handle(asked: ApiRequest<C, P, Q, B>, reply: FastifyReply): unknown;
}

/** Gives an operation the types that its schemas have, and the service that the list says it is in. */
export function operation<C extends ServiceControl, P, Q, B>(parts: Operation<C, P, Q, B>): Operation<C> {
  return parts as Operation<C>;
}

/** Gives the operations of a service; they are loaded when something is first asked for. */
export type OperationLoader<C extends ServiceControl> = () => Promise<readonly Operation<C>[]>;
