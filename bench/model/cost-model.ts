/** What a relay did in one second while it was measured, and what that took. */
export interface Work {
  /** Messages of media that came in. */
  readonly messages: number;
  /** Batches that were made and sent, each to one cohort of players of a stream. */
  readonly flushes: number;
  /** Writes of a batch to a player. */
  readonly writes: number;
  /** Bytes to all players, in the clear and within TLS. */
  readonly plainBytes: number;
  readonly tlsBytes: number;
}

/** What each of it costs: seconds of CPU time. */
export type Costs = Readonly<Record<keyof Work, number>>;

/** Work that was measured. */
export interface MeasuredWork {
  readonly name: string;
  readonly work: Work;
  /** CPU time in a second, seconds. */
  readonly core: number;
}

export const kindsOfWork: readonly (keyof Work)[] = Object.freeze([
  'messages',
  'flushes',
  'writes',
  'plainBytes',
  'tlsBytes',
]);

const SWEEPS = 20_000;

/**
 * The costs that explain what was measured best: least squares of the relative errors, with no cost below nothing. Solved by
 * coordinate descent: each cost in turn is made the best one beside the others, which converges since the error is convex.
 */
export function fitCosts(measured: readonly MeasuredWork[]): Costs {
  const costs: Record<keyof Work, number> = {
    messages: 0,
    flushes: 0,
    writes: 0,
    plainBytes: 0,
    tlsBytes: 0,
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const kind of kindsOfWork) {
      let [product, square] = [0, 0];
      for (const { work, core } of measured) {
        const share = work[kind] / core;
        const missing = 1 - (coreOf(work, costs) - work[kind] * costs[kind]) / core;
        product += share * missing;
        square += share * share;
      }
      costs[kind] = square === 0 ? 0 : Math.max(0, product / square);
    }
  }
  return costs;
}

/** What work takes, seconds of CPU time in a second. */
export function coreOf(work: Work, costs: Costs): number {
  return kindsOfWork.reduce((sum, kind) => sum + work[kind] * costs[kind], 0);
}

/** By how much the costs of all other points miss each point, as a part of what was measured there. */
export function errorsLeftOut(measured: readonly MeasuredWork[]): number[] {
  return measured.map(({ work, core }, index) => {
    const costs = fitCosts(measured.filter((_, other) => other !== index));
    return coreOf(work, costs) / core - 1;
  });
}
