import { z } from 'zod';
import { nodeHttp } from '../../../built-in.ts';
import { shapeOf, withoutWrappers } from '../../../config/setting-schema.ts';
import { version } from '../../../version.ts';
import { type ApiErrorCode, errorStatuses } from './api-error.ts';
import type { Operation } from './operation.ts';

/** A part of the document. */
type Json = Readonly<Record<string, unknown>>;

/** What any request can be answered with, besides what its operation says. */
const commonErrors: readonly ApiErrorCode[] = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'misdirected',
  'too-many',
  'internal',
  'unavailable',
];

/** What the document needs of an operation. */
type DescribedOperation = Omit<Operation, 'audit' | 'handle'>;

/** The OpenAPI document of these operations. @param noun - what they are of @see OpenAPI 3.1 */
export function openApiOf(operations: readonly DescribedOperation[], noun: string): Json {
  const documented = operations.filter(({ id }) => id !== undefined);
  const paths = Map.groupBy(documented, ({ path }) => path);
  return {
    openapi: '3.1.1',
    info: {
      title: 'streampump',
      version,
      summary: `What can be seen of a ${noun} and done with it`,
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/', description: `this ${noun}` }],
    security: [{ token: [] }, {}],
    paths: Object.fromEntries(
      [...paths].map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath.map((one) => [one.method.toLowerCase(), describe(one)])),
      ]),
    ),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'a token of admin.tokens' } },
      schemas: { Error: errorSchema },
    },
  };
}

const errorSchema = {
  type: 'object',
  required: ['error', 'message'],
  properties: {
    error: { type: 'string', enum: Object.keys(errorStatuses) },
    message: { type: 'string', description: 'a sentence for people' },
  },
};

function describe(operation: DescribedOperation): Json {
  const { id, may, summary, params, query, body, answers } = operation;
  return {
    operationId: id,
    summary,
    tags: [tagOf(operation)],
    ...(may === 'operate' ? { security: [{ token: [] }] } : {}),
    parameters: [...parametersOf('path', params), ...parametersOf('query', query)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(body) } } } }),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
      ...errorsOf(operation).map((code) => [errorStatuses[code], describeError(code)]),
    ]),
  };
}

/** What an operation is about: the part of its path that says so. */
function tagOf({ path }: DescribedOperation): string {
  return path.split('/')[3] ?? '';
}

function errorsOf({ may, params, answers }: DescribedOperation): readonly ApiErrorCode[] {
  const all: readonly ApiErrorCode[] = params === undefined ? commonErrors : [...commonErrors, 'not-found'];
  const known = new Set(Object.keys(answers).map(Number));
  const isOpen = (code: ApiErrorCode): boolean =>
    may === 'anyone' && (code === 'unauthorized' || code === 'too-many');
  return all.filter((code) => !known.has(errorStatuses[code]) && !isOpen(code));
}

function describeAnswer({
  description,
  schema,
  contentType = 'application/json',
}: Operation['answers'][number]): Json {
  if (schema === undefined && contentType === 'application/json') return { description };
  const content = schema === undefined ? { schema: { type: 'string' } } : { schema: jsonSchemaOf(schema) };
  return { description, content: { [contentType]: content } };
}

function describeError(code: ApiErrorCode): Json {
  return {
    description: nodeHttp.STATUS_CODES[errorStatuses[code]],
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined): readonly Json[] {
  if (schema === undefined) return [];
  return Object.entries(shapeOf(schema)).map(([name, inner]) => {
    const { description, ...rest } = jsonSchemaOf(inner);
    const isRequired = !inner.safeParse(undefined).success;
    return { name, in: place, required: isRequired, description: description ?? nounOf(inner), schema: rest };
  });
}

function nounOf(schema: z.ZodType): string {
  return withoutWrappers(schema).description ?? '';
}

/** @returns JSON schema of 2020-12, as OpenAPI 3.1 has it */
function jsonSchemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
