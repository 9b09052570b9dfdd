import { z } from 'zod';
import { openApiOf } from '../openapi.ts';
import { type Operation, operation } from '../operation.ts';

/** The description of the API itself. @param operations - all others */
export function openApiOperations(operations: readonly Operation[]): readonly Operation[] {
  const own: Operation = operation({
    method: 'GET',
    path: '/api/v1/openapi.json',
    may: 'read',
    id: 'getOpenApi',
    summary: 'This description of the API',
    answers: { 200: { description: 'an OpenAPI 3.1 document', schema: z.record(z.string(), z.unknown()) } },
    handle: () => openApiOf([...operations, own]),
  });
  return [own];
}
