import { createHash } from 'node:crypto';

/** Who an encoder says that it is. */
export interface EncoderUser {
  readonly name: string;
  readonly password: string;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * The value of Authorization that answers a Digest challenge with MD5, as Windows Media encoders do.
 * @param challenges - the values of WWW-Authenticate
 * @param count - of the requests with this nonce, from 1
 * @see RFC 7616 section 3.4
 */
export function digestAnswer(
  challenges: readonly string[],
  { method, uri, count }: { readonly method: string; readonly uri: string; readonly count: number },
  { name, password }: EncoderUser,
): string {
  const challenge = challenges.find((line) => line.startsWith('Digest ') && !/algorithm="?SHA/i.test(line));
  if (challenge === undefined) throw new Error(`no Digest with MD5 in ${challenges.join(' | ')}`);
  const parameterOf = (parameter: string): string =>
    new RegExp(`\\b${parameter}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const [realm, nonce] = [parameterOf('realm'), parameterOf('nonce')];
  const [nc, cnonce] = [count.toString(16).padStart(8, '0'), md5(`${nonce} ${count}`)];
  const ha1 = md5(`${name}:${realm}:${password}`);
  const response = md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  const quoted = { username: name, realm, nonce, uri, cnonce, response };
  const parameters = Object.entries(quoted).map(([parameter, value]) => `${parameter}="${value}"`);
  return `Digest ${parameters.join(', ')}, algorithm=MD5, nc=${nc}, qop=auth`;
}
