import type { Session } from '../../../session/session.ts';
import type { BanCheck } from '../../access/bans/ban-ledger.ts';
import { type KickFilter, kickSessions, matchingSessions } from '../../access/kick.ts';

/**
 * The sessions of this house itself: those of RTMP clients that it brings to their relays. Where a relay is not told whom, only the
 * house knows by which address they come. Relays and operators, who do nothing with streams here, may come from the same address.
 */
export class BroughtSessions {
  readonly #sessions: () => Iterable<Session>;
  readonly #bans: BanCheck;

  constructor(sessions: () => Iterable<Session>, bans: BanCheck) {
    this.#sessions = sessions;
    this.#bans = bans;
  }

  /** Ends those that are meant, with a word for each. @returns how many */
  kick(filter: KickFilter, reason: string): number {
    const meant = matchingSessions(this.#brought(), filter);
    kickSessions(meant, reason);
    return meant.length;
  }

  /** Ends those of whoever is banned by now. */
  endBanned(): void {
    for (const session of this.#brought()) {
      const identities = [...session.activities()].map(({ identity }) => identity);
      const [objection] = identities.flatMap((one) => this.#bans.objectionTo(session.address, one) ?? []);
      if (objection !== undefined) kickSessions([session], objection.description);
    }
  }

  #brought(): Session[] {
    return [...this.#sessions()].filter((session) => !session.activities()[Symbol.iterator]().next().done);
  }
}
