import type { z } from 'zod';
import { pathText } from '../../config/setting-schema.ts';
import { MAX_LINK_MESSAGE_BYTES } from './link-limits.ts';

/** A message is none that the other side may send; the message of the error says what is wrong with it. */
export class LinkMessageError extends Error {
  override readonly name = 'LinkMessageError';
}

/**
 * Reads a message of a link.
 * @param schema - of what the other side may say
 * @throws LinkMessageError when it says something else
 */
export function readMessage<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  if (bytes.length > MAX_LINK_MESSAGE_BYTES)
    throw new LinkMessageError(`a message of ${bytes.length} bytes, limit ${MAX_LINK_MESSAGE_BYTES}`);
  const { success, data, error } = schema.safeParse(parsed(bytes));
  if (success) return data;
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((step) => (typeof step === 'number' ? step : String(step)));
  const place = path.length === 0 ? 'a message' : pathText(path);
  throw new LinkMessageError(`${place}: ${issue?.message ?? 'wrong'}`);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new LinkMessageError('a message that is no JSON');
  }
}
