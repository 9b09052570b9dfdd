import type { CtlCall } from '../ctl-call.ts';
import { line } from '../terminal/line.ts';

/** Writes the settings that hold now, as JSON in any case: a config file is JSON, too. */
export async function showConfig({ client, output, isJson }: CtlCall): Promise<void> {
  const config = await client.get<unknown>('config');
  if (isJson) output.json(config);
  else
    output.lines(
      JSON.stringify(config, null, 2)
        .split('\n')
        .map((text) => line(text)),
    );
}
