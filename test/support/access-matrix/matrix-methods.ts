import { certificate } from './certificate-method.ts';
import { hook } from './hook-method.ts';
import { keyMethod, secretStreamKey } from './key-methods.ts';
import type { Method } from './method.ts';
import { signed } from './token-methods.ts';

/** All ways to prove that one may. */
export const methods: readonly Method[] = [keyMethod, secretStreamKey, signed, certificate, hook];
