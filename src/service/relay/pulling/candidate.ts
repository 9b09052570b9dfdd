import type { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import { type Position, SwitchPoint } from '../../../stream/claims/switch-point.ts';
import type { PullLink } from './pull-link.ts';

/** A preferred upstream that is back must send for this long before it is trusted, milliseconds. */
const PROOF_MS = 2000;

/** One that has not shown by then that it brings the same programme takes over at its next keyframe, milliseconds. */
const SAME_PROGRAMME_MS = 1000;

/** Why another link is looked for while one flows. `move`: the server asks to be left. `preferred`: a better one may be back. */
export type CandidateReason = 'move' | 'preferred';

/** A link that takes over from the current one as soon as it may. */
export class Candidate {
  readonly link: PullLink;
  readonly reason: CandidateReason;
  readonly at: SwitchPoint;

  /** @param budget - counts what is kept of it */
  constructor(link: PullLink, reason: CandidateReason, budget: CacheBudget) {
    this.link = link;
    this.reason = reason;
    this.at = new SwitchPoint(budget);
  }

  /** It is not wanted: leaves its server. */
  close(): void {
    this.link.close();
    this.at.clear();
  }

  /** Whether it takes over from a link that has brought the stream so far. @param mayBegin - at the candidate's last frame */
  mayTakeOver(position: Position | undefined, mayBegin: boolean): boolean {
    const { flowingMs } = this.link;
    const proofMs = this.reason === 'preferred' ? PROOF_MS : 0;
    if (!this.link.isFlowing || flowingMs < proofMs) return false;
    const isSame = position !== undefined && this.at.position.isBeside(position);
    return isSame || (mayBegin && flowingMs >= proofMs + SAME_PROGRAMME_MS);
  }
}
