import type { SessionStatus } from '../../../service/admin/relay-status.ts';
import type { Query } from '../api/admin-client.ts';
import { PlaceError } from '../api/relay-place.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { type FleetKickOptions, kickPlayers } from '../fleet/changing.ts';
import { askEither } from '../fleet/house-behind.ts';
import { confirm } from '../terminal/confirm.ts';
import { count, span } from '../terminal/figures.ts';
import { line } from '../terminal/line.ts';

/** Whose sessions are to end: label and reason are for a house. */
export interface KickOptions extends FleetKickOptions {
  readonly yes?: boolean;
}

/** A question says how many sessions there are up to here. */
const COUNTED = 10_000;

/** Ends one session, or all of a stream, an address or an identity. */
export async function kick(call: CtlCall, id: string | undefined, options: KickOptions): Promise<void> {
  const { client, output, isJson } = call;
  const { ban, yes = false, stream, address, identity, uid } = options;
  const filter: Query = { stream, address, identity };
  const isFiltered = [...Object.values(filter), uid].some((value) => value !== undefined);
  if ((id === undefined) !== isFiltered)
    throw new PlaceError('expected either the id of a session, or --stream, --address, --identity or --uid');
  if (stream?.includes('*'))
    throw new PlaceError(
      '--stream: expected the key of one stream, without *: streampump ctl sessions --stream shows the ids of many',
    );
  if (isOfFleet(id, options)) return kickPlayers(call, id, options);
  if (isFiltered && !yes && !(await isMeant(call, filter))) throw new CtlFailure('nothing was done');
  const path = id === undefined ? 'sessions' : `sessions/${encodeURIComponent(id)}`;
  const banMs = ban === undefined ? undefined : ban * 1000;
  const ended = await askEither<number | 'by a house'>(
    client,
    async () => (await client.change<{ readonly ended: number }>('DELETE', path, { ...filter, banMs })).ended,
    async () => {
      await kickPlayers(call, id, options);
      return 'by a house';
    },
  );
  if (ended === 'by a house') return;
  if (isJson) output.json({ ended });
  else output.lines([line(endedText(ended) + (ban === undefined ? '' : `, kept out for ${span(ban)}`))]);
}

/** Whether only a house can be meant. */
function isOfFleet(id: string | undefined, { uid, reason }: KickOptions): boolean {
  return id?.includes('/') === true || uid !== undefined || reason !== undefined;
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
