import type { HttpUrl } from '../../media-url.ts';

/** User and password of a URL as the value of an Authorization header; undefined when there is no user. @see RFC 7617 */
export function basicAuthorization({ username, password }: HttpUrl): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
