import type { RecordingEnd, StoreState } from '../../../recording/link/store-link.ts';
import type { AcceptedActivity } from '../../../session/session.ts';
import type { SourceOrigin } from '../../../stream/source.ts';
import type { RelayStatus, StreamStatus } from '../relay-status.ts';
import type { AuditNews, EventFacts, GapNews, WarningNews } from './service-event.ts';

/** A stream has begun to come, has lost its source, goes on by another one, or is over. */
export interface SourceNews extends EventFacts<'live' | 'away' | 'moved' | 'ended'> {
  readonly stream: string;
  /** Null while it has none. */
  readonly source: SourceOrigin | null;
}

/** A session has begun to publish, or to play a stream or a recording, or does so no more. */
export interface SessionNews extends EventFacts<'begun' | 'over'> {
  readonly id: string;
  readonly verb: AcceptedActivity['verb'];
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

/** A file of a recording has begun or is done, lacks frames, is uploaded or not, or was deleted because of its age or for want of room. */
export interface RecordingEventNews
  extends EventFacts<'begun' | 'done' | 'gap' | 'uploaded' | 'not-uploaded' | 'expired'> {
  readonly stream: string;
  /** Key of the recording; null in a gap. */
  readonly recording: string | null;
  /** How it has ended; null where it is not over. */
  readonly outcome: RecordingEnd | null;
  /** Why it has ended, or is not uploaded, in words. */
  readonly why: string | null;
  /** How long it is. */
  readonly seconds: number;
  readonly bytes: number;
  /** Frames that are missing. */
  readonly frames: number;
}

/** Whether streams can be recorded. */
export interface RecordingStoreNews extends EventFacts<StoreState> {
  /** In words. */
  readonly why: string;
}

/** Whether recordings can be uploaded. */
export interface UploadsNews extends EventFacts<'up' | 'down'> {
  /** In words. */
  readonly why: string;
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

/** What each type of event says. */
export interface EventData {
  readonly stream: SourceNews;
  readonly session: SessionNews;
  readonly upstream: LinkNews<'up' | 'down' | 'moved'>;
  readonly forward: LinkNews<'up' | 'down'>;
  readonly recording: RecordingEventNews;
  readonly store: RecordingStoreNews;
  readonly uploads: UploadsNews;
  readonly warning: WarningNews;
  readonly audit: AuditNews;
  readonly relay: RelayNews;
  readonly status: StatusNews;
  readonly gap: GapNews<EventType>;
}

/** The event of something that the whole relay does. @param restartNeeded - of a reload, the settings that wait for a restart */
export function relayNews(
  what: RelayNews['what'],
  restartNeeded: RelayNews['restartNeeded'] = null,
): RelayEvent {
  return { type: 'relay', data: { at: new Date().toISOString(), what, restartNeeded } };
}

/** Somebody has changed something, or was not let. */
export interface AuditEvent {
  readonly type: 'audit';
  readonly data: AuditNews;
}

/** What an event is about. */
export type EventType = keyof EventData;

/** Something that has happened, as those are told who follow the events of a relay. */
export type RelayEvent = {
  readonly [T in EventType]: { readonly type: T; readonly data: EventData[T] };
}[EventType];
