import type { AcceptedActivity, ActivityEnd } from '../../../session/session.ts';
import { MAX_CHARACTERS } from '../../fleet-link/link-limits.ts';
import type { Departure, PlayerReport } from '../../fleet-link/relay-message.ts';
import type { Follower } from '../../followers.ts';

/** So much is kept for the next report; where more has happened, that has a whole list. */
const MAX_NEWS = 10_000;

/** Somebody who plays, under an id that nobody else of the thread has meanwhile. */
export interface PlayerHere {
  readonly id: string;
  readonly activity: AcceptedActivity;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Who has come and gone since it was asked last. */
export interface PlayerChanges {
  /** Whether `joined` are all who are here. */
  readonly isWhole: boolean;
  readonly joined: readonly PlayerHere[];
  readonly left: readonly Departure[];
}

/** Who publishes and plays in a thread, and which players have come and gone: for the reports to a house. */
export class PlayerNews implements Follower {
  readonly #here = new Map<AcceptedActivity, PlayerHere>();
  readonly #ids = new Set<string>();
  readonly #playersByStream = new Map<string, number>();
  #joined: PlayerHere[] = [];
  #left: Departure[] = [];
  #publishers = 0;
  #players = 0;
  #isLost = false;

  get publishers(): number {
    return this.#publishers;
  }

  /** Relays downstream included, and those that wait. */
  get players(): number {
    return this.#players;
  }

  playersOf(stream: string): number {
    return this.#playersByStream.get(stream) ?? 0;
  }

  onBegun(activity: AcceptedActivity): void {
    if (activity.verb === 'publish') {
      this.#publishers++;
      return;
    }
    this.#count(activity.key, 1);
    if (activity.isRelay || activity.key.length > MAX_CHARACTERS.key) return;
    const player = { id: this.#freeId(activity.session.id), activity, since: Date.now() };
    this.#ids.add(player.id);
    this.#here.set(activity, player);
    this.#joined.push(player);
    this.#forgetTooMuch();
  }

  onOver(activity: AcceptedActivity, reason: ActivityEnd): void {
    if (activity.verb === 'publish') {
      this.#publishers--;
      return;
    }
    this.#count(activity.key, -1);
    const player = this.#here.get(activity);
    if (player === undefined) return;
    this.#here.delete(activity);
    this.#ids.delete(player.id);
    const { ms, bytes } = activity.progress();
    this.#left.push({ id: player.id, bytes, seconds: Math.round(ms / 1000), reason });
    this.#forgetTooMuch();
  }

  /** What has happened since this was called last. @param isWhole - all who are here are wanted */
  take(isWhole: boolean): PlayerChanges {
    const changes =
      isWhole || this.#isLost
        ? { isWhole: true, joined: [...this.#here.values()], left: [] }
        : { isWhole: false, joined: this.#joined, left: this.#left };
    this.#isLost = false;
    this.#joined = [];
    this.#left = [];
    return changes;
  }

  #count(stream: string, change: 1 | -1): void {
    this.#players += change;
    const count = this.playersOf(stream) + change;
    if (count > 0) this.#playersByStream.set(stream, count);
    else this.#playersByStream.delete(stream);
  }

  /** One connection may play several streams: from the second on the id has a number behind it. */
  #freeId(session: string): string {
    let id = session;
    for (let number = 2; this.#ids.has(id); number++) id = `${session}.${number}`;
    return id;
  }

  #forgetTooMuch(): void {
    if (this.#joined.length + this.#left.length <= MAX_NEWS) return;
    this.#isLost = true;
    this.#joined = [];
    this.#left = [];
  }
}

/** The session of a player, by the id that reports give it. */
export function sessionOfPlayer(id: string): string {
  return id.replace(/\.\d+$/, '');
}

/** A player as it is reported. */
export function playerReport({ id, activity, since }: PlayerHere): PlayerReport {
  const { key: stream, identity, uid, session } = activity;
  const { address, protocol } = session;
  return { id, uid: uid ?? null, identity: labelOf(identity), address, protocol, stream, since };
}

function labelOf(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, MAX_CHARACTERS.label).toWellFormed();
}
