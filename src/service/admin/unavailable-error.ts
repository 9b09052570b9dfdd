/** What was asked for cannot be said or done now; the message is a sentence for people. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}
