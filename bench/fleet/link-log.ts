import { Latest } from '../../src/latest.ts';
import type { Log, LoggedWarning } from '../../src/log.ts';

/** The log of simulated relays: it keeps only when one has found its house, or tried in vain. */
export class LinkLog implements Log {
  readonly warnings: Latest<LoggedWarning> = new Latest(1);
  /** Milliseconds of `performance.now()`. */
  linked: number[] = [];
  missed: number[] = [];

  debug(event: string, text: string): void {
    if (event === 'house' && text.startsWith('cannot link')) this.missed.push(performance.now());
  }

  info(event: string): void {
    if (event === 'house') this.linked.push(performance.now());
  }

  warn(event: string, text: string): void {
    this.debug(event, text);
  }

  error(_event: string, text: string): void {
    console.error(text);
  }

  write(): void {}

  with(): Log {
    return this;
  }

  of(): Log {
    return this;
  }

  leftOut(): [] {
    return [];
  }

  lostLines(): number {
    return 0;
  }

  configure(): void {}

  setLevel(): void {}

  catchUp(): void {}
}
