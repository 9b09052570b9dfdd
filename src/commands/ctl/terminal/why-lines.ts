import { type Line, line, type Tone } from './line.ts';
import { wrapText } from './wrap-text.ts';

/** What was found out, and one sentence. */
interface Explained {
  readonly verdict: string;
  readonly findings: readonly {
    readonly about: string;
    readonly ok: boolean | null;
    readonly text: string;
  }[];
}

/** An explanation for people. @param width - columns */
export function whyLines({ verdict, findings }: Explained, width: number): readonly Line[] {
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
