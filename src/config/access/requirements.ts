import { z } from 'zod';
import { type CertificateRequirement, certificateRequirement } from './certificate-requirement.ts';
import { type KeyRequirement, keyRequirement } from './key-requirement.ts';

/** What somebody has to show: one entry of `require`. */
export type Requirement = CertificateRequirement | KeyRequirement;

/** Schema of one entry of `require`; each kind has a file of its own. */
export const requirement: z.ZodType<Requirement> = z.discriminatedUnion('type', [
  certificateRequirement,
  keyRequirement,
]) as unknown as z.ZodType<Requirement>;
