import { type AmfObject, type AmfValue, amfObject } from '../../amf/amf-value.ts';

/**
 * Codes of onStatus, `_result` and `_error` information objects. PathNotify is our own: relays tell each other by it.
 * @see RTMP 1.0 section 7.2; Enhanced RTMP v2 for ReconnectRequest
 */
export const StatusCode = {
  connectSuccess: 'NetConnection.Connect.Success',
  connectRejected: 'NetConnection.Connect.Rejected',
  connectClosed: 'NetConnection.Connect.Closed',
  callFailed: 'NetConnection.Call.Failed',
  reconnectRequest: 'NetConnection.Connect.ReconnectRequest',
  publishStart: 'NetStream.Publish.Start',
  publishBadName: 'NetStream.Publish.BadName',
  publishDenied: 'NetStream.Publish.Denied',
  publishFailed: 'NetStream.Publish.Failed',
  recordStart: 'NetStream.Record.Start',
  recordStop: 'NetStream.Record.Stop',
  recordNoAccess: 'NetStream.Record.NoAccess',
  recordFailed: 'NetStream.Record.Failed',
  unpublishSuccess: 'NetStream.Unpublish.Success',
  playReset: 'NetStream.Play.Reset',
  playStart: 'NetStream.Play.Start',
  playStop: 'NetStream.Play.Stop',
  playComplete: 'NetStream.Play.Complete',
  dataStart: 'NetStream.Data.Start',
  playPathNotify: 'NetStream.Play.PathNotify',
  playFailed: 'NetStream.Play.Failed',
  playStreamNotFound: 'NetStream.Play.StreamNotFound',
  playUnpublishNotify: 'NetStream.Play.UnpublishNotify',
  pauseNotify: 'NetStream.Pause.Notify',
  unpauseNotify: 'NetStream.Unpause.Notify',
  seekNotify: 'NetStream.Seek.Notify',
  seekInvalidTime: 'NetStream.Seek.InvalidTime',
  seekFailed: 'NetStream.Seek.Failed',
  sharedObjectCreationFailed: 'SharedObject.ObjectCreationFailed',
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** Says what happened and, in a sentence, why. */
export interface Status {
  readonly level: 'status' | 'error';
  /** Usually a {@link StatusCode}. */
  readonly code: string;
  readonly description: string;
  /** What else the information object holds. */
  readonly more?: Readonly<Record<string, AmfValue>>;
}

/** The information object that carries a status; `more` adds properties or replaces some. */
export function statusObject(status: Status, more: Record<string, AmfValue> = {}): AmfObject {
  const { level, code, description } = status;
  return amfObject({ level, code, description, ...status.more, ...more });
}
