import { z } from 'zod';
import { ProtocolError } from '../../../errors.ts';
import { printable } from '../../../log.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../../protocol/amf/amf-json.ts';
import type { AmfValue } from '../../../protocol/amf/amf-value.ts';
import { CALL_FAILED, CallFault } from '../../../protocol/amf/call-fault.ts';
import type { ClientCall, ClientConnect } from '../../../session/calls/client-call.ts';
import type { HookAnswered, HookBody, UnusableAnswer } from '../dialect.ts';
import type { HookAsker } from './hook-asker.ts';

/** What a person is told is at most this long, characters. */
const MAX_MESSAGE = 200;

/** Schema of an answer; fields that it does not name are left out. */
const schema = z
  .object({
    result: z.unknown(),
    allow: z.boolean(),
    message: z.string().max(1000),
    code: z.string().regex(/^[\w.-]{1,64}$/),
    details: z.unknown(),
  })
  .partial()
  .refine(({ allow, result }) => allow !== undefined || result !== undefined, { path: ['result'] });

/** What a hook says to a call, read and found sound. */
export type HookCallAnswer =
  | { readonly allow: true; readonly result: AmfValue }
  | { readonly allow: false; readonly fault: CallFault };

/** Has a hook answer a call of a client. @param relay - the name of this one */
export async function answerByHook(asker: HookAsker, call: ClientCall, relay: string): Promise<AmfValue> {
  const said = await asker.call(callBody(call, relay), readCallAnswer, call.signal);
  if ('unavailable' in said)
    throw new CallFault(CALL_FAILED, 'the server cannot find an answer now: try again later');
  if (!said.allow) throw said.fault;
  return said.result;
}

/** What a hook is asked, as docs/hooks.md describes it. @throws CallFault where JSON has no form for what was sent */
export function callBody({ name, args, client }: ClientCall, relay: string): HookBody {
  const { session, protocol, address, software, origin = null, isTls: tls, identity = null } = client;
  const body = {
    event: 'call',
    name,
    args: sayable(args),
    connect: client.connect === undefined ? null : connectFacts(client.connect),
    ...{ session, protocol, address, client: software, origin, tls, identity, relay },
    time: new Date().toISOString(),
  };
  return { contentType: 'application/json', body: JSON.stringify(body) };
}

/** Reads what a hook has answered to a call. */
export function readCallAnswer({ status, text }: HookAnswered): HookCallAnswer | UnusableAnswer {
  if (status === 204) return { allow: true, result: null };
  if (status !== 200) return { unusable: `answers ${status}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unusable: 'answers what is no JSON' };
  }
  const { data, error } = schema.safeParse(value);
  if (data === undefined) {
    const [field] = error.issues.flatMap(({ path }) => path);
    return {
      unusable:
        field === undefined ? 'answers no object' : `answers what is wrong in its field ${String(field)}`,
    };
  }
  try {
    const { allow = true, result = null, code = CALL_FAILED, message = '', details } = data;
    if (allow) return { allow, result: jsonToAmf(result as JsonValue) };
    const sentence = printable(message, MAX_MESSAGE) || 'the server does not do this';
    const more = details === undefined ? undefined : jsonToAmf(details as JsonValue);
    return { allow, fault: new CallFault(code, sentence, more) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { unusable: `answers with ${error.message}` };
  }
}

function connectFacts({ app, commandObject, extraArgs }: ClientConnect): JsonValue {
  return { app, object: amfToJson(commandObject), args: amfToJson([...extraArgs]) };
}

function sayable(args: readonly AmfValue[]): JsonValue {
  try {
    return amfToJson([...args]);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CallFault(CALL_FAILED, `the arguments cannot be passed on: ${error.message}`);
  }
}
