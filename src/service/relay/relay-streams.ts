import type { RecordWish } from '../../config/recordings/recording-settings.ts';
import type { Grant, Refusal } from '../../session/access.ts';
import type { PublisherLimits } from '../../session/published/publisher-watch.ts';
import type { PlayWish, StreamLook, Streams } from '../../session/streams.ts';
import type { Clock } from '../../stream/clock.ts';
import type { Player } from '../../stream/player.ts';
import type { Source } from '../../stream/source.ts';
import type { Play, Publication, StreamRegistry } from '../../stream/stream-registry.ts';
import { AddressAllowances } from '../listen/address-allowances.ts';
import type { RelayGate } from './relay-gate.ts';
import type { StreamHomes } from './stream-homes.ts';

/**
 * How often those of one address may go on where they left off: so many at once, as where a large relay comes back with all of its
 * streams, and so many a second. Each may take all that is kept of its stream; beyond that they begin as players do.
 */
const RESUMED_AT_ONCE = 1000;
const RESUMED_PER_SECOND = 10;

/** What the streams of a relay need of it. */
export interface RelayStreamsParts {
  readonly relayId: string;
  readonly clock: Clock;
  readonly registry: StreamRegistry;
  readonly homes: StreamHomes;
  readonly gate: Pick<RelayGate, 'pullOf' | 'publisherLimits' | 'recordWishOf' | 'lateJoin'>;
  /** Whether anything is recorded. */
  readonly recording: { readonly isOpen: boolean };
  /** Keys of the streams that are live in any thread. */
  liveStreams(): readonly string[] | Promise<readonly string[]>;
}

/** The streams of a relay, wherever they are kept, for those that access has let in. */
export class RelayStreams implements Streams {
  readonly relayId: string;
  readonly #parts: RelayStreamsParts;
  readonly #resumed: AddressAllowances;

  constructor(parts: RelayStreamsParts) {
    this.relayId = parts.relayId;
    this.#parts = parts;
    this.#resumed = new AddressAllowances(parts.clock, RESUMED_AT_ONCE, RESUMED_PER_SECOND);
  }

  play({ key, query }: Grant, player: Player, { form, resume: asked, address }: PlayWish): Play {
    const { registry, homes, gate } = this.#parts;
    const lateJoin = new URLSearchParams(query).get('start') === 'live' ? 'live' : gate.lateJoin;
    const resume = asked !== undefined && this.#resumed.take(address) ? asked : undefined;
    // first the player, then the stream: an upstream is told who waits
    const play = registry.play(key, player, { form, lateJoin, resume });
    homes.at(key).demand(gate.pullOf(key));
    return play;
  }

  /** Streams that have players and are pulled by now are fetched, where that is not done already. */
  demandPulled(): void {
    const { registry, homes, gate } = this.#parts;
    for (const stream of registry.streams()) {
      const pull = gate.pullOf(stream.key);
      if (pull !== undefined && stream.audience > 0) homes.at(stream.key).demand(pull);
    }
  }

  async publish({ key }: Grant, source: Source, signal: AbortSignal): Promise<Publication | Refusal> {
    const published = await this.#parts.homes.at(key).publish(source, signal);
    if ('conflict' in published) return { refused: 'conflict', description: published.conflict };
    if (signal.aborted) published.leave('lost');
    signal.throwIfAborted();
    return published;
  }

  publisherLimits(key: string): PublisherLimits | undefined {
    return this.#parts.gate.publisherLimits(key);
  }

  recordWish(key: string): RecordWish | undefined {
    const { recording, gate } = this.#parts;
    return recording.isOpen ? gate.recordWishOf(key) : undefined;
  }

  async look({ key }: Grant): Promise<StreamLook | undefined> {
    const description = this.#parts.registry.describe(key);
    if (description?.state === 'live') return description;
    return (await this.#parts.liveStreams()).includes(key) ? {} : undefined;
  }
}
