import { printable } from '../../../log.ts';
import type { RecordingEnd, StoreState } from '../../../recording/link/store-link.ts';
import type { Recording } from '../../../recording/recording.ts';
import type { AcceptedActivity, ActivityEnd } from '../../../session/session.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { FollowedLink, Follower } from '../../followers.ts';
import { EventAllowances } from './event-allowances.ts';
import type { EventData, RelayEvent } from './relay-event.ts';

/** So many events of each type are told in a second, of all threads together; the rest is counted. */
const MOST_PER_SECOND = { stream: 100, session: 200, upstream: 50, forward: 50, recording: 50 } as const;

type Limited = keyof typeof MOST_PER_SECOND;

/** Longer names of software are cut, characters. */
const MAX_CLIENT = 200;

/** Makes events of what followers hear in a thread, and no more than can be told without being felt. */
export class EventNews implements Follower {
  readonly #allowances: EventAllowances<Limited>;
  readonly #tell: (event: RelayEvent) => void;

  /** @param threads - how many share what may be told */
  constructor(clock: Clock, threads: number, tell: (event: RelayEvent) => void) {
    this.#tell = tell;
    const most = Object.entries(MOST_PER_SECOND).map(([type, count]) => [type, Math.ceil(count / threads)]);
    this.#allowances = new EventAllowances<Limited>(clock, Object.fromEntries(most), tell);
  }

  /** Nobody follows any more: what was left out is not told. */
  close(): void {
    this.#allowances.close();
  }

  onStreamLive(stream: LiveStream): void {
    this.#onStream('live', stream);
  }

  onStreamAway(stream: LiveStream): void {
    this.#onStream('away', stream);
  }

  onStreamMoved(stream: LiveStream): void {
    this.#onStream('moved', stream);
  }

  onStreamEnded(stream: LiveStream): void {
    this.#onStream('ended', stream);
  }

  onBegun(activity: AcceptedActivity): void {
    this.#onSession('begun', activity, null);
  }

  onOver(activity: AcceptedActivity, reason: ActivityEnd): void {
    this.#onSession('over', activity, reason);
  }

  onUpstreamFlowing(upstream: FollowedLink): void {
    this.#upstream('up', upstream, null);
  }

  onUpstreamMoved(upstream: FollowedLink): void {
    this.#upstream('moved', upstream, null);
  }

  onUpstreamLost(upstream: FollowedLink, why: string): void {
    this.#upstream('down', upstream, printable(why));
  }

  onForwardFlowing(forward: FollowedLink): void {
    this.#forward('up', forward, null);
  }

  onForwardLost(forward: FollowedLink, why: string): void {
    this.#forward('down', forward, printable(why));
  }

  onRecordingBegun(recording: Recording): void {
    this.#onRecording('begun', recording);
  }

  onRecordingDone(recording: Recording, outcome: RecordingEnd, why: string): void {
    this.#onRecording('done', recording, { outcome, why: printable(why) });
  }

  onRecordingExpired(recording: Recording): void {
    this.#onRecording('expired', recording);
  }

  onRecordingUploaded(recording: Recording): void {
    this.#onRecording('uploaded', recording);
  }

  onRecordingNotUploaded(recording: Recording, why: string): void {
    this.#onRecording('not-uploaded', recording, { outcome: null, why: printable(why) });
  }

  onUploads(state: 'up' | 'down', why: string): void {
    this.#tell({ type: 'uploads', data: { at: now(), what: state, why: printable(why) } });
  }

  onRecordingGap(stream: string, frames: number): void {
    if (!this.#allowances.take('recording')) return;
    const nothing = { recording: null, outcome: null, why: null, seconds: 0, bytes: 0 };
    this.#tell({ type: 'recording', data: { at: now(), what: 'gap', stream, ...nothing, frames } });
  }

  onStore(state: StoreState, why: string): void {
    this.#tell({ type: 'store', data: { at: now(), what: state, why: printable(why) } });
  }

  #onRecording(
    what: EventData['recording']['what'],
    { key: recording, stream, durationMs, bytes }: Recording,
    end: Pick<EventData['recording'], 'outcome' | 'why'> = { outcome: null, why: null },
  ): void {
    if (!this.#allowances.take('recording')) return;
    const seconds = Math.round(durationMs / 1000);
    const data = { at: now(), what, stream, recording, ...end, seconds, bytes, frames: 0 };
    this.#tell({ type: 'recording', data });
  }

  #onStream(what: EventData['stream']['what'], { key: stream, source }: LiveStream): void {
    if (!this.#allowances.take('stream')) return;
    const origin = source?.origin;
    const shown =
      origin?.type === 'push' ? { ...origin, client: printable(origin.client, MAX_CLIENT) } : origin;
    this.#tell({ type: 'stream', data: { at: now(), what, stream, source: shown ?? null } });
  }

  #onSession(what: 'begun' | 'over', activity: AcceptedActivity, reason: ActivityEnd | null): void {
    if (!this.#allowances.take('session')) return;
    const { verb, key: stream, identity = null, session } = activity;
    const { id, protocol, address } = session;
    const { ms, bytes } = activity.progress();
    const client = printable(session.client, MAX_CLIENT);
    const who = { id, verb, stream, protocol, address, client, identity };
    const seconds = Math.round(ms / 1000);
    this.#tell({ type: 'session', data: { at: now(), what, ...who, reason, seconds, bytes } });
  }

  #upstream(
    what: EventData['upstream']['what'],
    { key: stream, url }: FollowedLink,
    why: string | null,
  ): void {
    if (this.#allowances.take('upstream'))
      this.#tell({ type: 'upstream', data: { at: now(), what, stream, url, why } });
  }

  #forward(what: EventData['forward']['what'], { key: stream, url }: FollowedLink, why: string | null): void {
    if (this.#allowances.take('forward'))
      this.#tell({ type: 'forward', data: { at: now(), what, stream, url, why } });
  }
}

function now(): string {
  return new Date().toISOString();
}
