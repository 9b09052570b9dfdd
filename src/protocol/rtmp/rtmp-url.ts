import { parseMediaUrl, type RtmpUrl } from '../../media-url.ts';

/** What a client needs to know of a URL: where to connect, and what to ask for there. */
export interface RtmpTarget extends Pick<RtmpUrl, 'protocol' | 'host' | 'port' | 'isTls'> {
  /** Whether the connection is carried by requests of HTTP (RTMPT). */
  readonly isTunnelled: boolean;
  readonly app: string;
  /** With its query. */
  readonly streamName: string;
  /** What connect calls tcUrl: scheme, host, port and app. */
  readonly tcUrl: string;
}

/**
 * What to ask for: the app is the first segment of the path, the stream name all the rest with the query. Nothing is decoded:
 * servers take app and name as they are written.
 */
export function rtmpTarget({ protocol, scheme, host, port, isTls, path }: RtmpUrl): RtmpTarget {
  const [, app = '', streamName = ''] = /^\/?([^/?]*)\/?(.*)$/s.exec(path) ?? [];
  const where = host.includes(':') ? `[${host}]` : host;
  const isTunnelled = scheme === 'rtmpt' || scheme === 'rtmpts';
  const tcUrl = `${scheme}://${where}:${port}/${app}`;
  return { protocol, host, port, isTls, isTunnelled, app, streamName, tcUrl };
}

/** Reads the URL of a stream. @returns undefined when it is none of RTMP */
export function parseRtmpUrl(url: string): RtmpTarget | undefined {
  const read = parseMediaUrl(url);
  return read?.protocol === 'rtmp' ? rtmpTarget(read) : undefined;
}
