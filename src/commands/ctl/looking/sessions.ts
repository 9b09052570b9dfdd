import type { SessionStatus } from '../../../service/admin/relay-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { age, bitRate, bytes, count, span } from '../terminal/figures.ts';
import { line } from '../terminal/line.ts';
import type { Column } from '../terminal/table.ts';
import { type ListOptions, writeList } from './list.ts';

/** Which sessions are asked for. */
export interface SessionFilter {
  readonly stream?: string | undefined;
  readonly role?: string | undefined;
  readonly protocol?: string | undefined;
  readonly address?: string | undefined;
  readonly identity?: string | undefined;
}

/** Writes the sessions and how they are doing. */
export async function showSessions(call: CtlCall, options: SessionFilter & ListOptions): Promise<void> {
  const { stream, role, protocol, address, identity, limit = Number.POSITIVE_INFINITY } = options;
  const filter = { stream, role, protocol, address, identity };
  const list = await call.client.all<SessionStatus>('sessions', filter, limit);
  writeList(call, 'sessions', list, sessionColumns(Date.now()), filter);
}

/** Writes all that is known of one session. */
export async function showSession({ client, output, isJson }: CtlCall, id: string): Promise<void> {
  const session = await client.get<Readonly<Record<string, unknown>>>(`sessions/${encodeURIComponent(id)}`);
  if (isJson) {
    output.json(session);
    return;
  }
  const names = Object.keys(session);
  const width = Math.max(...names.map((name) => name.length));
  output.lines(names.map((name) => line([name.padEnd(width + 2), 'quiet'], factText(name, session[name]))));
}

/** What a table of sessions shows. */
export function sessionColumns(nowMs: number): readonly Column<SessionStatus>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'STREAM', cell: ({ stream }) => stream ?? '-', least: 12 },
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'PROTOCOL', cell: ({ protocol, tls }) => `${protocol}${tls ? ' TLS' : ''}`, spare: 2 },
    { title: 'IDENTITY', cell: ({ identity }) => identity ?? '-', least: 8, spare: 5 },
    {
      title: 'IN',
      cell: ({ receivedBitsPerSecond }) => bitRate(receivedBitsPerSecond),
      align: 'right',
      spare: 6,
    },
    { title: 'OUT', cell: ({ sentBitsPerSecond }) => bitRate(sentBitsPerSecond), align: 'right' },
    {
      title: 'BACKLOG',
      cell: ({ backlogBytes, lagging }) => [bytes(backlogBytes), lagging ? 'warning' : undefined],
      align: 'right',
      spare: 1,
    },
    {
      title: 'DROPPED',
      cell: ({ droppedFrames }) => count(droppedFrames),
      align: 'right',
      spare: 4,
    },
    { title: 'FOR', cell: ({ since }) => age(since, nowMs), align: 'right', spare: 3 },
    { title: 'CLIENT', cell: ({ client }) => client || '-', least: 12, spare: 7 },
  ];
}

/** A field of a session in the unit that its name says. */
function factText(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.join(', ') || '-';
  if (typeof value !== 'number') return value === null || value === '' ? '-' : String(value);
  if (name.endsWith('BitsPerSecond')) return bitRate(value);
  if (name.endsWith('Bytes')) return bytes(value);
  if (name.endsWith('Seconds')) return span(value);
  return name.endsWith('Ms') ? `${count(value)} ms` : count(value);
}
