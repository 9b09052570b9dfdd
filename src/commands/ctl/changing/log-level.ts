import type { CtlCall } from '../ctl-call.ts';
import { line } from '../terminal/line.ts';

/** Writes what the log shows, or changes it until the next reload. */
export async function logLevel(
  { client, output, isJson }: CtlCall,
  level: string | undefined,
): Promise<void> {
  const answer =
    level === undefined
      ? await client.get<{ readonly level: string }>('log-level')
      : await client.change<{ readonly level: string }>('PUT', 'log-level', {}, { level });
  if (isJson) output.json(answer);
  else output.lines([line(answer.level)]);
}
