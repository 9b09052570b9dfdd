import { PlainError } from '../../errors.ts';
import { printable } from '../../log.ts';

/** The relay was not reached, or has refused; the message is a sentence that says what to do, without anything that could paint a terminal. */
export class CtlFailure extends PlainError {
  override readonly name = 'CtlFailure';

  constructor(message: string) {
    const lines = message.split('\n').map((line) => printable(line, Number.MAX_SAFE_INTEGER));
    super(lines.join('\n'));
  }
}
