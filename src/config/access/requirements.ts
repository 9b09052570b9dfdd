import { z } from 'zod';
import { type CertificateRequirement, certificateRequirement } from './certificate-requirement.ts';
import { type JwtRequirement, jwtRequirement } from './jwt-requirement.ts';
import { type KeyRequirement, keyRequirement } from './key-requirement.ts';
import { type PasswordRequirement, passwordRequirement } from './password-requirement.ts';
import { type SignedRequirement, signedRequirement } from './signed-requirement.ts';

/** What somebody has to show: one entry of `require`. */
export type Requirement =
  | CertificateRequirement
  | JwtRequirement
  | KeyRequirement
  | PasswordRequirement
  | SignedRequirement;

/** Schema of one entry of `require`; each kind has a file of its own. */
export const requirement: z.ZodType<Requirement> = z.discriminatedUnion('type', [
  certificateRequirement,
  jwtRequirement,
  keyRequirement,
  signedRequirement,
  passwordRequirement,
]) as unknown as z.ZodType<Requirement>;
