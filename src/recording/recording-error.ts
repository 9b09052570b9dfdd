/**
 * Why something cannot be had of a recording. `not-found`: there is none of that key. `damaged`: its bytes are not those that were written.
 * `unavailable`: the store cannot give it now, or never could. `timeout`: it has not answered in time.
 */
export type RecordingFault = 'not-found' | 'damaged' | 'unavailable' | 'timeout';

/** What was asked of a recording cannot be had; the message is for operators. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly code: RecordingFault;
  constructor(code: RecordingFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
