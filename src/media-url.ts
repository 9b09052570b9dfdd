type SchemeName = 'rtmp' | 'rtmps' | 'rtmpt' | 'rtmpts' | 'http' | 'https' | 'ws' | 'wss' | 'mmsh';

/** What streams come as: FLV, which RTMP carries as well, or ASF. */
export type MediaFormat = 'flv' | 'asf';

/** Where URLs of a scheme lead: the protocol spoken there, the port that goes without saying, and whether over TLS. */
export interface MediaScheme {
  readonly protocol: 'rtmp' | 'http' | 'ws' | 'mmsh';
  readonly port: number;
  readonly isTls: boolean;
  /** What comes from there; several where the scheme does not say it. */
  readonly formats: readonly MediaFormat[];
}

/**
 * Every scheme that media comes and goes by; `rtmpt` is RTMP in requests of HTTP, on the ports of that. `rtmps` is on 443, as in ffmpeg, librtmp, OBS and the services that people
 * forward to; the relay's own listener is not, so what leads there has its port in it.
 */
const MEDIA_SCHEMES: Readonly<Record<SchemeName, MediaScheme>> = {
  rtmp: { protocol: 'rtmp', port: 1935, isTls: false, formats: ['flv'] },
  rtmps: { protocol: 'rtmp', port: 443, isTls: true, formats: ['flv'] },
  rtmpt: { protocol: 'rtmp', port: 80, isTls: false, formats: ['flv'] },
  rtmpts: { protocol: 'rtmp', port: 443, isTls: true, formats: ['flv'] },
  http: { protocol: 'http', port: 80, isTls: false, formats: ['flv', 'asf'] },
  https: { protocol: 'http', port: 443, isTls: true, formats: ['flv', 'asf'] },
  ws: { protocol: 'ws', port: 80, isTls: false, formats: ['flv'] },
  wss: { protocol: 'ws', port: 443, isTls: true, formats: ['flv'] },
  mmsh: { protocol: 'mmsh', port: 80, isTls: false, formats: ['asf'] },
};

interface UrlParts<Protocol> {
  readonly protocol: Protocol;
  readonly scheme: SchemeName;
  /** Host name or address in lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Host and port as a Host header has them: without a port that goes without saying. */
  readonly authority: string;
  /** Decoded; empty when there is none. */
  readonly username: string;
  /** Decoded; empty when there is none. */
  readonly password: string;
  /** All that follows the host: with RTMP as it is written, for servers take names as they are, else as a request may have it. */
  readonly path: string;
}

/** What a URL of RTMP says. */
export type RtmpUrl = UrlParts<'rtmp'>;

/** What a URL of HTTP, or of what begins as a request of HTTP, says: of a WebSocket or of MMSH. */
export type HttpUrl = UrlParts<'http' | 'ws'> | UrlParts<'mmsh'>;

/** What a URL of a stream says: all that is needed in order to connect. */
export type MediaUrl = RtmpUrl | HttpUrl;

/** Why a text is no URL of a stream: its scheme, its host or port, or a path that leads out of where it seems to be. */
export type MediaUrlFault = 'scheme' | 'authority' | 'path';

/** A segment that a server would take for this folder or the one above it, encoded or not. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** Reads a URL: the one way for whoever checks it and whoever connects. */
export function readMediaUrl(url: string): MediaUrl | MediaUrlFault {
  const found = schemeOf(url);
  const [, scheme = '', authority = '', rest = ''] = /^(\w+):\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (found === undefined || scheme === '') return 'scheme';
  if (authority === '' || /[\\\s]/.test(authority)) return 'authority'; // a slash to some parsers, nothing to others
  const parsed = URL.parse(`http://${authority}${rest}`); // which has no rules for the hosts of other schemes
  const [, explicitPort] = /:(\d+)$/.exec(authority) ?? [];
  const port = explicitPort === undefined ? found.port : Number(explicitPort);
  if (parsed === null || port === 0) return 'authority';
  const { hostname, pathname, search } = parsed;
  const parts = {
    scheme: scheme.toLowerCase() as SchemeName,
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    isTls: found.isTls,
    authority: port === found.port ? hostname : `${hostname}:${port}`,
    username: decoded(parsed.username),
    password: decoded(parsed.password),
  };
  if (found.protocol === 'rtmp') return { ...parts, protocol: found.protocol, path: rest };
  const [path = ''] = rest.split(/[?#]/, 1);
  if (path.includes('\\') || path.split('/').some((segment) => DOT_SEGMENT.test(segment))) return 'path';
  return { ...parts, protocol: found.protocol, path: pathname + search };
}

/** Reads a URL. @returns undefined when it is none of a stream, see {@link readMediaUrl} */
export function parseMediaUrl(url: string): MediaUrl | undefined {
  const read = readMediaUrl(url);
  return typeof read === 'string' ? undefined : read;
}

/** What a URL begins with, whatever follows; undefined when that is no scheme of media. */
export function schemeOf(url: string): MediaScheme | undefined {
  const [, scheme = ''] = /^(\w+):/.exec(url.toLowerCase()) ?? [];
  return Object.hasOwn(MEDIA_SCHEMES, scheme) ? MEDIA_SCHEMES[scheme as SchemeName] : undefined;
}

/**
 * What comes from a URL without placeholders: what its scheme says, else what is wanted, else what its path says. Streams of ASF are
 * below `/streams/`, unless they end in `.flv`, and wherever a path ends in `.asf`.
 */
export function formatOf(url: string, wanted: MediaFormat | 'auto' = 'auto'): MediaFormat {
  const formats = schemeOf(url)?.formats ?? [];
  const [path = ''] = /(?<=^\w+:\/\/[^/?#]*)\/[^?#]*/.exec(url) ?? [];
  const told = wanted === 'auto' ? (/^\/streams\/(?!.*\.flv$)|\.asf$/i.test(path) ? 'asf' : 'flv') : wanted;
  return formats.includes(told) ? told : (formats[0] ?? told);
}

/**
 * The URL of a stream with its key in place of the placeholders. Keys come from players: in a URL of HTTP or WebSocket
 * whatever could be more than a name is percent-encoded; RTMP has no such encoding, and nothing but names behind the host.
 */
export function expandUrl(template: string, key: string): string {
  const slash = key.indexOf('/');
  const values: Record<string, string> = {
    key,
    app: slash < 0 ? key : key.slice(0, slash),
    name: slash < 0 ? '' : key.slice(slash + 1),
  };
  const encode = schemeOf(template)?.protocol === 'rtmp' ? (text: string) => text : encodeSegments;
  return template.replace(/\{(key|app|name)\}/g, (_placeholder, name: string) => encode(values[name] ?? ''));
}

/** The same URL with its port in it, for peers that know of other defaults; as it is when it is none of a stream. */
export function withPort(url: string): string {
  const [authority = ''] = /^\w+:\/\/[^/?#]*/.exec(url) ?? [];
  const port = parseMediaUrl(url)?.port;
  if (port === undefined || /:\d+$/.test(authority)) return url;
  return `${authority.replace(/:$/, '')}:${port}${url.slice(authority.length)}`;
}

function encodeSegments(text: string): string {
  return text.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign that was meant as one
  }
}
