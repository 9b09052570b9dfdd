import { KeyPattern } from '../../config/key-pattern.ts';
import { NetworkList } from '../../config/networks.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, StreamSettings } from '../../config/stream-settings.ts';
import { MAX_PATH } from '../../protocol/rtmp/relay-path.ts';
import type { Refusal, StreamGate, StreamWish } from '../../session/stream-gate.ts';
import type { Source } from '../../stream/live-stream.ts';
import type { Player } from '../../stream/player.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import type { Play, Publication, StreamRegistry } from '../../stream/stream-registry.ts';
import type { WireForm } from '../../stream/wire-form.ts';
import type { Pulls } from './pulls.ts';

interface StreamEntry {
  readonly pattern: KeyPattern;
  readonly settings: StreamSettings;
}

/** Lets publishers and players to the streams, by the configuration. */
export class RelayGate implements StreamGate {
  readonly relayId: string;
  readonly #registry: StreamRegistry;
  readonly #pulls: Pulls;
  #lateJoin: 'keyframeGroup' | 'live' = 'keyframeGroup';
  #publishers = new NetworkList([]);
  #players = new NetworkList([]);
  #entries: readonly StreamEntry[] = [];
  /** Whether no new publisher or player is let in any more. */
  isDraining = false;

  constructor(relayId: string, registry: StreamRegistry, pulls: Pulls, settings: RelaySettings) {
    this.relayId = relayId;
    this.#registry = registry;
    this.#pulls = pulls;
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

  publish({ readings, address, path }: StreamWish, source: Source): Publication | Refusal {
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
    const loop = this.#loop(path);
    if (loop !== undefined || path.length > MAX_PATH) return loop ?? tooLong(path);
    const publication = this.#registry.publish(key, source);
    if ('conflict' in publication) return { refused: 'conflict', description: publication.conflict };
    return publication;
  }

  play({ readings, address, path }: StreamWish, player: Player, form: WireForm): Play | Refusal {
    const { key, query } = this.#choose(readings);
    if (!this.#players.contains(address)) {
      const description = `playing is not allowed from ${address}: the server's setting access.play does not list it`;
      return { refused: 'access', description };
    }
    if (this.isDraining) return draining;
    const entry = this.#entryOf(key);
    if (entry === undefined) return noEntry(key);
    const loop = this.#loop(path);
    if (loop !== undefined) return loop;
    const pull = entry.source.type === 'pull' ? entry.source : undefined;
    const refusal = pull === undefined ? undefined : this.#pulls.refusal(key);
    if (refusal !== undefined) return refusal;
    return this.#play(key, query, player, form, pull);
  }

  /** First the player, then the pull, which tells its upstream who waits. */
  #play(key: string, query: string, player: Player, form: WireForm, pull: PullSource | undefined): Play {
    const start = new URLSearchParams(query).get('start');
    const lateJoin = start === 'live' ? 'live' : this.#lateJoin;
    const play = this.#registry.play(key, player, { form, lateJoin });
    if (pull !== undefined) this.#pulls.demand(key, pull);
    return play;
  }

  /** The settings of a stream's forwards. */
  forwardsOf(key: string): readonly string[] {
    return this.#entryOf(key)?.forward ?? [];
  }

  #loop(path: readonly string[]): Refusal | undefined {
    if (!path.includes(this.relayId)) return undefined;
    return { refused: 'loop', description: `loop: ${[this.relayId, ...path].join(' -> ')}` };
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
