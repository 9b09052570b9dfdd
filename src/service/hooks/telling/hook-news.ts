import { randomUUID } from 'node:crypto';
import type { HookEvent } from '../../../config/hooks/hook-settings.ts';
import type { RecordingEnd, StoreState } from '../../../recording/link/store-link.ts';
import type { Recording } from '../../../recording/recording.ts';
import type { AcceptedActivity, ActivityEnd } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { FollowedLink, Follower } from '../../followers.ts';
import type { HookSubject } from '../hook-subject.ts';
import type { RecordingEvent, ToldEvent } from './told-event.ts';

/** Who passes events on to hooks. */
export interface EventListener {
  /** Whether any hook is to be told of such an event of this stream. */
  wants(event: HookEvent, key: string): boolean;
  tell(event: ToldEvent): void;
}

/** What news needs of the relay. */
export interface HookNewsHost {
  readonly clock: Clock;
  readonly listener: EventListener;
  /** A query without what rules take as credentials. */
  readonly publicQuery: (query: string) => string;
}

type LinkKind = 'upstream' | 'forward';

/** Makes events for hooks of what followers hear, and none that nobody wants. */
export class HookNews implements Follower {
  readonly #host: HookNewsHost;
  /** When each stream came up, milliseconds of the clock. */
  readonly #streams = new Map<LiveStream, number>();
  /** Where each stream comes from or goes to, and since when. */
  readonly #links = new Map<string, { readonly url: string; readonly since: number }>();

  constructor(host: HookNewsHost) {
    this.#host = host;
  }

  onBegun(activity: AcceptedActivity): void {
    this.#tellOf(activity, activity.verb);
  }

  onGoesOn(activity: AcceptedActivity): void {
    this.#tellOf(activity, 'recheck');
  }

