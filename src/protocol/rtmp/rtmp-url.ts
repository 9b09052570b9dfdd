/** Default ports of `rtmp:` and `rtmps:`. */
const DEFAULT_PORTS = { rtmp: 1935, rtmps: 1936 } as const;

/** What a client needs to know of a URL: where to connect, and what to ask for there. */
export interface RtmpTarget {
  readonly scheme: 'rtmp' | 'rtmps';
  /** Host name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly app: string;
  /** With its query. */
  readonly streamName: string;
  /** What connect calls tcUrl: scheme, host, port and app. */
  readonly tcUrl: string;
}

/**
 * Reads the URL of a stream; the app is the first segment of its path, the stream name all the rest with the query.
 * Nothing is decoded: servers take app and name as they are written.
 * @returns undefined when it is no such URL
 */
export function parseRtmpUrl(url: string): RtmpTarget | undefined {
  const match = /^(rtmps?):\/\/([^/?#]*)\/?([^?]*)(\?.*)?$/is.exec(url);
  if (match === null) return undefined;
  const [, schemeText = '', authority = '', path = '', query = ''] = match;
  const scheme = schemeText.toLowerCase() as RtmpTarget['scheme'];
  const parsed = URL.parse(`http://${authority.slice(authority.lastIndexOf('@') + 1)}`);
  if (parsed === null || parsed.hostname === '') return undefined;
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const explicitPort = /:(\d+)$/.exec(authority)?.[1];
  const port = explicitPort === undefined ? DEFAULT_PORTS[scheme] : Number(explicitPort);
  const [app = '', ...rest] = path.split('/');
  const where = host.includes(':') ? `[${host}]` : host;
  return {
    scheme,
    host,
    port,
    app,
    streamName: rest.join('/') + query,
    tcUrl: `${scheme}://${where}:${port}/${app}`,
  };
}

/** A URL as it may be shown: without user, password and query. */
export function displayUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)(?:[^/?#]*@)?/i, '$1').replace(/[?#].*$/s, '');
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
  const [name = ''] = parseRtmpUrl(url)?.streamName.split('?', 1) ?? [];
  const hidden = hideSecrets(text, url);
  return isLongEnough(name) ? hidden.replaceAll(name, '***') : hidden;
}

function isLongEnough({ length }: string): boolean {
  return length >= SHORTEST_SECRET;
}

/** The URL of a place to publish to as it may be shown: its stream name may be a secret, too. */
export function displayForwardUrl(url: string): string {
  return displayUrl(url).replace(/^([a-z]+:\/\/[^/]*\/[^/]*\/).+$/is, '$1***');
}
