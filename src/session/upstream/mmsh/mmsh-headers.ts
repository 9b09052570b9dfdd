import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { encodeResume, RESUME_HEADER } from '../../resume-text.ts';
import { type PulledWish, requestHeaders } from '../upstream-request.ts';

/** Servers keep what they know for players of at least this version: HTTP/1.1, pipelining, and packets of all kinds. */
const USER_AGENT = 'NSPlayer/9.0.0.2980';

/** What every player says of where it wants to begin: live, where the server likes. @see MS-WMSP section 2.2.1.4 */
const POSITION =
  'no-cache,rate=1.000000,stream-time=0,stream-offset=4294967295:4294967295,packet-num=4294967295,max-duration=0';

/** A GUID for one session of a client who does not want to be known again. @see MS-WMSP section 2.2.1.4.33 */
export function anonymousClientGuid(): string {
  return `{3300AD50-2C39-46C0-AE0A-${randomBytes(6).toString('hex').toUpperCase()}}`;
}

/** The headers of a request for the ASF header of a stream. @see MS-WMSP section 2.2.2.1 */
export function describeHeaders(wish: PulledWish, clientGuid: string): OutgoingHttpHeaders {
  return mmshHeaders(wish, clientGuid, goesOnFrom(wish)); // a relay that has nothing yet asks for the stream as soon as it is described
}

/**
 * The headers of a request for the stream.
 * @param streams - numbers of those that the ASF header has: all are wanted
 * @param clientId - what the server called this client, if it did
 * @see MS-WMSP section 2.2.2.6
 */
export function playHeaders(
  wish: PulledWish,
  clientGuid: string,
  streams: readonly number[],
  clientId: number | undefined,
): OutgoingHttpHeaders {
  const known = clientId === undefined ? [] : [`client-id=${clientId}`];
  const entries = streams.map((number) => `ffff:${number.toString(16)}:0`).join(' ');
  const pragmas = ['xPlayStrm=1', ...known, ...goesOnFrom(wish), `stream-switch-count=${streams.length}`];
  return mmshHeaders(wish, clientGuid, pragmas, `stream-switch-entry=${entries}`);
}

/** How far the relay has come that asks. */
function goesOnFrom({ resume }: PulledWish): readonly string[] {
  return resume === undefined ? [] : [`${RESUME_HEADER}=${encodeResume(resume)}`];
}

/**
 * All tokens are on one line, for of several tinyproxy 1.11 passes on the first; but for the entries, which have to have their own: a
 * server that does not see them sends all streams.
 * @see MS-WMSP section 2.2.1.4.27
 */
function mmshHeaders(
  { url, waiting }: PulledWish,
  clientGuid: string,
  pragmas: readonly string[],
  ...entries: readonly string[]
): OutgoingHttpHeaders {
  const tokens = [POSITION, `xClientGUID=${clientGuid}`, 'version11-enabled=1', ...pragmas];
  return {
    ...requestHeaders({ url, waiting }),
    'user-agent': USER_AGENT,
    pragma: [tokens.join(', '), ...entries],
  };
}
