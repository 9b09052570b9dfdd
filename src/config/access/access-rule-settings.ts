import { z } from 'zod';
import { originProblem } from '../http-settings.ts';
import { KeyPattern } from '../key-pattern.ts';
import { checkedString, settings } from '../setting-schema.ts';
import { networks } from './network-settings.ts';
import { type Requirement, requirement } from './requirements.ts';
import { uselessRules } from './useless-rules.ts';

/**
 * What a rule can be about: `record` is to have what one publishes recorded, `playback` to play recordings, whose keys its pattern is about;
 * `relay` is to be believed as a relay, `operate` to use the admin listener beyond metrics and health.
 */
export const ruleVerbs = ['publish', 'play', 'record', 'playback', 'relay', 'operate'] as const;

/** One of {@link ruleVerbs}. */
export type RuleVerb = (typeof ruleVerbs)[number];

/** Who may do what with which streams. The first rule whose pattern and verb match decides alone. */
export interface AccessRuleSettings {
  /** Pattern of stream keys, as in `streams`; default: all. A rule to `operate` is about no stream. */
  readonly match: string;
  readonly verbs: readonly RuleVerb[];
  /** From where, in CIDR notation; null (default): from anywhere. */
  readonly networks: readonly string[] | null;
  /** From where not, whatever `networks` says; default: nowhere. */
  readonly deny: readonly string[];
  /** Pages of which origins, such as `https://example.com`: the Origin, else the Referer; null (default): any. Who is no page is not meant. */
  readonly origins: readonly string[] | null;
  /** What has to be shown: one of these is enough; default: nothing. */
  readonly require: readonly Requirement[];
}

/** Schema of `access.rules`. */
export const accessRuleSettings: z.ZodType<readonly AccessRuleSettings[]> = z
  .array(
    settings<AccessRuleSettings>({
      match: checkedString(KeyPattern.problem, 'pattern of stream keys').default('**'),
      verbs: z.array(z.enum(ruleVerbs)).min(1),
      networks: networks.nullable().default(null),
      deny: networks.default([]),
      origins: z.array(checkedString(originProblem, 'origin')).nullable().default(null),
      require: z.array(requirement).default([]),
    }),
  )
  .superRefine(tellUseless, { when: ({ value }) => Array.isArray(value) })
  .default([]);

function tellUseless(rules: readonly unknown[], context: z.core.$RefinementCtx): void {
  for (const { path, problem } of uselessRules(rules))
    context.addIssue({ code: 'custom', path: [...path], message: problem });
}
