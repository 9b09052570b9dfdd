import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { keyOfDigest } from '../../../credentials/key-hash.ts';
import { saltedRelayKey } from '../../../credentials/relay-key.ts';
import type { FailedAttempts } from '../../access/credentials/failed-attempts.ts';
import { ChangeRefused } from '../../admin/relay-changes.ts';
import { decided } from '../deciding/fleet-decisions.ts';
import type { Roster } from '../roster/roster.ts';
import type { Decisions, HouseStore, Invitation } from '../store/house-store.ts';
import { invitationOf, invitationTokenHash, newInvitationToken } from './invitation-token.ts';

/** A token can be used for so long, milliseconds. */
export const INVITATION_MS = 3_600_000;

/** What provisioning needs. */
export interface ProvisioningParts {
  readonly roster: Pick<Roster, 'entries'>;
  readonly store: HouseStore;
  /** Wrong tokens count as other wrong credentials do. */
  readonly failures: FailedAttempts;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** A relay that is invited: its token is told this once. */
export interface GivenInvitation {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** How relays come to the fleet that nobody has written into the roster's file. What cannot be done throws {@link ChangeRefused}. */
export class Provisioning {
  readonly #parts: ProvisioningParts;

  constructor(parts: ProvisioningParts) {
    this.#parts = parts;
  }

  /** Invites a relay, of which everything is fixed but its key; a former invitation of the same relay can be used no more. */
  async invite(entry: RosterEntry): Promise<GivenInvitation> {
    const { roster } = this.#parts;
    const now = this.#parts.wallMs();
    const token = newInvitationToken();
    const invitation = {
      entry: { ...entry, key: null },
      tokenHash: invitationTokenHash(token),
      until: now + INVITATION_MS,
    };
    await this.#decide((decisions) => {
      const { id } = entry;
      if (roster.entries.has(id) || isProvisioned(decisions, id))
        throw new ChangeRefused('conflict', `there is a relay ${id} already`);
      if (entry.parent !== null && !roster.entries.has(entry.parent))
        throw new ChangeRefused('bad-request', `parent: there is no relay ${entry.parent}`);
      const others = openInvitations(decisions, now).filter((one) => one.entry.id !== id);
      return { ...decisions, invitations: [...others, invitation] };
    });
    return { token, until: invitation.until };
  }

  /** Those that can be used still. */
  invitations(): readonly Invitation[] {
    return openInvitations(this.#parts.store.decisions, this.#parts.wallMs());
  }

  /** The invitation of a relay can be used no more. */
  async withdraw(id: string): Promise<void> {
    await this.#decide((decisions) => {
      const rest = decisions.invitations.filter(({ entry }) => entry.id !== id);
      if (rest.length === decisions.invitations.length)
        throw new ChangeRefused('not-found', `there is no invitation of a relay ${id}`);
      return { ...decisions, invitations: rest };
    });
  }

  /**
   * A relay makes itself known by its token: once, and of two at once one. Until it is approved it gets nothing.
   * @param keyDigest - SHA-256 of its key, 64 hexadecimal digits
   * @param address - where it asks from, normalized
   * @returns its id
   */
  async provision(token: string, keyDigest: string, address: string): Promise<string> {
    const { failures, roster } = this.#parts;
    if (failures.isBlocked(address)) throw new ChangeRefused('too-many', TOO_MANY_WRONG);
    const tokenHash = invitationTokenHash(token);
    let id = '';
    const take = (decisions: Decisions): Decisions => {
      const invitation = invitationOf(decisions.invitations, tokenHash, this.#parts.wallMs());
      if (invitation === undefined) throw new ChangeRefused('forbidden', UNKNOWN_TOKEN);
      id = invitation.entry.id;
      if (roster.entries.has(id) || isProvisioned(decisions, id))
        throw new ChangeRefused('conflict', `there is a relay ${id} already`);
      const entry = { ...invitation.entry, key: saltedRelayKey(keyOfDigest(keyDigest)) };
      return {
        ...decisions,
        invitations: decisions.invitations.filter((one) => one !== invitation),
        provisioned: [...decisions.provisioned, { entry, isApproved: false }],
      };
    };
    try {
      take(this.#parts.store.decisions); // whoever guesses does not keep the store busy
      await this.#decide(take);
    } catch (error) {
      if (error instanceof ChangeRefused && error.why === 'forbidden') failures.note(address);
      throw error;
    }
    return id;
  }

  /** A relay that has made itself known belongs to the fleet from now on. Once more does no harm. */
  async approve(id: string): Promise<void> {
    await this.#decide((decisions) => {
      if (!isProvisioned(decisions, id))
        throw new ChangeRefused('not-found', `no relay ${id} waits for approval`);
      const provisioned = decisions.provisioned.map((one) =>
        one.entry.id === id ? { ...one, isApproved: true } : one,
      );
      return { ...decisions, provisioned };
    });
  }

  /** A relay that has come so, approved or not, belongs to the fleet no more. */
  async remove(id: string): Promise<void> {
    await this.#decide((decisions) => {
      if (!isProvisioned(decisions, id))
        throw this.#parts.roster.entries.has(id)
          ? new ChangeRefused('conflict', `the relay ${id} is in the roster's file: take it out there`)
          : new ChangeRefused('not-found', `there is no relay ${id}`);
      const child = this.#childOf(id, decisions);
      if (child !== undefined)
        throw new ChangeRefused(
          'conflict',
          `the relay ${child} pulls from ${id}: give it another parent first`,
        );
      const { [id]: _, ...routes } = decisions.routes;
      return {
        ...decisions,
        routes,
        provisioned: decisions.provisioned.filter(({ entry }) => entry.id !== id),
        draining: decisions.draining.filter((relay) => relay !== id),
      };
    });
  }

  /** A relay whose parent is this one because somebody has written so. */
  #childOf(id: string, { routes, provisioned }: Decisions): string | undefined {
    const invited = provisioned.map(({ entry }) => entry);
    const all = [...this.#parts.roster.entries.values(), ...invited];
    return all.find((entry) => entry.parent === id && !Object.hasOwn(routes, entry.id))?.id;
  }

  #decide(by: (decisions: Decisions) => Decisions): Promise<void> {
    return decided(this.#parts.store, by);
  }
}

const UNKNOWN_TOKEN = 'this token is not known here, has been used, or is too old';

const TOO_MANY_WRONG = 'too many wrong tokens or the like came from your address: try again in a while';

function openInvitations({ invitations }: Decisions, now: number): readonly Invitation[] {
  return invitations.filter(({ until }) => until > now);
}

function isProvisioned({ provisioned }: Decisions, id: string): boolean {
  return provisioned.some(({ entry }) => entry.id === id);
}
