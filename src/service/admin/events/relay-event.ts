import type { SourceOrigin } from '../../../stream/source.ts';
import type { RelayStatus, StreamStatus } from '../relay-status.ts';

/** What every event says. */
interface EventFacts<What extends string = string> {
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** What happened. */
  readonly what: What;
}

/** A stream has begun to come, has lost its source, goes on by another one, or is over. */
export interface SourceNews extends EventFacts<'live' | 'away' | 'moved' | 'ended'> {
  readonly stream: string;
  /** Null while it has none. */
  readonly source: SourceOrigin | null;
}

/** A session has begun to publish or play, or does so no more. */
export interface SessionNews extends EventFacts<'begun' | 'over'> {
  readonly id: string;
  readonly verb: 'publish' | 'play';
  readonly stream: string;
  readonly protocol: string;
  readonly address: string;
  /** What software it says it is. */
  readonly client: string;
  /** Who its credentials say it is; null where they do not. */
  readonly identity: string | null;
  /** Why it is over; null where it has begun. */
  readonly reason: string | null;
  /** How long it has gone on. */
  readonly seconds: number;
  /** What it has sent, or was sent, meanwhile. */
  readonly bytes: number;
}

/** A stream comes from another server or goes there, or does so no more. */
export interface LinkNews<What extends string> extends EventFacts<What> {
  readonly stream: string;
  /** Of the other server, without secrets. */
  readonly url: string;
  /** Why it is down, in words; null where it is up. */
  readonly why: string | null;
}

/** A line of level warn or error in the log; `what` is its event. */
export interface WarningNews extends EventFacts {
  readonly level: 'warn' | 'error';
  readonly text: string;
  /** What else the line says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A change by an operator, as its line in the log has it. */
export interface AuditNews extends EventFacts {
  readonly [fact: string]: unknown;
}

/** Something that the whole relay does. */
export interface RelayNews extends EventFacts<'draining' | 'reloaded'> {
  /** Of a reload, the settings that wait for a restart; null where it was none. */
  readonly restartNeeded: readonly string[] | null;
}

/** How the relay does. */
export interface StatusNews extends EventFacts<'status'> {
  readonly relay: RelayStatus;
  /** Those with the most players. */
  readonly streams: readonly StreamStatus[];
}

/** Events are missing. `not-kept`: those since the id that was given; `left-out`: more than can be told. */
export interface GapNews extends EventFacts<'not-kept' | 'left-out'> {
  /** The type of what was left out; null where that may be any. */
  readonly of: EventType | null;
  /** How many were left out; null where that is not known. */
  readonly count: number | null;
}

/** What each type of event says. */
export interface EventData {
  readonly stream: SourceNews;
  readonly session: SessionNews;
  readonly upstream: LinkNews<'up' | 'down' | 'moved'>;
  readonly forward: LinkNews<'up' | 'down'>;
  readonly warning: WarningNews;
  readonly audit: AuditNews;
  readonly relay: RelayNews;
  readonly status: StatusNews;
  readonly gap: GapNews;
}

/** The event of something that the whole relay does. @param restartNeeded - of a reload, the settings that wait for a restart */
export function relayNews(
  what: RelayNews['what'],
  restartNeeded: RelayNews['restartNeeded'] = null,
): RelayEvent {
  return { type: 'relay', data: { at: new Date().toISOString(), what, restartNeeded } };
}

/** What an event is about. */
export type EventType = keyof EventData;

/** Something that has happened, as those are told who follow the events of a relay. */
export type RelayEvent = {
  readonly [T in EventType]: { readonly type: T; readonly data: EventData[T] };
}[EventType];
