import type { Random } from '../../test/support/swarm/random.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { linksOf, type RelayPlan, STUDIO } from './topology.ts';

/** A fault, before it happens. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** Name of a relay or a link. */
  readonly target: string;
  readonly forMs: number;
  /** Of packets that get lost, up to 1. */
  readonly share: number;
}

const SHORTEST_MS = 200;
const SHARES = [0.1, 0.3, 1];
/** How much more often what the stream comes by where nothing has happened is hit than what stands by. */
const MAIN_LINE_WEIGHT = 3;

/** Which faults happen to a chain: each kind equally often, in rounds. */
export class FaultPlan {
  readonly #random: Random;
  readonly #relays: readonly RelayPlan[];
  readonly #kinds: readonly FaultKind[];
  readonly #longestMs: number;
  #round: FaultKind[] = [];

  constructor(
    random: Random,
    relays: readonly RelayPlan[],
    { kinds, longestMs }: { readonly kinds: readonly FaultKind[]; readonly longestMs: number },
  ) {
    this.#random = random;
    this.#relays = relays;
    this.#kinds = kinds;
    this.#longestMs = longestMs;
  }

  /** The next fault. @param besides - one that happens at the same time, to something else */
  next(besides?: PlannedFault): PlannedFault {
    if (this.#round.length === 0) this.#round = this.#shuffled();
    const kind = this.#round.pop() as FaultKind;
    const targets = targetsOf(kind, this.#relays).filter(({ name }) => name !== besides?.target);
    const weights = targets.map(({ name, isMain }) => [name, isMain ? MAIN_LINE_WEIGHT : 1]);
    return {
      kind,
      target: this.#random.weighted(Object.fromEntries(weights)),
      forMs: this.#random.between(SHORTEST_MS, this.#longestMs),
      share: this.#random.oneOf(SHARES),
    };
  }

  #shuffled(): FaultKind[] {
    return this.#kinds
      .map((kind) => ({ kind, place: this.#random.next() }))
      .sort((one, other) => one.place - other.place)
      .map(({ kind }) => kind);
  }
}

/** What a kind of fault can happen to. */
function targetsOf(
  kind: FaultKind,
  relays: readonly RelayPlan[],
): { readonly name: string; readonly isMain: boolean }[] {
  const fault = faultKinds[kind];
  if (fault.at === 'relay')
    return relays
      .filter(({ name, isReplaceable }) => name !== STUDIO && (isReplaceable || !fault.endsRelay))
      .map(({ name }) => ({ name, isMain: !name.endsWith('b') }));
  return relays.flatMap((relay) =>
    linksOf(relay).map(({ name, lower }, at) => ({ name, isMain: at === 0 && !lower.endsWith('b') })),
  );
}

/** For people, and as `--script` takes it. */
export function describeFault({ kind, target, forMs, share }: PlannedFault): string {
  const parts = [kind, target, ...(kind === 'cut' ? [] : [forMs]), ...(kind === 'loss' ? [share] : [])];
  return parts.join(' ');
}

/** Reads what {@link describeFault} says. @throws Error with a sentence for people */
export function parseFault(text: string, relays: readonly RelayPlan[]): PlannedFault {
  const [kind = '', target = '', forMs = '0', share = '1'] = text.trim().split(/\s+/);
  if (!Object.hasOwn(faultKinds, kind)) throw new Error(`there is no fault "${kind}"`);
  const fault = { kind: kind as FaultKind, target, forMs: Number(forMs), share: Number(share) };
  if (!targetsOf(fault.kind, relays).some(({ name }) => name === target))
    throw new Error(`${kind} cannot happen to "${target}"`);
  return fault;
}
