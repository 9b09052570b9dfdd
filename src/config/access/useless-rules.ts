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
    return [...hidden, ...foreignStreams(rule, new KeyPattern(match), [index, 'require'])];
  });
}

/** A secret stream key is looked for by the rule that is about the stream that it stands for. */
function foreignStreams(rule: unknown, pattern: KeyPattern, path: SettingPath): readonly UselessPart[] {
  const required = ownValue(rule, 'require');
  if (!Array.isArray(required)) return [];
  return required.flatMap((requirement: unknown, index) => {
    const streams = Object.keys(Object(ownValue(requirement, 'streamKeys')));
    return streams
      .filter((stream) => !pattern.matches(stream))
      .map((stream) => ({
        path: [...path, index, 'streamKeys', stream],
        problem: `this never applies: match of the rule is ${pattern.pattern}`,
      }));
  });
}
