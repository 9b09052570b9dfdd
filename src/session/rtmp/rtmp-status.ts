import { type AmfValue, amfObject } from '../../protocol/amf/amf-value.ts';
import { type Status, StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import type { RecordingState } from '../../stream/source.ts';
import type { Challenge, Refusal } from '../access.ts';
import type { PlayEnd } from '../playing.ts';
import type { PublicationEnd } from '../publishing.ts';

/** Refusals that mean that there is no such stream, rather than that it may not be played. */
const unknownStream: ReadonlySet<string> = new Set(['key', 'no-source', 'not-found']);

/** What a client hears that may not play. */
export function playDenial(denial: Refusal | Challenge): Status {
  const isUnknown = 'refused' in denial && unknownStream.has(denial.refused);
  const code = isUnknown ? StatusCode.playStreamNotFound : StatusCode.playFailed;
  return { ...failure(code, denial.description), more: redirection(denial) };
}

/** What a client hears that may not publish. */
export function publishDenial(denial: Refusal | Challenge): Status {
  const isConflict = 'refused' in denial && denial.refused === 'conflict';
  const code = isConflict ? StatusCode.publishBadName : StatusCode.publishDenied;
  return { ...failure(code, denial.description), more: redirection(denial) };
}

/** What a player hears whose play is over. */
export function playEnding(end: PlayEnd, sentence: string): Status {
  switch (end) {
    case 'not-found':
      return failure(StatusCode.playStreamNotFound, sentence);
    case 'format':
    case 'kicked':
    case 'revoked':
      return failure(StatusCode.playFailed, sentence);
    case 'ended':
    case 'shutdown':
    case 'stalled':
      return { level: 'status', code: StatusCode.playUnpublishNotify, description: sentence };
    default:
      return end satisfies never;
  }
}

/** What a publisher hears whose publication is over. */
export function publicationEnding(end: PublicationEnd, sentence: string): Status {
  const codes = {
    kicked: StatusCode.publishDenied,
    replaced: StatusCode.publishBadName,
    revoked: StatusCode.publishDenied,
    shutdown: StatusCode.publishFailed,
  };
  return failure(codes[end], sentence);
}

/** What a publisher hears of the recording that it has wished for: it is live all the same. */
export function recordingStatus(state: RecordingState | 'denied', description: string): Status {
  switch (state) {
    case 'started':
      return { level: 'status', code: StatusCode.recordStart, description };
    case 'stopped':
      return { level: 'status', code: StatusCode.recordStop, description };
    case 'denied':
      return failure(StatusCode.recordNoAccess, description);
    case 'failed':
      return failure(StatusCode.recordFailed, description);
    default:
      return state satisfies never;
  }
}

/** What a client is told besides that is to connect elsewhere. */
export function redirection(denial: Refusal | Challenge): Record<string, AmfValue> {
  const redirect = 'redirect' in denial ? denial.redirect : undefined;
  return redirect === undefined ? {} : { ex: amfObject({ code: 302, redirect }) };
}

function failure(code: StatusCode, description: string): Status {
  return { level: 'error', code, description };
}
