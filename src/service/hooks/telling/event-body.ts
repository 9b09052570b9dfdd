import type { AcceptedActivity } from '../../../session/session.ts';
import type { ToldEvent } from './told-event.ts';

/** An event as hooks get it: see docs/hooks.md. */
export interface HookEventBody {
  /** What has happened. */
  readonly event: ToldEvent['event'];
  /** The stream key; empty where there is none yet. */
  readonly stream: string;
  /** In a `recheck`: what goes on. */
  readonly verb?: AcceptedActivity['verb'];
  /** Of events of a session: its id, as in the log. */
  readonly session?: string;
  /** Of events of a session: as metrics name it, such as `rtmp`. */
  readonly protocol?: string;
  /** Of events of a session: the client's address, without port. */
  readonly address?: string;
  /** Of events of a session: what software the client says it is; may be empty. */
  readonly client?: string;
  /** Of events of a session: whether it is encrypted. */
  readonly tls?: boolean;
  /** Of events of a session: the query without credentials. */
  readonly query?: string;
  /** Of events of a session: who the client has proven to be, or null. */
  readonly identity?: string | null;
  /** Of events of another server: its URL, without secrets. */
  readonly url?: string;
  /** Of events of a recording: its key. */
  readonly recording?: string;
  /** Of events of a recording: what the parts of one broadcast have in common. */
  readonly run?: string;
  /** Of events of a recording: which part of it, from 1 on. */
  readonly part?: number;
  /** Of events of a recording: `finished`, `full`, `failed` or `lost`; null where it has begun, and of uploads. */
  readonly outcome?: string | null;
  /** Frames that are missing in a recording. */
  readonly frames?: number;
  /** How the store of recordings does: `ok`, `full`, `slow` or `gone`. */
  readonly state?: string;
  /** Why something has ended; null where it has begun. */
  readonly reason?: string | null;
  /** How long it has gone on, milliseconds; null where that is not known. */
  readonly durationMs: number | null;
  /** Of events of a session: what it has sent, or was sent, by now; of a recording: of its file. */
  readonly bytes?: number;
  /** Name of the relay. */
  readonly relay: string;
  /** When it happened, ISO 8601. */
  readonly time: string;
  /** How many events before it were lost, where some were. */
  readonly lost?: number;
}

/** An event as JSON, but for how many were lost before it: see docs/hooks.md. @param relay - its name */
export function eventBody(event: ToldEvent, relay: string): HookEventBody {
  const { event: name, atMs, stream, durationMs = null } = event;
  const origin = { relay, time: new Date(atMs).toISOString() };
  if (!('subject' in event)) {
    return { event: name, stream, ...aboutOf(event), durationMs, ...origin };
  }
  const { session, protocol, address, client, isTls, query, identity = null } = event.subject;
  const { bytes } = event;
  return {
    event: name,
    ...(name === 'recheck' ? { verb: event.activity } : {}),
    ...{ stream, session, protocol, address, client, tls: isTls, query, identity },
    ...('reason' in event ? { reason: event.reason } : {}),
    ...{ durationMs, bytes, ...origin },
  };
}

/** What an event says that is about no session. */
function aboutOf(event: Exclude<ToldEvent, { readonly subject: unknown }>): Partial<HookEventBody> {
  if ('recording' in event) {
    const { recording, outcome = null, why = null } = event;
    const { key, run, part, bytes } = recording;
    return { recording: key, run, part, bytes, outcome, reason: why };
  }
  if ('frames' in event) return { frames: event.frames };
  if ('state' in event) return { state: event.state, reason: event.why ?? null };
  if ('url' in event) return { url: event.url, reason: event.why ?? null };
  return 'why' in event ? { reason: event.why ?? null } : {};
}

/** Says in a body how many events were lost before it. */
export function withLosses(body: string, lost: number): string {
  return lost === 0 ? body : `${body.slice(0, -1)},"lost":${lost}}`;
}
