import type { MmshPragmas } from './mmsh-pragma.ts';

/** What a request of this family asks for. */
export type MmshPurpose =
  | 'play'
  /** The ASF header alone. */
  | 'describe'
  /** Nothing: the connection, or a client that has paused, stays. */
  | 'keep-alive'
  /** The end of what the client-id plays. */
  | 'stop'
  /** What a player reports of its playing. */
  | 'log'
  /** What only servers with content of their own have an answer to. */
  | 'event'
  | 'push-setup'
  | 'push-start'
  /** What this relay has not promised, or another content type. */
  | 'unsupported';

/** What tells the purpose of a request. */
export interface MmshRequestHead {
  readonly method: string;
  /** As sent, with parameters; undefined where there is none. */
  readonly contentType: string | undefined;
  readonly pragmas: MmshPragmas;
}

/** The content types that encoders push with. @see MS-WMHTTP section 2.2.1.2 */
export const PushContentType = {
  setup: 'application/x-wms-pushsetup',
  start: 'application/x-wms-pushstart',
} as const;

const purposeOfContentType = new Map<string, MmshPurpose>([
  [PushContentType.setup, 'push-setup'],
  [PushContentType.start, 'push-start'],
  ['application/x-wms-logstats', 'log'],
  ['text/plain', 'log'],
  ['application/x-wms-getcontentinfo', 'event'],
  ['application/x-wms-sendevent', 'event'],
]);

/** Pragmas of requests that a server promises with `Supported`, which this relay does not send. */
const unpromised = ['xplaynextentry', 'pipeline-request', 'stream-switch-entry'];

const mmsAgent = /^(?:NSPlayer|NSServer|WMCacheProxy)\//i;

/** Whether a User-Agent is that of a player or server of this family: all others get raw ASF. */
export function isMmsAgent(userAgent: string | undefined): boolean {
  return userAgent !== undefined && mmsAgent.test(userAgent);
}

/** What a request asks for. @see MS-WMHTTP section 3.2.5 */
export function purposeOf({ method, contentType = '', pragmas }: MmshRequestHead): MmshPurpose {
  if (method === 'OPTIONS') return 'keep-alive';
  if (pragmas.has('xstopstrm')) return 'stop';
  if (method === 'GET' || method === 'HEAD') return purposeOfGet(pragmas);
  if (method !== 'POST') return 'unsupported';
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (type === PushContentType.setup || type === PushContentType.start)
    return purposeOfContentType.get(type) ?? 'unsupported';
  if (pragmas.get('xkeepaliveinpause') === '1') return 'keep-alive';
  if (pragmas.has('log-line')) return 'log';
  return purposeOfContentType.get(type) ?? 'unsupported';
}

function purposeOfGet(pragmas: MmshPragmas): MmshPurpose {
  if (pragmas.get('xplaystrm') === '1') return 'play';
  return unpromised.some((name) => pragmas.has(name)) ? 'unsupported' : 'describe';
}

/** The push-id that an encoder shows in its Cookie line, whatever stands there; undefined where there is none. */
export function pushIdIn(cookie: string | undefined): string | undefined {
  return /(?:^|[;,])\s*push-id=([^;,]*)/i.exec(cookie ?? '')?.[1]?.trim();
}
