import type { SessionStatus } from '../../../service/admin/relay-status.ts';
import type { Query } from '../api/admin-client.ts';
import { PlaceError } from '../api/relay-place.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { confirm } from '../terminal/confirm.ts';
import { count, span } from '../terminal/figures.ts';
import { line } from '../terminal/line.ts';

/** Whose sessions are to end. */
export interface KickOptions {
  readonly stream?: string;
  readonly address?: string;
  readonly identity?: string;
  /** How long they are kept out, seconds. */
  readonly ban?: number;
  readonly yes?: boolean;
}

/** A question says how many sessions there are up to here. */
const COUNTED = 10_000;

/** Ends one session, or all of a stream, an address or an identity. */
export async function kick(
  call: CtlCall,
  id: string | undefined,
  { ban, yes = false, ...filters }: KickOptions,
): Promise<void> {
  const { client, output, isJson } = call;
  const { stream, address, identity } = filters;
  const filter: Query = { stream, address, identity };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if ((id === undefined) !== isFiltered)
    throw new PlaceError('expected either the id of a session, or --stream, --address or --identity');
  if (stream?.includes('*'))
    throw new PlaceError(
      '--stream: expected the key of one stream, without *: streampump ctl sessions --stream shows the ids of many',
    );
  if (isFiltered && !yes && !(await isMeant(call, filter))) throw new CtlFailure('nothing was done');
  const path = id === undefined ? 'sessions' : `sessions/${encodeURIComponent(id)}`;
  const banMs = ban === undefined ? undefined : ban * 1000;
  const answer = await client.change<{ readonly ended: number }>('DELETE', path, { ...filter, banMs });
  if (isJson) output.json(answer);
  else
    output.lines([line(endedText(answer.ended) + (ban === undefined ? '' : `, kept out for ${span(ban)}`))]);
}

/** `1 session has ended`. */
export function endedText(ended: number): string {
  return ended === 1 ? '1 session has ended' : `${count(ended)} sessions have ended`;
}

/** Asks where many would be hit and somebody can answer. */
async function isMeant({ client, output, isJson }: CtlCall, filter: Query): Promise<boolean> {
  if (!output.isTerminal || isJson) return true;
  const { items, next } = await client.all<SessionStatus>('sessions', filter, COUNTED);
  if (items.length < 2) return true;
  const roles = Object.entries(Object.groupBy(items, ({ role }) => role));
  const parts = roles.map(([role, { length }]) => `${count(length)} ${role}`).join(', ');
  const number = next === null ? count(items.length) : `more than ${count(items.length)}`;
  return confirm(`End ${number} sessions (by role: ${parts})?`);
}
