import { KeyPattern } from '../../config/key-pattern.ts';
import { NetworkList } from '../../config/networks.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { StreamSettings } from '../../config/stream-settings.ts';
import type { Refusal, StreamGate, StreamWish } from '../../session/stream-gate.ts';
import type { Source } from '../../stream/live-stream.ts';
import type { Player } from '../../stream/player.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Play, Publication, StreamRegistry } from '../../stream/stream-registry.ts';
import type { WireForm } from '../../stream/wire-form.ts';

interface StreamEntry {
  readonly pattern: KeyPattern;
  readonly settings: StreamSettings;
}

/** Lets publishers and players to the streams, by the configuration. */
export class RelayGate implements StreamGate {
  readonly #registry: StreamRegistry;
  #lateJoin: 'keyframeGroup' | 'live' = 'keyframeGroup';
  #publishers = new NetworkList([]);
  #players = new NetworkList([]);
  #entries: readonly StreamEntry[] = [];
  /** Whether no new publisher or player is let in any more. */
  isDraining = false;

  constructor(registry: StreamRegistry, settings: RelaySettings) {
    this.#registry = registry;
    this.configure(settings);
  }

  /** Takes new settings over; what runs goes on. */
  configure(settings: RelaySettings): void {
    this.#lateJoin = settings.cache.lateJoin;
    this.#publishers = new NetworkList(settings.access.publish);
    this.#players = new NetworkList(settings.access.play);
    this.#entries = settings.streams.map((stream) => ({
      pattern: new KeyPattern(stream.match),
      settings: stream,
    }));
  }

  publish({ readings, address }: StreamWish, source: Source): Publication | Refusal {
    const { key } = this.#choose(readings);
    if (!this.#publishers.contains(address)) {
      const description = `publishing is not allowed from ${address}: the server's setting access.publish does not list it`;
      return { refused: 'access', description };
    }
    if (this.isDraining) return draining;
    const entry = this.#entryOf(key);
    if (entry === undefined) return noEntry(key);
    if (entry.source.type === 'pull') {
      const description = `stream ${key} is pulled from another server: it cannot be published here`;
      return { refused: 'no-source', description };
    }
    const publication = this.#registry.publish(key, source);
    if ('conflict' in publication) return { refused: 'conflict', description: publication.conflict };
    return publication;
  }

  play({ readings, address }: StreamWish, player: Player, form: WireForm): Play | Refusal {
    const { key, query } = this.#choose(readings);
    if (!this.#players.contains(address)) {
      const description = `playing is not allowed from ${address}: the server's setting access.play does not list it`;
      return { refused: 'access', description };
    }
    if (this.isDraining) return draining;
    if (this.#entryOf(key) === undefined) return noEntry(key);
    const start = new URLSearchParams(query).get('start');
    return this.#registry.play(key, player, { form, lateJoin: start === 'live' ? 'live' : this.#lateJoin });
  }

  /** The reading whose stream is live, else the preferred one. */
  #choose(readings: readonly StreamKeyReading[]): StreamKeyReading {
    const published = readings.find(({ key }) => this.#registry.isPublished(key));
    return published ?? readings[0] ?? { key: '', query: '' };
  }

  #entryOf(key: string): StreamSettings | undefined {
    return this.#entries.find(({ pattern }) => pattern.matches(key))?.settings;
  }
}

const draining: Refusal = {
  refused: 'draining',
  description: 'the server is about to stop: try another or come back',
};

function noEntry(key: string): Refusal {
  return {
    refused: 'no-source',
    description: `there is no stream ${key} on this server: no entry of streams matches`,
  };
}
