import type { IncomingMessage } from 'node:http';

/**
 * Whether a request has more than one Host header: whoever has passed it on may have gone by the other one.
 * @see RFC 9112 section 3.2
 */
export function hasSeveralHosts({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (/^host$/i.test(rawHeaders[at] ?? '')) hosts++;
  return hosts > 1;
}

/** What a request is told that has more than one. */
export const SEVERAL_HOSTS = 'the request has more than one Host header';
