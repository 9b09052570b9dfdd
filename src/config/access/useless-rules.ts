import { KeyPattern } from '../key-pattern.ts';
import { ownValue, type SettingPath } from '../setting-schema.ts';

/** Something in the rules that can never have an effect, and its place among them. */
export interface UselessPart {
  readonly path: SettingPath;
  readonly problem: string;
}

/** Finds verbs of rules that earlier rules decide for all of their keys. @param rules - perhaps with faults */
export function uselessRules(rules: readonly unknown[]): readonly UselessPart[] {
  const earlier = new Map<string, KeyPattern[]>();
  return rules.flatMap((rule, index) => {
    const match = ownValue(rule, 'match') ?? '**';
    const verbs = ownValue(rule, 'verbs');
    if (typeof match !== 'string' || KeyPattern.problem(match) !== undefined || !Array.isArray(verbs))
      return [];
    const taken = verbs.map((verb: unknown) => earlier.get(String(verb)) ?? []);
    const hidden = verbs.flatMap((verb: unknown, at): UselessPart[] => {
      const pattern = new KeyPattern(verb === 'operate' ? '**' : match);
      const before = earlier.get(String(verb)) ?? [];
      earlier.set(String(verb), [...before, pattern]);
      if (!pattern.isCoveredBy(before)) return [];
      const what = verb === 'operate' ? 'to operate' : `to ${String(verb)} ${match}`;
      return [
        { path: [index, 'verbs', at], problem: `this never applies: earlier rules decide who is ${what}` },
      ];
    });
    return [...hidden, ...foreignStreams(rule, new KeyPattern(match), taken, [index, 'require'])];
  });
}

/**
 * A secret stream key is looked for by the rule that decides about the stream that it stands for.
 * @param taken - patterns of earlier rules, for each verb of this one
 */
function foreignStreams(
  rule: unknown,
  pattern: KeyPattern,
  taken: readonly (readonly KeyPattern[])[],
  path: SettingPath,
): readonly UselessPart[] {
  const required = ownValue(rule, 'require');
  if (!Array.isArray(required)) return [];
  const problemOf = (stream: string): string | undefined => {
    if (!pattern.matches(stream)) return `match of the rule is ${pattern.pattern}`;
    const isTaken = taken.every((patterns) => patterns.some((earlier) => earlier.matches(stream)));
    return isTaken ? `earlier rules decide about ${stream}` : undefined;
  };
  return required.flatMap((requirement: unknown, index) =>
    Object.keys(Object(ownValue(requirement, 'streamKeys'))).flatMap((stream) => {
      const problem = problemOf(stream);
      if (problem === undefined) return [];
      return { path: [...path, index, 'streamKeys', stream], problem: `this never applies: ${problem}` };
    }),
  );
}
