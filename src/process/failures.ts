/** How a command that cannot do what it is for says so, and ends. */
import { complain } from '../complaint.ts';
import { bugText, ConfigError, PlainError } from '../errors.ts';

/** 0 stopped as asked, 1 this machine is not ready, 2 wrong usage or config, and whatever a check finds. */
export const ExitCode = { stopped: 0, cannotRun: 1, wrongUsage: 2 } as const;

/** One of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code that says what went wrong. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof ConfigError ? ExitCode.wrongUsage : ExitCode.cannotRun;
}

/** Says on standard error why the command does not run. */
export function tellFailure(error: unknown): void {
  complain(error instanceof ConfigError ? 'config' : 'failed', failureText(error));
}

/** What went wrong, for people; where that is a fault of our own, where it was thrown. */
export function failureText(error: unknown): string {
  return error instanceof PlainError ? error.message : bugText(error);
}
