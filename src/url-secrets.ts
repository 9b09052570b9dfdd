import { parseMediaUrl } from './media-url.ts';

/** A URL as it may be shown: without user, password and query. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)(?:[^/?#]*@)?/i, '$1').replace(/[?#].*$/s, '');
}

/** The URL of a place to publish to as it may be shown: its stream name may be a secret, too. */
export function displayForwardUrl(url: string): string {
  return displayUrl(url).replace(/^([a-z]+:\/\/[^/]*\/[^/]*\/).+$/is, '$1***');
}

/** Shorter values of a query may stand in a text by chance. */
const SHORTEST_SECRET = 6;

/** What somebody else says, without what is secret in a URL: user and password, the query and its values. */
export function hideSecrets(text: string, url: string): string {
  const userInfo = /^\w+:\/\/([^/?#]*)@/.exec(url)?.[1] ?? '';
  const query = /\?(.*)$/s.exec(url)?.[1] ?? '';
  const pairs = query.split('&');
  const values = pairs.map((pair) => pair.slice(pair.indexOf('=') + 1)).filter(isLongEnough);
  const passwords = userInfo.split(':').slice(1).filter(isLongEnough);
  const secrets = [userInfo, query, ...pairs, ...passwords, ...values].filter((secret) => secret !== '');
  return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}

/** As {@link hideSecrets}, and without the stream name, which may be what lets a publisher in. */
export function hideForwardSecrets(text: string, url: string): string {
  const [, name = ''] = /^\/[^/?]*\/([^?]*)/.exec(parseMediaUrl(url)?.path ?? '') ?? [];
  const hidden = hideSecrets(text, url);
  return isLongEnough(name) ? hidden.replaceAll(name, '***') : hidden;
}

function isLongEnough({ length }: string): boolean {
  return length >= SHORTEST_SECRET;
}
