import { type HttpUrl, parseMediaUrl } from '../../src/media-url.ts';

/** Reads what is a URL of HTTP or WebSocket. */
export function httpUrl(url: string): HttpUrl {
  const read = parseMediaUrl(url);
  if (read === undefined || read.protocol === 'rtmp') throw new Error(`${url} is none of HTTP`);
  return read;
}
