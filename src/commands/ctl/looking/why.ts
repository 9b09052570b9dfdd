import type { StreamExplanation } from '../../../service/admin/relay-status.ts';
import type { CtlCall } from '../ctl-call.ts';
import { type Line, line, type Tone } from '../terminal/line.ts';
import { wrapText } from '../terminal/wrap-text.ts';

/** Writes what has become of a stream key: which entry and rule it has, where it comes from, why nobody sees it. */
export async function showWhy({ client, output, isJson }: CtlCall, key: string): Promise<void> {
  const answer = await client.get<StreamExplanation>('why', { stream: key });
  if (isJson) output.json(answer);
  else output.lines(whyLines(answer, output.width));
}

/** An explanation for people. @param width - columns */
export function whyLines({ verdict, findings }: StreamExplanation, width: number): readonly Line[] {
  const abouts = Math.max(0, ...findings.map(({ about }) => about.length));
  const indent = abouts + 4;
  return [
    ...wrapText(verdict, width).map((text) => line([text, 'heading'])),
    ...findings.flatMap(({ about, ok, text }) => {
      const [sign, tone] = signOf(ok);
      return wrapText(text, width - indent).map((part, index) =>
        index === 0
          ? line([sign, tone], ' ', [about.padEnd(abouts + 2), 'quiet'], part)
          : line(' '.repeat(indent), part),
      );
    }),
  ];
}

function signOf(ok: boolean | null): readonly [string, Tone] {
  if (ok === null) return ['·', 'quiet'];
  return ok ? ['✓', 'good'] : ['✗', 'bad'];
}
