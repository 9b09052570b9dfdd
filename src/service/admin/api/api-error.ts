import type { Operator } from '../../access/operating/operators.ts';

/** What can be wrong with a request, as the field `error` of its answer says it, with its status in HTTP. */
export const errorStatuses = {
  'bad-request': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  misdirected: 421,
  config: 422,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
} as const;

/** One of {@link errorStatuses}. */
export type ApiErrorCode = keyof typeof errorStatuses;

/** A request that is not answered as it wishes; the message is a sentence for people, without anything that is secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** What its answer has besides. */
  readonly more: object;
  /** Who may not do that; undefined where that is not known, or not the reason. */
  readonly operator: Operator | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    { headers = {}, more = {}, operator }: ApiErrorParts = {},
  ) {
    super(message);
    this.code = code;
    this.headers = headers;
    this.more = more;
    this.operator = operator;
  }

  get status(): number {
    return errorStatuses[this.code];
  }

  /** The JSON of its answer. */
  get body(): object {
    return { error: this.code, message: this.message, ...this.more };
  }
}

/** What an error has besides its code and its sentence. */
export interface ApiErrorParts {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly more?: object;
  readonly operator?: Operator | undefined;
}

/** The code for a status that something else has decided on. */
export function errorCodeOf(status: number): ApiErrorCode {
  const known = Object.entries(errorStatuses).find(([, candidate]) => candidate === status);
  if (known !== undefined) return known[0] as ApiErrorCode;
  return status < 500 ? 'bad-request' : 'internal';
}
