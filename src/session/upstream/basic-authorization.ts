/** User and password of a URL as the value of an Authorization header; undefined when there is no user. @see RFC 7617 */
export function basicAuthorization(username: string, password: string): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign that was meant as one
  }
}
