import type { MessagePort } from 'node:worker_threads';
import type { RelaySettings } from '../../../config/relay-settings.ts';
import type { LogLine } from '../../../log.ts';
import type { MetricSnapshot } from '../../../metrics.ts';
import type { Refusal } from '../../../session/access.ts';
import type { PublishConflict } from '../../../stream/stream-registry.ts';
import type { ActivityFilter } from '../../access/access-sweep.ts';
import type { PullNews } from '../../access/pull-slots.ts';
import type { ForwardStatus, PullStatus } from '../../admin/relay-status.ts';
import type { Denial } from '../../listen/session-limits.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly index: number;
  /** The relay's id, one for all of its workers. */
  readonly relayId: string;
  readonly settings: RelaySettings;
  /** Streams that are always wanted and that this worker keeps. */
  readonly kept: readonly string[];
}

/** What a worker asks and tells the main thread. Questions have an `id`, which the answer repeats. */
export type ToMain =
  | { readonly say: 'ready' }
  | { readonly say: 'failed'; readonly problem: string }
  /** Nobody is here any more, or it was time to go. */
  | { readonly say: 'drained' }
  | { readonly say: 'stopped' }
  /** A line for the log; how big it is comes back when it has been taken. */
  | { readonly say: 'log'; readonly line: LogLine; readonly bytes: number }
  | { readonly say: 'admit'; readonly id: number; readonly session: string; readonly address: string }
  | { readonly say: 'settled'; readonly session: string; readonly isPlayer: boolean }
  | { readonly say: 'closed'; readonly session: string }
  | { readonly say: 'find'; readonly id: number; readonly keys: readonly string[] }
  /** A place among the pulls on demand is wanted, for the share of this address if there is one. */
  | {
      readonly say: 'take-pull';
      readonly id: number;
      readonly key: string;
      readonly address: string | undefined;
    }
  | { readonly say: 'pull-news'; readonly key: string; readonly news: PullNews }
  /** Which streams are published, in any worker. */
  | { readonly say: 'list'; readonly id: number }
  /** Whether a stream whose home this worker is has a source. */
  | { readonly say: 'published'; readonly key: string; readonly isPublished: boolean }
  /** Nothing here has to do with the stream any more. */
  | { readonly say: 'done'; readonly key: string }
  | {
      readonly say: 'metrics';
      readonly id: number;
      readonly snapshot: MetricSnapshot;
      readonly status: WorkerStatus;
    };

/** What a worker shows on the admin listener. */
export interface WorkerStatus {
  readonly upstreams: readonly PullStatus[];
  readonly forwards: readonly ForwardStatus[];
}

/** What the main thread tells a worker. `drain`: let nobody in and wait for those who are here; the relay runs on until `close`. */
export type ToWorker =
  | { readonly say: 'logged'; readonly bytes: number }
  | { readonly say: 'admitted'; readonly id: number; readonly denial: Denial | undefined }
  | { readonly say: 'found'; readonly id: number; readonly key: string; readonly home: number }
  | { readonly say: 'pull-taken'; readonly id: number; readonly refusal: Refusal | undefined }
  | { readonly say: 'listed'; readonly id: number; readonly keys: readonly string[] }
  /** The worker that was the home of a stream is gone; this one takes its place. */
  | { readonly say: 'home'; readonly key: string; readonly home: number; readonly isKept: boolean }
  /** A way to another worker. */
  | { readonly say: 'peer'; readonly index: number; readonly port: MessagePort }
  | { readonly say: 'configure'; readonly settings: RelaySettings; readonly kept: readonly string[] }
  | { readonly say: 'revoke'; readonly filter: ActivityFilter; readonly reason: string }
  | { readonly say: 'measure'; readonly id: number }
  | { readonly say: 'drain' }
  | { readonly say: 'close' };

/** What two workers tell each other. Ids belong to whoever subscribed or publishes. */
export type ToPeer =
  // to the home of a stream
  | { readonly say: 'subscribe'; readonly id: number; readonly key: string; readonly path: readonly string[] }
  /** Somebody else wants the stream there, or relays wait for it that did not before. */
  | { readonly say: 'demand'; readonly id: number; readonly path: readonly string[] }
  /** With what the subscriber's own players were sent, so that it goes on to count. */
  | {
      readonly say: 'unsubscribe';
      readonly id: number;
      readonly sentBytes: number;
      readonly droppedFrames: number;
    }
  | {
      readonly say: 'publish';
      readonly id: number;
      readonly key: string;
      readonly address: string;
      readonly path: readonly string[];
    }
  | { readonly say: 'media'; readonly id: number; readonly frames: SharedArrayBuffer }
  | { readonly say: 'leave'; readonly id: number; readonly how: 'ended' | 'lost' }
  | { readonly say: 'taken'; readonly id: number; readonly bytes: number }
  // from the home of a stream
  | {
      readonly say: 'begin';
      readonly id: number;
      readonly path: readonly string[];
      /** Whether frames follow that were there before. */
      readonly isCatchUp: boolean;
    }
  | { readonly say: 'frames'; readonly id: number; readonly frames: SharedArrayBuffer }
  /** What there was before the subscription has been sent. */
  | { readonly say: 'caught-up'; readonly id: number }
  | { readonly say: 'path'; readonly id: number; readonly path: readonly string[] }
  /** The stream has lost its source; it begins again, or ends. */
  | { readonly say: 'away'; readonly id: number }
  | { readonly say: 'not-found'; readonly id: number }
  | { readonly say: 'end'; readonly id: number }
  | { readonly say: 'published'; readonly id: number; readonly conflict: PublishConflict | undefined }
  /** The stream has changed hands: it comes from this publisher now. */
  | { readonly say: 'begun'; readonly id: number }
  | { readonly say: 'replaced'; readonly id: number; readonly address: string }
  | { readonly say: 'media-taken'; readonly id: number; readonly bytes: number };
