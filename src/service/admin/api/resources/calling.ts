import { z } from 'zod';
import { checkedString } from '../../../../config/setting-schema.ts';
import { ProtocolError } from '../../../../errors.ts';
import { type JsonValue, jsonToAmf } from '../../../../protocol/amf/amf-json.ts';
import { isStreamKey } from '../../../../stream/stream-key.ts';
import { type Operation, operation } from '../operation.ts';
import { sessionId } from './sessions.ts';

const name = z.string().min(1).max(255);

/** Values of AMF as JSON. */
const values: z.ZodType<readonly JsonValue[]> = z
  .array(z.unknown())
  .max(1000)
  .default([])
  .superRefine((list, context) => {
    try {
      jsonToAmf(list as JsonValue[]);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  }) as never;

const said = z.union([
  z.strictObject({ result: z.unknown() }).describe('what the client has answered'),
  z.strictObject({ error: z.unknown() }).describe('its own word for a fault'),
]);

/** What is said to clients. */
export const callingOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/api/v1/sessions/{id}/call',
    may: 'operate',
    id: 'callClient',
    summary: "Calls a method of a session's client, and waits for its answer",
    params: z.strictObject({ id: sessionId }),
    body: z.strictObject({
      name: name.describe('of the method'),
      args: values.describe('its arguments: values of AMF as JSON'),
      timeoutMs: z.int().min(1).max(600_000).optional().describe('at most, and default: calls.timeoutMs'),
    }),
    answers: { 200: { description: 'what the client has answered', schema: said } },
    audit: ({ body }) => body.name,
    async handle({ service, params: { id }, body }) {
      const { is, value } = await service.changes.callClient(id, body);
      return is === 'result' ? { result: value } : { error: value };
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/streams/{stream}/data',
    may: 'operate',
    id: 'sendData',
    summary: 'Sends data to those who play a stream now, at its place among the media',
    params: z.strictObject({
      stream: checkedString(
        (key) => (isStreamKey(key) ? undefined : 'expected a stream key, its slashes as %2F'),
        'stream key',
      ),
    }),
    body: z.strictObject({
      name: name.describe('of the data message'),
      values: values.describe('what it carries: values of AMF as JSON'),
    }),
    answers: { 204: { description: 'it is on its way' } },
    audit: ({ body }) => body.name,
    handle: ({ service, params: { stream }, body }) => service.changes.sendData(stream, body),
  }),
];
