import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a script finds out, and how it is told. */
export interface ReportedRun<Report> {
  /** Of the files that the report is written to, without their endings. */
  readonly name: string;
  /** The folder for them; without it the report is printed only. */
  readonly out: string | undefined;
  /** @param signal - ends it before its time, with a report of what was found until then */
  run(signal: AbortSignal): Promise<Report>;
  format(report: Report): string;
  isBroken(report: Report): boolean;
}

/** The options of a script; one that is wrong is told, and ends it with exit code 2. @param usage - is told as well */
export function optionsOrExit<Options>(read: () => Options, usage = ''): Options {
  try {
    return read();
  } catch (error) {
    console.error([(error as Error).message, usage].join('\n').trimEnd());
    process.exit(2);
  }
}

/** Runs, prints the report and writes it as Markdown and JSON; what is broken makes exit code 1. A second signal ends it at once. */
export async function reportRun<Report>({
  name,
  out,
  run,
  format,
  isBroken,
}: ReportedRun<Report>): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1); // all that it has started ends with it
      stopping.abort();
    });
  if (out !== undefined) mkdirSync(out, { recursive: true });
  const report = await run(stopping.signal);
  const text = format(report);
  console.log(text);
  if (out !== undefined) {
    writeFileSync(join(out, `${name}.md`), text);
    writeFileSync(join(out, `${name}.json`), `${JSON.stringify(report, undefined, 1)}\n`);
  }
  process.exitCode = isBroken(report) ? 1 : 0;
}
