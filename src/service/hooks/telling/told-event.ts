import type { HookEvent } from '../../../config/hooks/hook-settings.ts';
import type { RecordingEnd, StoreState } from '../../../recording/link/store-link.ts';
import type { Recording } from '../../../recording/recording.ts';
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

/** A file of a recording is there, is done, or is uploaded; or it cannot be uploaded, and is tried again. */
export interface RecordingEvent
  extends EventFacts<'recordingBegun' | 'recordingDone' | 'recordingUploaded' | 'recordingNotUploaded'> {
  readonly recording: Recording;
  /** How it has ended; undefined where it has begun, and of uploads. */
  readonly outcome: RecordingEnd | undefined;
  /** Why it has ended, or is not uploaded, for people. */
  readonly why: string | undefined;
  readonly durationMs: number | undefined;
}

/** Frames of a stream are missing in its recording. */
export interface RecordingGapEvent extends EventFacts<'recordingGap'> {
  readonly frames: number;
  readonly durationMs: undefined;
}

/** Nothing can be recorded any more, or streams can be again; the stream key is empty. */
export interface RecordingsEvent extends EventFacts<'recordingsDown' | 'recordingsUp'> {
  readonly state: StoreState;
  readonly why: string | undefined;
  readonly durationMs: undefined;
}

/** Recordings cannot be uploaded any more, or can be again; the stream key is empty. */
export interface UploadsEvent extends EventFacts<'uploadsDown' | 'uploadsUp'> {
  /** For people; undefined where they can be. */
  readonly why: string | undefined;
  readonly durationMs: undefined;
}

/** Something that hooks are told. */
export type ToldEvent =
  | SessionEvent
  | SessionEndEvent
  | StreamEvent
  | LinkEvent
  | RecordingEvent
  | RecordingGapEvent
  | RecordingsEvent
  | UploadsEvent;

/** Events of one lane are told in their order: those of a session, and those of a stream. */
export function laneOf(event: ToldEvent): string {
  return 'subject' in event ? `session ${event.subject.session}` : `stream ${event.stream}`;
}
