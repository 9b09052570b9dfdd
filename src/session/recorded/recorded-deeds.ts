import { ProtocolError } from '../../errors.ts';
import { isRecordingKey, parseStreamKey } from '../../stream/stream-key.ts';
import type { Grant } from '../access.ts';
import { Inquiry } from '../inquiry.ts';
import { ownDeeds } from '../rtmp/rtmp-activities.ts';
import type { RtmpDeeds, RtmpHost } from '../rtmp/rtmp-activity.ts';
import { openRecording } from './recorded-playing.ts';
import type { RecordingLibrary } from './recording-library.ts';
import { RtmpRecordedPlay } from './rtmp-recorded-play.ts';

/** Plays of recordings among those of streams, which are kept here. */
export function recordedDeeds(library: RecordingLibrary): RtmpDeeds {
  return {
    publish: ownDeeds.publish,
    play: (others, messageStreamId, name, args) =>
      isOfRecording('', name)
        ? new RtmpRecordedPlay(others, messageStreamId, name, args, library)
        : ownDeeds.play(others, messageStreamId, name, args),
    length: (host, transactionId, streamName) => {
      if (!isOfRecording(host.app, streamName)) return false;
      tellLength(host, transactionId, streamName, library);
      return true;
    },
  };
}

function isOfRecording(app: string, streamName: string): boolean {
  try {
    return parseStreamKey(app, streamName).some(({ key }) => isRecordingKey(key));
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** Answers getStreamLength in seconds; 0 to whoever may not play it, as where there is none. */
function tellLength(
  host: RtmpHost,
  transactionId: number,
  streamName: string,
  library: RecordingLibrary,
): void {
  const { app, credentials } = host;
  const answer = (lengthMs: number): void => host.dialogue.answerCall(transactionId, lengthMs / 1000);
  const wish = { readings: parseStreamKey(app, streamName), credentials, path: [], origin: undefined };
  host.hold();
  new Inquiry(
    host,
    {
      async onGranted(grant: Grant, signal: AbortSignal) {
        grant.release();
        const found = await openRecording(library, grant.key, 'FLV', host);
        if (!signal.aborted && host.isOpen) answer('recording' in found ? found.recording.durationMs : 0);
        return undefined;
      },
      onDenied: () => answer(0),
      onMissed: () => host.destroy(),
    },
    'playback',
    wish,
    'look',
  );
}
