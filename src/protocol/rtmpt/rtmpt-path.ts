/** What a request of a tunnel is for, besides opening one. */
export type TunnelVerb = 'send' | 'idle' | 'close';

/** What a request for a path of RTMPT asks for. */
export type RtmptPath =
  /** Which address the server wants to be called by: servers without one do not know the path. */
  | { readonly is: 'ident' }
  | { readonly is: 'open' }
  | { readonly is: TunnelVerb; readonly tunnel: string; readonly number: number }
  /** It begins like one of these and is none. */
  | { readonly is: 'malformed' };

/** The content type of all requests and of the answers to them. */
export const RTMPT_CONTENT_TYPE = 'application/x-fcs';

/** Longer ids are nobody's: ffmpeg keeps so many characters. */
const MAX_ID_LENGTH = 62;

const beginning = /^\/(?:open|send|idle|close|fcs)\//;
const ofTunnel = new RegExp(`^/(send|idle|close)/([\\w.-]{1,${MAX_ID_LENGTH}})/(\\d{1,10})$`);

/** Whether a path begins as those of RTMPT do. @param path - without a query */
export function isRtmptPath(path: string): boolean {
  return beginning.test(path);
}

/** Reads a path for which {@link isRtmptPath} holds. */
export function readRtmptPath(path: string): RtmptPath {
  if (path === '/fcs/ident2' || path === '/fcs/ident') return { is: 'ident' };
  if (/^\/open\/\d{1,10}$/.test(path)) return { is: 'open' };
  const [, verb, tunnel = '', number] = ofTunnel.exec(path) ?? [];
  if (verb === undefined) return { is: 'malformed' };
  return { is: verb as TunnelVerb, tunnel, number: Number(number) };
}

/** The path of a request. @param tunnel - as the server has named it */
export function rtmptPath(verb: TunnelVerb, tunnel: string, number: number): string {
  return `/${verb}/${tunnel}/${number}`;
}

/** The path that opens a tunnel. */
export const OPEN_PATH = '/open/1';
