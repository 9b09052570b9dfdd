import type { Broadcast } from '../../../stream/broadcast.ts';
import type { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import { SwitchPoint } from '../../../stream/claims/switch-point.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { PullLink } from './pull-link.ts';

/** A preferred upstream that is back must send for this long before it is trusted, milliseconds. */
const PROOF_MS = 2000;

/** One that has not shown by then that it brings the same programme takes over at its next keyframe, milliseconds. */
const SAME_PROGRAMME_MS = 1000;

/** One that brings the same programme may be this far behind what the stream has, milliseconds: players wait for so long. */
const MAX_LAG_MS = 1000;

/** Why another link is looked for while one flows. `move`: the server asks to be left. `preferred`: a better one may be back. */
export type CandidateReason = 'move' | 'preferred';

/** A link that takes over from the current one as soon as it may. */
export class Candidate {
  readonly link: PullLink;
  readonly reason: CandidateReason;
  readonly at: SwitchPoint;
  /** Whether a decoder could begin at its last frame. */
  #mayBegin = false;
  /** Whether it goes on where the stream was when it was opened; undefined before its first coded frame. */
  #goesOn: boolean | undefined;

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

  /** Takes its next frame. @param stream - as the current link has brought it so far, if it has */
  take(frame: Frame, stream: Pick<Broadcast, 'lagOf'> | undefined): void {
    const isFirst = this.#goesOn === undefined && frame.role === 'coded';
    if (isFirst) this.#goesOn = stream?.lagOf(frame) !== undefined;
    if (this.#goesOn && !isFirst && !this.at.hasGroup) this.#goesOn = false; // too much has come: what is kept begins anew
    this.#mayBegin = this.at.take(frame, this.#goesOn === true ? isFirst : undefined);
    if (this.#goesOn) this.#mayBegin = frame.role === 'coded' && frame.isKeyframe;
  }

  /** Whether it takes over from the link that brings the stream. */
  mayTakeOver(stream: Pick<Broadcast, 'lagOf'> | undefined): boolean {
    const { flowingMs } = this.link;
    const proofMs = this.reason === 'preferred' ? PROOF_MS : 0;
    if (!this.link.isFlowing || flowingMs < proofMs) return false;
    const lagMs = this.at.ends && stream?.lagOf(...this.at.ends);
    const isSame = lagMs !== undefined && lagMs <= MAX_LAG_MS;
    return isSame || (this.#mayBegin && flowingMs >= proofMs + SAME_PROGRAMME_MS);
  }
}
