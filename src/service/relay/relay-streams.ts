import type { Grant, Refusal } from '../../session/access.ts';
import type { PublisherLimits } from '../../session/published/publisher-watch.ts';
import type { StreamLook, Streams } from '../../session/streams.ts';
import type { WireForm } from '../../stream/fan-out/wire-form.ts';
import type { Player } from '../../stream/player.ts';
import type { Source } from '../../stream/source.ts';
import type { Play, Publication, StreamRegistry } from '../../stream/stream-registry.ts';
import type { RelayGate } from './relay-gate.ts';
import type { StreamHomes } from './stream-homes.ts';

/** What the streams of a relay need of it. */
export interface RelayStreamsParts {
  readonly relayId: string;
  readonly registry: StreamRegistry;
  readonly homes: StreamHomes;
  readonly gate: Pick<RelayGate, 'pullOf' | 'publisherLimits' | 'lateJoin'>;
  /** Keys of the streams that are live in any thread. */
  liveStreams(): readonly string[] | Promise<readonly string[]>;
}

/** The streams of a relay, wherever they are kept, for those that access has let in. */
export class RelayStreams implements Streams {
  readonly relayId: string;
  readonly #parts: RelayStreamsParts;

  constructor(parts: RelayStreamsParts) {
    this.relayId = parts.relayId;
    this.#parts = parts;
  }

  play({ key, query }: Grant, player: Player, form: WireForm): Play {
    const { registry, homes, gate } = this.#parts;
    const lateJoin = new URLSearchParams(query).get('start') === 'live' ? 'live' : gate.lateJoin;
    // first the player, then the stream: an upstream is told who waits
    const play = registry.play(key, player, { form, lateJoin });
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

  async look({ key }: Grant): Promise<StreamLook | undefined> {
    const description = this.#parts.registry.describe(key);
    if (description?.state === 'live') return description;
    return (await this.#parts.liveStreams()).includes(key) ? {} : undefined;
  }
}
