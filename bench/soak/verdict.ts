import { type FigureName, figureNames, figures, type Sample } from './figures.ts';
import { type Trend, trendOf } from './trend.ts';

/** Whether a figure grows by what matters, does not, or cannot be told. */
export type Judgement = 'grows' | 'holds' | 'unclear';

/** What was found of one figure of one relay. */
export interface Verdict {
  readonly figure: FigureName;
  readonly first: number;
  readonly last: number;
  /** In units of the figure per hour; undefined where there are too few samples. */
  readonly trend: Trend | undefined;
  /** Growth in the time that is judged that would count. */
  readonly matters: number;
  readonly judgement: Judgement;
}

/** Judges each figure by its trend. @param samples - those after the warm-up, in order */
export function judge(samples: readonly Sample[]): readonly Verdict[] {
  return figureNames.map((figure) => {
    const points = samples.map(({ hours, figures: own }) => ({ x: hours, y: own[figure] }));
    const [first = Number.NaN, last = first] = [points[0]?.y, points.at(-1)?.y];
    const trend = trendOf(points);
    const { share, least } = figures[figure].matters;
    const matters = Math.max(least, share * first);
    const spanHours = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0);
    return { figure, first, last, trend, matters, judgement: judgementOf(trend, spanHours, matters) };
  });
}

/** It grows where even the least that the interval allows matters, and holds where even the most does not. */
function judgementOf(trend: Trend | undefined, spanHours: number, matters: number): Judgement {
  if (trend === undefined) return 'unclear';
  if (trend.low * spanHours >= matters) return 'grows';
  return trend.high * spanHours < matters ? 'holds' : 'unclear';
}
