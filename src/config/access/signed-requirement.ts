import { z } from 'zod';
import { keyIdProblem } from '../../credentials/sealed-text.ts';
import { secretProblem } from '../../credentials/signed-url.ts';
import { checkedString, fileName, settings } from '../setting-schema.ts';

/** A URL that was signed: its query parameter `signature`, as `streampump sign` and others make it. */
export interface SignedRequirement {
  readonly type: 'signed';
  /** Secrets by id. All of them hold at the same time. */
  readonly secrets: Readonly<Record<string, string>>;
  /** File with more of them, a line `ID SECRET` each, where `#` begins a comment; read again at SIGHUP. Null (default): none. */
  readonly secretsFile: string | null;
}

/** Schema of a {@link SignedRequirement}. */
export const signedRequirement: z.ZodObject = settings<SignedRequirement>({
  type: z.literal('signed'),
  secrets: z
    .record(checkedString(keyIdProblem, 'id of a secret'), checkedString(secretProblem, 'secret'))
    .default({}),
  secretsFile: fileName.nullable().default(null),
});
