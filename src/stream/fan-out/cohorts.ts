import type { KeyframeGroup } from '../cache/keyframe-group.ts';
import type { Clock } from '../clock.ts';
import type { Frame, HeaderFrame } from '../frame.ts';
import type { MediaFamily } from '../media-family.ts';
import type { Player, PlayOptions, PlayStanding } from '../player.ts';
import { FanOut, type FanOutLimits, type FanOutObserver } from './fan-out.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { WireForm } from './wire-form.ts';

/** A cohort has so many players before there is another: to write to them takes two milliseconds or so. */
const COHORT_PLAYERS = 200;

/** More would gain little, and each has batches of its own, which those keep who are slow. */
const MAX_COHORTS = 6;

/** In how many parts so many players are flushed. */
export function cohortsFor(players: number): number {
  return Math.min(MAX_COHORTS, Math.max(1, Math.ceil(players / COHORT_PLAYERS)));
}

/**
 * All players of a stream, in cohorts that are flushed one after the other. One flush to thousands takes as long as half of the
 * wait for it, and a frame that comes meanwhile waits for that, too; with cohorts it waits for a part only, and no more is written.
 */
export class Cohorts {
  readonly #make: (beside?: FanOut) => FanOut;
  readonly #cohorts: FanOut[];

  constructor(
    clock: Clock,
    queue: FlushQueue,
    cache: KeyframeGroup,
    limits: FanOutLimits,
    observer: FanOutObserver,
  ) {
    this.#make = (beside) => new FanOut(clock, queue, cache, limits, observer, beside);
    this.#cohorts = [this.#make()];
  }

  get playerCount(): number {
    return this.#sum(({ playerCount }) => playerCount);
  }

  /** How many players miss frames because they do not keep up. */
  get laggingCount(): number {
    return this.#sum(({ laggingCount }) => laggingCount);
  }

  /** How many players there are of each protocol. */
  get playersByProtocol(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { playersByProtocol } of this.#cohorts)
      for (const [protocol, count] of playersByProtocol)
        counts.set(protocol, (counts.get(protocol) ?? 0) + count);
    return counts;
  }

  /** How a player keeps up; undefined when it does not get the stream. */
  standing(player: Player): PlayStanding | undefined {
    return this.#of(player)?.standing(player);
  }

  /** Everybody who gets the stream. */
  *players(): Generator<Player> {
    for (const cohort of this.#cohorts) yield* cohort.players();
  }

  /** Takes a frame that the cache has just remembered; it goes out with the next flush of each cohort. */
  push(frame: Frame, now: number): void {
    for (const cohort of this.#cohorts) cohort.push(frame, now);
  }

  /** A header is about to take the place of another. @returns who cannot go on with it, and is to be removed */
  changeHeader(header: HeaderFrame): Player[] {
    return this.#cohorts.flatMap((cohort) => cohort.changeHeader(header));
  }

  /** Adds a player: it gets the burst now and everything from the next flush on. */
  add(player: Player, options: PlayOptions): void {
    this.#smallest().add(player, options);
  }

  /** Takes a player out; nothing more is written to it. @returns whether it was in */
  remove(player: Player): boolean {
    const cohort = this.#of(player);
    if (cohort === undefined) return false;
    cohort.remove(player);
    if (cohort.playerCount === 0 && this.#cohorts.length > 1)
      this.#cohorts.splice(this.#cohorts.indexOf(cohort), 1);
    return true;
  }

  /** Takes out everybody who cannot get streams of a family. @returns who they were */
  removeOthers(family: MediaFamily): Player[] {
    return this.#cohorts.flatMap((cohort) => cohort.removeOthers(family));
  }

  /** Moves a player to another form between two flushes, so that it misses nothing and gets nothing twice. */
  change(player: Player, form: WireForm): void {
    this.#of(player)?.change(player, form);
  }

  /** Stops or resumes what a player gets; it resumes at the next start point. */
  pause(player: Player, isPaused: boolean): void {
    this.#of(player)?.pause(player, isPaused);
  }

  /** The stream is at its end: players whose burst is on the way are given the rest of it. */
  finish(): void {
    for (const cohort of this.#cohorts) cohort.finish();
  }

  /** The source has changed or is gone: what was sent so far is no beginning for anybody any more. */
  restart(): void {
    for (const cohort of this.#cohorts) cohort.restart();
  }

  /** Players whose socket has taken nothing for too long. */
  stalled(now: number): Player[] {
    return this.#cohorts.flatMap((cohort) => cohort.stalled(now));
  }

  #of(player: Player): FanOut | undefined {
    for (const cohort of this.#cohorts) if (cohort.has(player)) return cohort;
    return undefined;
  }

  #smallest(): FanOut {
    let [smallest] = this.#cohorts as [FanOut];
    for (const cohort of this.#cohorts) if (cohort.playerCount < smallest.playerCount) smallest = cohort;
    if (smallest.playerCount < COHORT_PLAYERS || this.#cohorts.length === MAX_COHORTS) return smallest;
    const another = this.#make(smallest);
    this.#cohorts.push(another);
    return another;
  }

  #sum(of: (cohort: FanOut) => number): number {
    return this.#cohorts.reduce((sum, cohort) => sum + of(cohort), 0);
  }
}
