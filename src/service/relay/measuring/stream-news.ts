import type { Log } from '../../../log.ts';
import type { Metrics } from '../../../metrics/metrics.ts';
import type { LiveStream, StreamObserver } from '../../../stream/live-stream.ts';
import type { Followers } from '../../followers.ts';

/** Who hears what happens to streams. */
interface StreamNewsReaders {
  readonly log: Log;
  readonly followers: Followers;
  /** There as soon as there are streams. */
  metrics(): Pick<Metrics, 'onFlush' | 'onResumed' | 'onResumedPlay'>;
}

/** Tells the log, the metrics and followers what happens to the streams of a thread. */
export function streamNews({ log, followers, metrics }: StreamNewsReaders): StreamObserver {
  return {
    onFlush: (delayMs) => metrics().onFlush(delayMs / 1000),
    onLive: (stream) => followers.onLive(stream),
    onAway: (stream) => followers.onAway(stream),
    onEnd: (stream) => followers.onEnd(stream),
    onGoesOn: (stream) => {
      if (stream.source?.isCopy) return; // whoever keeps the stream says it
      metrics().onResumed();
      logResumed(log, stream);
    },
    onResumeAsked: (isKept) => metrics().onResumedPlay(isKept ? 'resumed' : 'late-join'),
  };
}

function logResumed(log: Log, { key, source }: LiveStream): void {
  if (source?.origin === undefined) return;
  const { protocol } = source.origin;
  const fields = { stream: key, upstream: source.address, protocol };
  log.of('upstream', key, fields).info('resumed', `${key} goes on where it was`);
}