  onOver(activity: AcceptedActivity, reason: ActivityEnd): void {
    const event = activity.verb === 'publish' ? 'unpublish' : 'stop';
    if (!this.#wants(event, activity.key)) return;
    this.#tell({ event, ...this.#head(activity.key), ...this.#sessionFacts(activity), reason });
  }

  onStreamLive(stream: LiveStream): void {
    this.#streams.set(stream, this.#host.clock.now());
    if (this.#wants('streamUp', stream.key))
      this.#tell({ event: 'streamUp', ...this.#head(stream.key), durationMs: undefined });
  }

  onStreamEnded(stream: LiveStream): void {
    const durationMs = this.#since(this.#streams.get(stream));
    this.#streams.delete(stream);
    if (this.#wants('streamDown', stream.key))
      this.#tell({ event: 'streamDown', ...this.#head(stream.key), durationMs });
  }

  onUpstreamFlowing(upstream: FollowedLink): void {
    this.#onLinkUp('upstream', upstream, upstream.key);
  }

  onUpstreamMoved(upstream: FollowedLink): void {
    const former = this.#links.get(upstream.key)?.url;
    if (former !== undefined) this.#onLinkDown('upstream', { ...upstream, url: former }, upstream.key, MOVED);
    this.#onLinkUp('upstream', upstream, upstream.key);
  }

  onUpstreamLost(upstream: FollowedLink, why: string): void {
    this.#onLinkDown('upstream', upstream, upstream.key, why);
  }

  onForwardFlowing(forward: FollowedLink): void {
    this.#onLinkUp('forward', forward, `${forward.key} ${forward.url}`);
  }

  onForwardLost(forward: FollowedLink, why: string): void {
    this.#onLinkDown('forward', forward, `${forward.key} ${forward.url}`, why);
  }

  onRecordingBegun(recording: Recording): void {
    this.#onRecording('recordingBegun', recording);
  }

  onRecordingDone(recording: Recording, outcome: RecordingEnd, why: string): void {
    this.#onRecording('recordingDone', recording, outcome, why);
  }

  onRecordingGap(stream: string, frames: number): void {
    if (this.#wants('recordingGap', stream))
      this.#tell({ event: 'recordingGap', ...this.#head(stream), frames, durationMs: undefined });
  }

  onRecordingUploaded(recording: Recording): void {
    this.#onRecording('recordingUploaded', recording);
  }

  onRecordingNotUploaded(recording: Recording, why: string): void {
    this.#onRecording('recordingNotUploaded', recording, undefined, why);
  }

  onUploads(state: 'up' | 'down', sentence: string): void {
    const event = state === 'up' ? 'uploadsUp' : 'uploadsDown';
    const why = state === 'up' ? undefined : sentence;
    if (this.#wants(event, '')) this.#tell({ event, ...this.#head(''), why, durationMs: undefined });
  }

  onStore(state: StoreState, why: string): void {
    const event = state === 'ok' ? 'recordingsUp' : 'recordingsDown';
    if (this.#wants(event, ''))
      this.#tell({
        event,
        ...this.#head(''),
        state,
        why: state === 'ok' ? undefined : why,
        durationMs: undefined,
      });
  }

  #onRecording(
    event: RecordingEvent['event'],
    recording: Recording,
    outcome?: RecordingEnd,
    why?: string,
  ): void {
    const { stream } = recording;
    const durationMs = event === 'recordingBegun' ? undefined : Math.round(recording.durationMs);
    if (this.#wants(event, stream))
      this.#tell({ event, ...this.#head(stream), recording, outcome, why, durationMs });
  }

  #onLinkUp(kind: LinkKind, { key, url }: FollowedLink, name: string): void {
    this.#links.set(name, { url, since: this.#host.clock.now() });
    const event = `${kind}Up` as const;
    if (this.#wants(event, key))
      this.#tell({ event, ...this.#head(key), url, why: undefined, durationMs: undefined });
  }

  #onLinkDown(kind: LinkKind, { key, url }: FollowedLink, name: string, why: string): void {
    const durationMs = this.#since(this.#links.get(name)?.since);
    this.#links.delete(name);
    const event = `${kind}Down` as const;
    if (this.#wants(event, key)) this.#tell({ event, ...this.#head(key), url, why, durationMs });
  }

  #tellOf(activity: AcceptedActivity, event: AcceptedActivity['verb'] | 'recheck'): void {
    if (!this.#wants(event, activity.key)) return;
    this.#tell({
      event,
      ...this.#head(activity.key),
      ...this.#sessionFacts(activity),
      activity: activity.verb,
    });
  }

  #sessionFacts(activity: AcceptedActivity): Pick<ToldSession, 'subject' | 'durationMs' | 'bytes'> {
    const { ms, bytes } = activity.progress();
    return { subject: this.#subjectOf(activity), durationMs: Math.round(ms), bytes };
  }

  #subjectOf({ key, query, identity, session }: AcceptedActivity): HookSubject {
    const { id, protocol, address, isTls, client, clientUrls } = session;
    return {
      ...{ stream: key, session: id, protocol, address, isTls, client, identity },
      query: query === '' ? '' : this.#host.publicQuery(query),
      sentQuery: query,
      page: clientUrls?.pageUrl ?? '',
      tcUrl: clientUrls?.tcUrl ?? '',
      swfUrl: clientUrls?.swfUrl ?? '',
    };
  }

  #head(stream: string): Pick<ToldEvent, 'id' | 'atMs' | 'stream'> {
    return { id: randomUUID(), atMs: Date.now(), stream };
  }

  #since(begunAt: number | undefined): number | undefined {
    return begunAt === undefined ? undefined : Math.round(this.#host.clock.now() - begunAt);
  }

  #wants(event: HookEvent, key: string): boolean {
    return this.#host.listener.wants(event, key);
  }

  #tell(event: ToldEvent): void {
    this.#host.listener.tell(event);
  }
}

type ToldSession = Extract<ToldEvent, { readonly subject: HookSubject }>;

/** Why an upstream is told as down that was not lost. */
const MOVED = 'the stream comes from another server now';
