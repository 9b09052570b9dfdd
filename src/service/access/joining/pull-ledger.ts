import { addressGroup } from '../../../config/networks.ts';
import type { LimitSettings } from '../../../config/relay-settings.ts';
import type { LimitSample } from '../../../metrics/metrics-source.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { PullNews, PullSlots } from './pull-slots.ts';

/** A key that no upstream has is not asked for again for this long, milliseconds. */
const NOT_FOUND_MS = 5000;

/** How many such keys are remembered. */
const MAX_NOT_FOUND = 10_000;

interface Slot {
  /** How many hold it: those who want to play the stream, and its pull. */
  holders: number;
  /** To whose share it counts, until a frame comes. */
  pendingFor: string | undefined;
}

/** Counts the pulls on demand of all threads, and those that each address waits for. */
export class PullLedger implements PullSlots {
  readonly #limits: Pick<LimitSettings, 'onDemandPulls' | 'pendingPullsPerAddress'>;
  readonly #clock: Clock;
  readonly #slots = new Map<string, Slot>();
  /** By address group, how many slots count to its share. */
  readonly #pending = new Map<string, number>();
  /** Until when a key counts as not found, the earliest end first. */
  readonly #notFoundUntil = new Map<string, number>();

  constructor(limits: Pick<LimitSettings, 'onDemandPulls' | 'pendingPullsPerAddress'>, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many slots are held. */
  get size(): number {
    return this.#slots.size;
  }

  /** How far each limit is used. */
  *usage(): Generator<LimitSample> {
    const { onDemandPulls, pendingPullsPerAddress } = this.#limits;
    let pending = 0;
    for (const slots of this.#pending.values()) pending = Math.max(pending, slots);
    yield { limit: 'onDemandPulls', used: this.#slots.size, most: onDemandPulls };
    yield { limit: 'pendingPullsPerAddress', used: pending, most: pendingPullsPerAddress };
  }

  /**
   * Takes hold of the slot of a stream, until it is released; there may be many who hold it.
   * @param address - whose share it counts to until a frame comes; undefined: nobody's
   * @returns why there is none; undefined when it is held
   */
  take(key: string, address: string | undefined): Refusal | undefined {
    const group = address === undefined ? undefined : addressGroup(address);
    const refusal = this.look(key) ?? this.#overShare(key, group);
    if (refusal !== undefined) return refusal;
    this.#slotOf(key, group).holders++;
    return undefined;
  }

  look(key: string): Refusal | undefined {
    this.#forgetNotFound();
    if (this.#notFoundUntil.has(key)) {
      const description = `there is no stream ${key}: its upstream said so a moment ago`;
      return { refused: 'not-found', description };
    }
    if (this.#slots.has(key) || this.#slots.size < this.#limits.onDemandPulls) return undefined;
    const description = `too many streams are being pulled: try ${key} again later`;
    return { refused: 'pull-limit', description };
  }

  note(key: string, news: PullNews): void {
    switch (news) {
      case 'held':
        this.#notFoundUntil.delete(key);
        this.#slotOf(key, undefined).holders++;
        return;
      case 'flowing':
        this.#endPending(this.#slots.get(key));
        return;
      case 'not-found':
        if (this.#notFoundUntil.size >= MAX_NOT_FOUND) this.#notFoundUntil.clear();
        this.#notFoundUntil.delete(key);
        this.#notFoundUntil.set(key, this.#clock.now() + NOT_FOUND_MS);
        return;
      case 'released':
        this.#release(key);
        return;
      default:
        news satisfies never;
    }
  }

  #overShare(key: string, group: string | undefined): Refusal | undefined {
    const isShared = group === undefined || this.#slots.has(key);
    if (isShared || (this.#pending.get(group) ?? 0) < this.#limits.pendingPullsPerAddress) return undefined;
    const description = `too many streams asked for from your address have not come yet: ${key} cannot be fetched now`;
    return { refused: 'pull-limit', description };
  }

  #slotOf(key: string, group: string | undefined): Slot {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { holders: 0, pendingFor: group };
      this.#slots.set(key, slot);
      if (group !== undefined) this.#pending.set(group, (this.#pending.get(group) ?? 0) + 1);
    }
    return slot;
  }

  #release(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined || --slot.holders > 0) return;
    this.#endPending(slot);
    this.#slots.delete(key);
  }

  #endPending(slot: Slot | undefined): void {
    if (slot?.pendingFor === undefined) return;
    const left = (this.#pending.get(slot.pendingFor) ?? 0) - 1;
    if (left > 0) this.#pending.set(slot.pendingFor, left);
    else this.#pending.delete(slot.pendingFor);
    slot.pendingFor = undefined;
  }

  #forgetNotFound(): void {
    const now = this.#clock.now();
    for (const [key, until] of this.#notFoundUntil) {
      if (until > now) return;
      this.#notFoundUntil.delete(key);
    }
  }
}
