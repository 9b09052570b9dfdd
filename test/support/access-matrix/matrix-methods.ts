import { certificate } from './certificate-method.ts';
import { hook } from './hook-method.ts';
import { keyMethod, secretStreamKey } from './key-methods.ts';
import type { Method } from './method.ts';
import { login, passwordInUrl } from './password-methods.ts';
import { jsonWebToken, signed } from './token-methods.ts';

/** All ways to prove that one may. */
export const methods: readonly Method[] = [
  keyMethod,
  secretStreamKey,
  signed,
  jsonWebToken,
  passwordInUrl,
  login,
  certificate,
  hook,
];
