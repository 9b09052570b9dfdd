import type { JsonValue } from '../amf/amf-json.ts';

/** What names a request: strings and numbers; null where the other end could not be told which one it is. */
export type RequestId = string | number | null;

/** Codes of errors. @see JSON-RPC 2.0 section 5.1 */
export const JsonRpcError = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  /** The first of those that a server may give a meaning. */
  server: -32000,
} as const;

/** One thing that the other end says. */
export type JsonRpcMessage =
  /** Without an id it wants no answer. */
  | {
      readonly is: 'request';
      readonly method: string;
      readonly params: readonly JsonValue[] | JsonObject;
      readonly id: RequestId | undefined;
    }
  | { readonly is: 'result'; readonly id: RequestId; readonly value: JsonValue }
  | { readonly is: 'error'; readonly id: RequestId; readonly value: JsonValue }
  /** It is none of these. */
  | { readonly is: 'invalid'; readonly id: RequestId };

/** What has come in one text. */
export type JsonRpcText =
  | { readonly is: 'unreadable' }
  | { readonly is: 'single'; readonly message: JsonRpcMessage }
  /** Their answers go together, in any order. */
  | { readonly is: 'batch'; readonly messages: readonly JsonRpcMessage[] };

type JsonObject = { readonly [key: string]: JsonValue };

/** Reads what the other end says; never throws. @see JSON-RPC 2.0 sections 4 to 6 */
export function decodeJsonRpc(text: string): JsonRpcText {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { is: 'unreadable' };
  }
  if (!isList(value)) return { is: 'single', message: messageOf(value) };
  if (value.length === 0) return { is: 'single', message: { is: 'invalid', id: null } };
  return { is: 'batch', messages: value.map(messageOf) };
}

/** A call; without an id a notification. */
export function encodeRequest(method: string, params: readonly JsonValue[], id?: number): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params, ...(id === undefined ? {} : { id }) });
}

/** The answer to a call. */
export function encodeResult(id: RequestId, result: JsonValue): string {
  return JSON.stringify({ jsonrpc: '2.0', result, id });
}

/** The answer to a call that has failed, or to what is none. */
export function encodeError(id: RequestId, code: number, message: string, data?: JsonValue): string {
  return JSON.stringify({ jsonrpc: '2.0', error: { code, message, data }, id });
}

function messageOf(value: JsonValue): JsonRpcMessage {
  if (typeof value !== 'object' || value === null || isList(value)) return { is: 'invalid', id: null };
  const own = (name: string): JsonValue | undefined => (Object.hasOwn(value, name) ? value[name] : undefined);
  const id = own('id');
  const invalid = { is: 'invalid', id: isId(id) ? id : null } as const;
  if (own('jsonrpc') !== '2.0' || (id !== undefined && !isId(id))) return invalid;
  const [method, params = [], result, error] = [own('method'), own('params'), own('result'), own('error')];
  if (method !== undefined) {
    if (typeof method !== 'string' || typeof params !== 'object' || params === null) return invalid;
    return { is: 'request', method, params, id };
  }
  if (id === undefined || (result === undefined) === (error === undefined)) return invalid;
  return error === undefined
    ? { is: 'result', id, value: result ?? null }
    : { is: 'error', id, value: error };
}

function isId(value: JsonValue | undefined): value is RequestId {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
