import type { Grant } from '../../../session/access.ts';

/** Where somebody is sent. */
export interface Destination {
  readonly relay: string;
  /** With all that lets in there: nothing of its query is for the log. */
  readonly url: string;
  /** How long it may be used to begin, milliseconds. */
  readonly expiresInMs: number;
}

/** A yes to a client whose connection the house brings to a relay. */
export interface BroughtGrant extends Grant {
  readonly destination: Destination;
}

/** Whether a grant says where the client is to be brought. */
export function isBrought(grant: Grant): grant is BroughtGrant {
  return 'destination' in grant;
}
