import { z } from 'zod';
import { type Finding, findingTopics, type StreamExplanation } from '../../relay-status.ts';
import { facts } from './facts.ts';

const finding = facts<Finding>({
  about: z.enum(findingTopics),
  ok: z
    .boolean()
    .nullable()
    .describe('false where it keeps people from seeing the stream; null where that is not for it to say'),
  text: z.string().describe('for people'),
});

/** The schema of a {@link StreamExplanation}. */
export const explanationSchema: z.ZodType<StreamExplanation> = facts<StreamExplanation>({
  stream: z.string().describe('the stream key'),
  verdict: z.string().describe('one sentence: that it plays, or why it does not'),
  findings: z.array(finding),
});
