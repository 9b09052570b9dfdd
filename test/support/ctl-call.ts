import { AdminClient } from '../../src/commands/ctl/api/admin-client.ts';
import type { CtlCall } from '../../src/commands/ctl/ctl-call.ts';
import { plainText } from '../../src/commands/ctl/terminal/line.ts';
import type { Output } from '../../src/commands/ctl/terminal/output.ts';
import type { ScriptedApi } from './scripted-api.ts';

/** A command of `ctl` that need not wait, against a scripted relay, and what it has written. */
export interface RecordedCall extends CtlCall {
  /** Lines for people. */
  readonly written: string[];
  /** Values for programs. */
  readonly values: unknown[];
  /** What was said beside that. */
  readonly notes: string[];
  /** Nobody reads any more. */
  close(): void;
}

/** @param width - columns of the terminal, Infinity where it is none */
export function ctlCall(
  admin: ScriptedApi,
  {
    isJson = false,
    width = Number.POSITIVE_INFINITY,
  }: { readonly isJson?: boolean; readonly width?: number } = {},
): RecordedCall {
  const [written, values, notes]: [string[], unknown[], string[]] = [[], [], []];
  const closing = new AbortController();
  const output: Output = {
    width,
    isTerminal: false,
    closed: closing.signal,
    lines: (lines) => written.push(...plainText(lines)),
    note: (text) => notes.push(text),
    progress: (line) => written.push(...plainText([line])),
    json: (value) => values.push(value),
  };
  return {
    client: new AdminClient({ by: 'socket', paths: [admin.socket] }),
    output,
    isJson,
    pause: async () => {},
    written,
    values,
    notes,
    close: () => closing.abort(),
  };
}
