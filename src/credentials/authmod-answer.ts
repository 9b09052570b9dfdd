import { createHash } from 'node:crypto';
import { isSameSecret } from './constant-time.ts';

/** What somebody answers to the challenge of RTMP's authmod. */
interface AuthmodAnswer {
  /** The client's own challenge. */
  readonly challenge: string;
  /** Base64 of an MD5. */
  readonly response: string;
  /** The server's challenge. */
  readonly opaque: string;
}

/** Whether whoever answers has the password. @param hash - Base64 of MD5(user + salt + password), as it is stored */
export function isAuthmodAnswer({ challenge, response, opaque }: AuthmodAnswer, hash: string): boolean {
  const expected = createHash('md5').update(hash).update(opaque).update(challenge).digest('base64');
  return isSameSecret(expected, response);
}
