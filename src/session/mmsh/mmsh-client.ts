import type { IncomingMessage } from 'node:http';
import type { MmshIds } from '../../protocol/mmsh/mmsh-ids.ts';
import { clientIdIn, type MmshPragmas, readPragmas } from '../../protocol/mmsh/mmsh-pragma.ts';
import { type MmshPurpose, purposeOf } from '../../protocol/mmsh/mmsh-request.ts';
import type { HeaderFields } from '../http/http-status.ts';

/** Within this a client asks again that wants its connection or its pause to last, milliseconds. */
const TIMEOUT_MS = 60_000;

/** What a request says of the player that sends it. */
export interface MmshClient {
  readonly pragmas: MmshPragmas;
  /** The client-id that it has shown, if it is known; else a new one. */
  readonly id: number;
  /** What it has shown of its requests before this one: ffmpeg, MPlayer, VLC and libmms show nothing. */
  readonly shows: 'nothing' | 'a client-id' | 'an unknown client-id';
}

/** Reads what a request says of its player. @param now - milliseconds */
export function mmshClientOf({ headers }: IncomingMessage, ids: MmshIds, now: number): MmshClient {
  const pragmas = readPragmas([headers.pragma ?? '']);
  const shown = clientIdIn(pragmas);
  if (shown === undefined) return { pragmas, id: ids.newClientId(now), shows: 'nothing' };
  const isKnown = ids.knowsClientId(shown, now);
  return {
    pragmas,
    id: isKnown ? shown : ids.newClientId(now),
    shows: isKnown ? 'a client-id' : 'an unknown client-id',
  };
}

/**
 * What every answer of this dialogue says: as a server that owes no metadata packets and has promised nothing.
 * @see MS-WMHTTP section 2.2.1
 */
export function mmshHeaders({ id, shows }: MmshClient): HeaderFields {
  const pragmas = ['no-cache', `client-id=${id}`, 'features="broadcast"', `timeout=${TIMEOUT_MS}`];
  return {
    Server: 'Rex/9.0.0.2980',
    'cache-control': 'no-cache',
    Pragma: shows === 'an unknown client-id' ? [...pragmas, 'xResetStrm=1'] : pragmas,
  };
}

/** What a request asks for. */
export function mmshPurposeOf({ method = '', headers }: IncomingMessage): MmshPurpose {
  return purposeOf({
    method,
    contentType: headers['content-type'],
    pragmas: readPragmas([headers.pragma ?? '']),
  });
}
