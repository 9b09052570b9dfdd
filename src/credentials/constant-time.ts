import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Known to this thread alone: nobody can choose what comes of a hash with it. */
const blindingKey = randomBytes(32);

/**
 * What a secret is compared and looked up by: equal for equal secrets, and so hidden that how long a comparison takes says nothing of
 * them, neither their length nor how much of a guess is right. Of use in this thread only.
 */
export function blinded(secret: string | Uint8Array): string {
  return createHmac('sha256', blindingKey).update(secret).digest('base64');
}

/** Whether two secrets are equal, in a time that says nothing of them. */
export function isSameSecret(one: string | Uint8Array, other: string | Uint8Array): boolean {
  return timingSafeEqual(Buffer.from(blinded(one)), Buffer.from(blinded(other)));
}
