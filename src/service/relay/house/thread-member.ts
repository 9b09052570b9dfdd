import type { Clock } from '../../../stream/clock.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { StreamState } from '../../../stream/stream-description.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import type { BanLedger } from '../../access/bans/ban-ledger.ts';
import { MAX_CHARACTERS } from '../../fleet-link/link-limits.ts';
import type { PlayerReport, StreamReport } from '../../fleet-link/relay-message.ts';
import type { SessionTable } from '../../listen/session-table.ts';
import type { RelayGate } from '../relay-gate.ts';
import type { RelayLists } from '../status/relay-lists.ts';
import { inTurns } from '../status/turns.ts';
import type { HouseMember, LastingBan, MemberReport, MemberStream, Welcome } from './house-member.ts';
import { type PlayerNews, playerReport } from './player-news.ts';

/** A thread of a relay, as far as a house has to do with it. */
export interface ThreadMemberParts {
  readonly clock: Clock;
  readonly registry: StreamRegistry;
  readonly table: SessionTable;
  readonly bans: BanLedger;
  readonly gate: Pick<RelayGate, 'welcomes'>;
  readonly lists: Pick<RelayLists, 'rateOf'>;
  /** Undefined where the relay belongs to no house: then nobody asks. */
  readonly news: PlayerNews | undefined;
}

/** What a house asks of one thread. */
export class ThreadMember implements HouseMember {
  readonly #parts: ThreadMemberParts;

  constructor(parts: ThreadMemberParts) {
    this.#parts = parts;
  }

  /** Made in turns: media goes on meanwhile. */
  async report(isWhole: boolean): Promise<MemberReport> {
    const { registry, clock } = this.#parts;
    const news = this.#news;
    const { players, publishers } = news;
    const changes = news.take(isWhole);
    const joined: PlayerReport[] = [];
    for await (const some of inTurns(changes.joined, clock)) joined.push(...some.map(playerReport));
    const streams: MemberStream[] = [];
    let sent = 0;
    let received = 0;
    for await (const some of inTurns(registry.streams(), clock)) {
      for (const stream of some) {
        const rate = this.#parts.lists.rateOf(stream);
        sent += rate?.sent ?? 0;
        if (!isCopy(stream)) received += rate?.received ?? 0;
        if (stream.key.length <= MAX_CHARACTERS.key)
          streams.push(this.#reportOf(stream, rate?.received ?? 0));
      }
    }
    const { isWhole: isAll, left } = changes;
    const rates = { sentBitsPerSecond: sent, receivedBitsPerSecond: received };
    return { players, publishers, ...rates, streams, isWhole: isAll, joined, left };
  }

  keepOut(bans: readonly LastingBan[]): void {
    this.#parts.bans.replaceFrom('house', bans);
  }

  welcome(whom: Welcome, reconnectUrl: string | null): void {
    const { gate, table } = this.#parts;
    gate.welcomes = whom;
    if (whom === 'relays') for (const session of [...table.sessions()]) session.askToReconnect(reconnectUrl);
  }

  get #news(): PlayerNews {
    const { news } = this.#parts;
    if (news === undefined) throw new Error('this relay belongs to no house');
    return news;
  }

  #reportOf(stream: LiveStream, received: number): MemberStream {
    const { key, state, source, broadcast } = stream;
    const { keyframeAgeMs } = broadcast;
    const isElsewhere = isCopy(stream);
    return {
      key,
      state: states[state],
      players: this.#news.playersOf(key),
      receivedBitsPerSecond: isElsewhere ? 0 : received,
      keyframeAgeSeconds: keyframeAgeMs === undefined ? null : Math.round(keyframeAgeMs) / 1000,
      source: source === undefined ? 'none' : source.origin?.type === 'pull' ? 'pull' : 'publisher',
      isCopy: isElsewhere,
    };
  }
}

const states: Readonly<Record<StreamState, StreamReport['state']>> = {
  absent: 'waiting',
  starting: 'waiting',
  live: 'live',
  grace: 'away',
};

function isCopy({ source }: LiveStream): boolean {
  return source?.isCopy ?? false;
}
