import { parseMediaUrl } from './media-url.ts';
import { Redaction } from './redaction.ts';

/** A URL as it may be shown: without user, password and query. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)(?:[^/?#]*@)?/i, '$1').replace(/[?#].*$/s, '');
}

/** The URL of a place to publish to as it may be shown: its stream name may be a secret, too. */
export function displayForwardUrl(url: string): string {
  return displayUrl(url).replace(/^([a-z]+:\/\/[^/]*\/[^/]*\/).+$/is, '$1***');
}

/** A URL of which all but the server may be a secret. */
export function displayServerUrl(url: string): string {
  return displayUrl(url).replace(/^(\w+:\/\/[^/]*\/).+$/s, '$1***');
}

/** A text that may have URLs in it, each as {@link displayUrl} shows it. @param hidesNames - the stream names in them are secret, too */
export function displayUrls(text: string, hidesNames = false): string {
  const plain = text.replace(/(\w+:\/\/)[^/?#]*@/g, '$1').replace(/(\w+:\/\/[^?#"]*)[?#][^"]*/g, '$1');
  return hidesNames ? plain.replace(/(\w+:\/\/[^/"]*\/[^/"]*\/)[^"]+/g, '$1***') : plain;
}

/** Shorter values of a query may stand in a text by chance. */
const SHORTEST_VALUE = 6;

/** Hides what is secret in these URLs: user and password, the query and its values. @param names - of streams, secret as well */
export function redactionOf(urls: readonly string[], names: readonly string[] = []): Redaction {
  const parts = urls.map(secretsOf);
  return new Redaction(
    [...parts.flatMap(({ secrets }) => secrets), ...names.flatMap(spelledOut)],
    parts.flatMap(({ pairs }) => pairs),
  );
}

/** As {@link redactionOf}, where a stream is published: its name there may be what lets a publisher in. */
export function forwardRedactionOf(url: string, others: readonly string[] = []): Redaction {
  const [, name = ''] = /^\/[^/?]*\/([^?]*)/.exec(parseMediaUrl(url)?.path ?? '') ?? [];
  return redactionOf([url, ...others], [name].filter(isLongEnough));
}

/** What is secret in a URL by itself, and parts of the query with their names. */
function secretsOf(url: string): { readonly secrets: readonly string[]; readonly pairs: readonly string[] } {
  const [, userInfo = '', rest = ''] = /^\w+:\/\/(?:([^/?#]*)@)?(.*)$/s.exec(url) ?? [];
  const query = /[?#](.*)$/s.exec(rest)?.[1] ?? '';
  const pairs = query.split(/[&;#]/);
  const values = pairs.map((pair) => pair.slice(pair.indexOf('=') + 1));
  const [user = '', ...password] = userInfo.split(':');
  // Basic authorization has the colon though there is no password
  const credentials = [userInfo, `${user}:${password.join(':')}`, password.join(':')];
  const secrets = [...values.filter(isLongEnough), ...(userInfo === '' ? [] : credentials)];
  return { secrets: secrets.flatMap(spelledOut), pairs: [query, ...pairs] };
}

/** A part of a URL as it is written, and decoded as paths are and as forms are. */
function spelledOut(part: string): string[] {
  return [part, decoded(part), decoded(part.replaceAll('+', ' '))];
}

function isLongEnough({ length }: string): boolean {
  return length >= SHORTEST_VALUE;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
