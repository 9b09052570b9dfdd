import { z } from 'zod';
import { parseVerifiers, realmProblem } from '../../credentials/password-verifiers.ts';
import { checkedString, fileName, settings } from '../setting-schema.ts';

/**
 * A user and a password, as `?user=...&pass=...`, by the challenge that encoders do over RTMP, or by HTTP Basic or Digest. The user
 * is the identity.
 */
export interface PasswordRequirement {
  readonly type: 'password';
  /** A line `USER:VERIFIER ...` each, as `streampump hash-password` prints them. */
  readonly users: readonly string[];
  /** File with more of them, where `#` begins a comment; read again at SIGHUP. Null (default): none. */
  readonly usersFile: string | null;
  /** What browsers show when they ask; part of what is stored for Digest. Default: `streampump`. */
  readonly realm: string;
  /**
   * Who is asked for user and password when it connects over RTMP, before it can show anything behind the stream's name. Null
   * (default): publishers, where passwords are all that is accepted.
   */
  readonly rtmpChallenge: readonly ('publish' | 'play')[] | null;
}

/** Schema of a {@link PasswordRequirement}. */
export const passwordRequirement: z.ZodObject = settings<PasswordRequirement>({
  type: z.literal('password'),
  users: z.array(checkedString(verifiersProblem, 'user')).default([]),
  usersFile: fileName.nullable().default(null),
  realm: checkedString(realmProblem, 'realm').default('streampump'),
  rtmpChallenge: z
    .array(z.enum(['publish', 'play']))
    .nullable()
    .default(null),
});

/** What is wrong with a line of a file of users, without repeating it; undefined when nothing is. */
export function verifiersProblem(line: string): string | undefined {
  const found = parseVerifiers(line);
  return typeof found === 'string' ? found : undefined;
}
