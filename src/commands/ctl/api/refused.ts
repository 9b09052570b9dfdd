import { CtlFailure } from '../ctl-failure.ts';

/** A relay has answered that it does not do it; the message is its own, with what helps. */
export class Refused extends CtlFailure {
  /** Of the answer; 400 is wrong usage. */
  readonly status: number;
  /** The answer as it came; undefined where it is no JSON. */
  readonly answer: unknown;

  constructor(status: number, answer: unknown) {
    super(sentence(status, answer));
    this.status = status;
    this.answer = answer;
  }
}

function sentence(status: number, answer: unknown): string {
  const { error, message } = (answer ?? {}) as { readonly error?: unknown; readonly message?: unknown };
  if (typeof message !== 'string' || typeof error !== 'string')
    return `what answers there is no admin listener of a relay that knows this command (status ${status})`;
  if (status !== 401) return message;
  return `${message}; give a token with --token-file, or use the Unix socket on the relay's machine`;
}
