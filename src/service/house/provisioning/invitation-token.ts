import { hash, randomBytes } from 'node:crypto';
import { isSameSecret } from '../../../credentials/constant-time.ts';
import type { Invitation } from '../store/house-store.ts';

/** A new token, which nobody can guess: base64url of 32 bytes. */
export function newInvitationToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token. */
export function invitationTokenHash(token: string): string {
  return hash('sha256', token);
}

/** The invitation of a token that can be used still; each is looked at, whichever it is. @param now - milliseconds since 1970 */
export function invitationOf(
  invitations: readonly Invitation[],
  tokenHash: string,
  now: number,
): Invitation | undefined {
  const found = invitations.filter((invitation) => isSameSecret(invitation.tokenHash, tokenHash));
  return found.find(({ until }) => until > now);
}
