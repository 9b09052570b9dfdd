import { KeyPattern } from '../../../config/key-pattern.ts';

const anySegments = '**';

/**
 * A pattern of the keys that two patterns have in common; undefined where there are none, or where no single pattern can say which
 * (`a*b/**` and `*c/**`): patterns that people write for publishers have none of those.
 */
export function commonPattern(one: string, other: string): string | undefined {
  if (covers(one, other)) return other;
  if (covers(other, one)) return one;
  const [longer, shorter] = [one.split('/'), other.split('/')].sort((a, b) => b.length - a.length);
  if (longer === undefined || shorter === undefined) return undefined;
  const [isLongerOpen, isShorterOpen] = [takeOpenEnd(longer), takeOpenEnd(shorter)];
  if (longer.includes(anySegments) || shorter.includes(anySegments)) return undefined;
  if (longer.length < shorter.length && !isLongerOpen) return undefined;
  if (longer.length > shorter.length && !isShorterOpen) return undefined;
  const length = Math.max(longer.length, shorter.length);
  const common = Array.from({ length }, (_, at) => commonSegment(longer[at], shorter[at]));
  if (common.includes(undefined)) return undefined;
  return [...common, ...(isLongerOpen && isShorterOpen ? [anySegments] : [])].join('/');
}

/** Whether the last segment stands for any number of them; takes it away. */
function takeOpenEnd(segments: string[]): boolean {
  if (segments.at(-1) !== anySegments) return false;
  segments.pop();
  return true;
}

/** @returns undefined where there is none */
function commonSegment(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (covers(one, other)) return other;
  return covers(other, one) ? one : undefined;
}

function covers(one: string, other: string): boolean {
  return new KeyPattern(other).isCoveredBy([new KeyPattern(one)]);
}
