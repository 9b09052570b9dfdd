import type { HookEvent } from '../../../config/hooks/hook-settings.ts';
import type { AcceptedActivity, ActivityEnd } from '../../../session/session.ts';
import type { HookSubject } from '../hook-subject.ts';

interface EventFacts<Name extends HookEvent> {
  readonly event: Name;
  /** The same whenever the event is told again: who has seen it knows. */
  readonly id: string;
  /** When it happened, milliseconds since 1970. */
  readonly atMs: number;
  /** The stream key; empty where there is none yet. */
  readonly stream: string;
}

/** A session has begun to publish, or to play a stream or a recording, or may go on after it was asked about again. */
export interface SessionEvent extends EventFacts<'publish' | 'play' | 'playback' | 'recheck'> {
  readonly subject: HookSubject;
  /** What goes on. */
  readonly activity: AcceptedActivity['verb'];
  /** How long by now, milliseconds. */
  readonly durationMs: number;
  /** What it has sent, or was sent, by now. */
  readonly bytes: number;
}

/** A session has stopped to publish or play. */
export interface SessionEndEvent extends EventFacts<'unpublish' | 'stop'> {
  readonly subject: HookSubject;
  readonly reason: ActivityEnd;
  readonly durationMs: number;
  readonly bytes: number;
}

/** Media of a stream comes, or the stream is over. */
export interface StreamEvent extends EventFacts<'streamUp' | 'streamDown'> {
  /** How long it was up, milliseconds; undefined where it came up, or nobody saw that. */
  readonly durationMs: number | undefined;
}

/** A connection to another server carries the stream, or does so no more. */
export interface LinkEvent extends EventFacts<'upstreamUp' | 'upstreamDown' | 'forwardUp' | 'forwardDown'> {
  /** Of the server, without anything that may be secret. */
  readonly url: string;
  /** Why it is down, for people; undefined where it is up. */
  readonly why: string | undefined;
  readonly durationMs: number | undefined;
}

/** Something that hooks are told. */
export type ToldEvent = SessionEvent | SessionEndEvent | StreamEvent | LinkEvent;

/** Events of one lane are told in their order: those of a session, and those of a stream. */
export function laneOf(event: ToldEvent): string {
  return 'subject' in event ? `session ${event.subject.session}` : `stream ${event.stream}`;
}
