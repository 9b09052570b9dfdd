/** The relay was not reached, or has refused; the message is a sentence that says what to do. */
export class CtlFailure extends Error {
  override readonly name = 'CtlFailure';
}
