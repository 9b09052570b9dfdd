import { z } from 'zod';
import type { ServiceControl } from '../../service-control.ts';
import { openApiOf } from '../openapi.ts';
import { type Operation, operation } from '../operation.ts';

/** The description of the API itself. @param operations - all others @param noun - what they are of */
export function openApiOperations<C extends ServiceControl>(
  operations: readonly Operation<C>[],
  noun: string,
): readonly Operation<C>[] {
  const own: Operation<C> = operation({
    method: 'GET',
    path: '/api/v1/openapi.json',
    may: 'read',
    id: 'getOpenApi',
    summary: 'This description of the API',
    answers: { 200: { description: 'an OpenAPI 3.1 document', schema: z.record(z.string(), z.unknown()) } },
    handle: () => openApiOf([...operations, own], noun),
  });
  return [own];
}
