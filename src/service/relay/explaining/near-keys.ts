import { nearestNames } from '../../../config/sources/near-names.ts';

/** Longer keys are not compared letter by letter: what that takes grows with the square. */
const MAX_LENGTH = 64;

/** So many streams are compared at most. */
const MAX_COMPARED = 500;

/** So many are named. */
const MAX_NAMED = 3;

/** Live streams that somebody may mean who asks for one that is not there: another app, or letters that are wrong. */
export function nearKeys(key: string, live: readonly string[]): readonly string[] {
  const others = live.filter((one) => one !== key && one.length <= MAX_LENGTH);
  const sameName = others.filter((one) => nameOf(one) === nameOf(key)).slice(0, MAX_NAMED);
  if (sameName.length > 0 || key.length > MAX_LENGTH) return sameName;
  const known = others.slice(0, MAX_COMPARED).map((one) => [one] as const);
  return nearestNames(key, known)
    .map(([one]) => one)
    .slice(0, MAX_NAMED);
}

/** The last segment, which is what a stream is called in its app. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
