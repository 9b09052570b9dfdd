import { KeyPattern } from '../../config/key-pattern.ts';
import { NetworkList } from '../../config/networks.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, StreamSettings } from '../../config/stream-settings.ts';
import { MAX_PATH } from '../../protocol/rtmp/relay-path.ts';
import type { Refusal, StreamGate, StreamWish } from '../../session/stream-gate.ts';
import type { WireForm } from '../../stream/fan-out/wire-form.ts';
import type { Player } from '../../stream/player.ts';
import type { Source } from '../../stream/source.ts';
import type { Play, Publication, StreamRegistry } from '../../stream/stream-registry.ts';
import type { StreamPlaces } from './stream-places.ts';

interface StreamEntry {
  readonly pattern: KeyPattern;
  readonly settings: StreamSettings;
}

/** Lets publishers and players to the streams, by the configuration. */
export class RelayGate implements StreamGate {
  readonly relayId: string;
  readonly #registry: StreamRegistry;
  readonly #places: StreamPlaces;
  #lateJoin: 'keyframeGroup' | 'live' = 'keyframeGroup';
  #publishers = new NetworkList([]);
  #players = new NetworkList([]);
  #entries: readonly StreamEntry[] = [];
  /** Whether no new publisher or player is let in any more. */
  isDraining = false;

  constructor(relayId: string, registry: StreamRegistry, places: StreamPlaces, settings: RelaySettings) {
    this.relayId = relayId;
    this.#registry = registry;
    this.#places = places;
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

  /** Whether the client at this address may play. */
  mayPlay(address: string): boolean {
    return this.#players.contains(address);
  }

  publish(wish: StreamWish, source: Source): Publication | Refusal | Promise<Publication | Refusal> {
    const { readings, address, path } = wish;
    if (!this.#publishers.contains(address)) {
      const description = `publishing is not allowed from ${address}: the server's setting access.publish does not list it`;
      return { refused: 'access', description };
    }
    if (this.isDraining) return draining;
    const loop = this.#loop(path);
    if (loop !== undefined || path.length > MAX_PATH) return loop ?? tooLong(path);
    return whenThere(this.#places.find(readings.map(({ key }) => key)), (place) => {
      const entry = this.#entryOf(place.key);
      if (entry === undefined) return noEntry(place.key);
      if (entry.source.type === 'pull') {
        const description = `stream ${place.key} is pulled from another server: it cannot be published here`;
        return { refused: 'no-source', description };
      }
      return whenThere(place.publish(source), (published) =>
        'conflict' in published ? { refused: 'conflict', description: published.conflict } : published,
      );
    });
  }

  play(wish: StreamWish, player: Player, form: WireForm): Play | Refusal | Promise<Play | Refusal> {
    const { readings, address, path } = wish;
    if (!this.mayPlay(address)) {
      const description = `playing is not allowed from ${address}: the server's setting access.play does not list it`;
      return { refused: 'access', description };
    }
    if (this.isDraining) return draining;
    const loop = this.#loop(path);
    if (loop !== undefined) return loop;
    return whenThere(this.#places.find(readings.map(({ key }) => key)), (place) => {
      const entry = this.#entryOf(place.key);
      if (entry === undefined) return noEntry(place.key);
      const pull = pullOf(entry);
      const refusal = place.refusal(pull);
      if (refusal !== undefined) return refusal;
      const query = readings.find(({ key }) => key === place.key)?.query ?? '';
      // first the player, then the stream: an upstream is told who waits
      const play = this.#registry.play(place.key, player, { form, lateJoin: this.#lateJoinOf(query) });
      place.demand(pull);
      return play;
    });
  }

  /** How the stream of a key is pulled, if it is. */
  pullOf(key: string): PullSource | undefined {
    const entry = this.#entryOf(key);
    return entry === undefined ? undefined : pullOf(entry);
  }

  /** The settings of a stream's forwards. */
  forwardsOf(key: string): readonly string[] {
    return this.#entryOf(key)?.forward ?? [];
  }

  #loop(path: readonly string[]): Refusal | undefined {
    if (!path.includes(this.relayId)) return undefined;
    return { refused: 'loop', description: `loop: ${[this.relayId, ...path].join(' -> ')}` };
  }

  #lateJoinOf(query: string): 'keyframeGroup' | 'live' {
    return new URLSearchParams(query).get('start') === 'live' ? 'live' : this.#lateJoin;
  }

  #entryOf(key: string): StreamSettings | undefined {
    return this.#entries.find(({ pattern }) => pattern.matches(key))?.settings;
  }
}

function pullOf({ source }: StreamSettings): PullSource | undefined {
  return source.type === 'pull' ? source : undefined;
}

/** Uses a value at once if it is there, else when it comes: within one thread nothing ever waits. */
function whenThere<T, R>(value: T | Promise<T>, use: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

const draining: Refusal = {
  refused: 'draining',
  description: 'the server is about to stop: try another or come back',
};

function tooLong(path: readonly string[]): Refusal {
  return {
    refused: 'loop',
    description: `${path.length} relays in a row, more than any chain has: ${path.join(' -> ')}`,
  };
}

function noEntry(key: string): Refusal {
  return {
    refused: 'no-source',
    description: `there is no stream ${key} on this server: no entry of streams matches`,
  };
}
