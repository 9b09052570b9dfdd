import { Refused } from '../api/refused.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { line } from '../terminal/line.ts';

/** Has a relay read its configuration again, and writes which settings wait for a restart. */
export async function reload({ client, output, isJson }: CtlCall): Promise<void> {
  const answer = await client
    .change<{ readonly restartNeeded: readonly string[] }>('POST', 'reload')
    .catch((error: unknown) => {
      const faults = error instanceof Refused && !isJson ? faultsOf(error.answer) : [];
      if (faults.length === 0) throw error;
      throw new CtlFailure(
        ['the configuration cannot be used, and nothing has changed:', ...faults].join('\n'),
      );
    });
  if (isJson) {
    output.json(answer);
    return;
  }
  const { restartNeeded } = answer;
  output.lines([
    line(['the configuration was read again', 'good']),
    ...(restartNeeded.length === 0 ? [] : [line('changed, but waiting for a restart:')]),
    ...restartNeeded.map((setting) => line(`  ${setting}`)),
  ]);
}

function faultsOf(answer: unknown): readonly string[] {
  const { faults } = (answer ?? {}) as { readonly faults?: unknown };
  if (!Array.isArray(faults)) return [];
  return faults.map((fault: unknown) => {
    if (typeof fault === 'string') return fault;
    const { source, path, problem } = fault as Readonly<Record<string, unknown>>;
    return [source, path, problem].filter((part) => typeof part === 'string' && part !== '').join(': ');
  });
}
