import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { settings } from '../../../config/setting-schema.ts';
import { decisionsSchema, MAX_DECISION_BYTES } from './decisions.ts';
import { type Decisions, StoreError, undecided } from './house-store.ts';

/** Which edition of something that houses share this is. */
export interface Edition {
  /** Where it comes from: another one wherever somebody has begun anew. */
  readonly line: string;
  /** Greater with each change; 0: nothing has been decided in this line. */
  readonly revision: number;
  /** Another one with each change: two houses may make the same revision while they cannot hear each other. */
  readonly id: string;
}

/** Decisions as they are kept. */
export interface DecisionRecord extends Edition {
  readonly decisions: Decisions;
}

/** That of a house which has never decided anything. */
export function blankRecord(): DecisionRecord {
  return { ...firstEdition(), decisions: undecided };
}

/** Before there is anything in a line. */
export function firstEdition(): Edition {
  return { line: newId(), revision: 0, id: newId() };
}

/** What follows an edition. */
export function nextEdition({ line, revision }: Edition): Edition {
  return { line, revision: revision + 1, id: newId() };
}

function newId(): string {
  return randomBytes(9).toString('base64url');
}

/** Schema of each part of an {@link Edition}. */
export const editionShape: { readonly [K in keyof Edition]: z.ZodType<Edition[K]> } = {
  line: z.string().min(1).max(64),
  revision: z.int().min(0),
  id: z.string().min(1).max(64),
};

const VERSION = 1;

const recordSchema = settings<DecisionRecord & { readonly version: number }>({
  version: z.literal(VERSION),
  ...editionShape,
  decisions: decisionsSchema,
});

/** As JSON. @throws StoreError where it has more bytes than is allowed */
export function recordText(record: DecisionRecord): string {
  const text = JSON.stringify({ version: VERSION, ...record });
  if (Buffer.byteLength(text) <= MAX_DECISION_BYTES) return text;
  throw new StoreError(`all decisions together have more than ${MAX_DECISION_BYTES / 2 ** 20} MiB`);
}

/** What somebody has kept. @throws StoreError with what is wrong, to go on from what it is called; nothing of what it holds is in it */
export function readRecord(text: string): DecisionRecord {
  if (Buffer.byteLength(text) > MAX_DECISION_BYTES)
    throw new StoreError(`has more than ${MAX_DECISION_BYTES / 2 ** 20} MiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError('is not JSON');
  }
  const found = recordSchema.safeParse(value);
  if (found.success) {
    const { version: _version, ...record } = found.data;
    return record;
  }
  const [issue] = found.error.issues;
  throw new StoreError(`is not as a house writes it at ${issue?.path.join('.') || 'its beginning'}`);
}
